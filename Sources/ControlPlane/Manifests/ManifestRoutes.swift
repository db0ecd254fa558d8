package import Hummingbird
internal import HTTPTypes
internal import Silo
internal import SyncProtocol
package import Web

/// `/api/v1/operator/manifest…`: look at the manifest in force, propose the next one, publish what a root has signed.
package struct ManifestRoutes: Sendable {
  private let manifests: ManifestService
  private let authentication: OperatorAuthentication

  package init(manifests: ManifestService, authentication: OperatorAuthentication) {
    self.manifests = manifests
    self.authentication = authentication
  }

  package func add(to router: Router<WebContext>) {
    router.get("/api/v1/operator/manifest") { request, _ in
      _ = try await authentication.require(.readStatus, of: request)
      return Response(json: Self.json(try await manifests.view()))
    }
    router.post("/api/v1/operator/manifest/proposals") { request, _ in
      let asking = try await authentication.require(.manageKeys, of: request)
      let body = try await request.json(limit: 4096)
      try body.only("change")
      let change = try body.field("change").parsed("renew, rotate or revoke") {
        ManifestService.Change(rawValue: $0)
      }
      let proposed = try await manifests.propose(change, by: asking.id)
      return Response(
        json: ["version": .integer(Int(proposed.version)), "content": .string(Base64.encode(proposed.body))],
        status: .created)
    }
    router.post("/api/v1/operator/manifest") { request, _ in
      let asking = try await authentication.require(.manageKeys, of: request)
      let body = try await request.json(limit: WireLimits.maximumManifestBytes * 2)
      try body.only("document")
      let document = try body.field("document").parsed("base64url") { Base64.decode($0) }
      return Response(json: Self.json(try await manifests.publish(document, by: asking.id)))
    }
  }

  private static func json(_ view: ManifestService.View) -> JSONValue {
    let manifest = view.manifest
    return [
      "version": .integer(Int(manifest.version)), "issued": .integer(Int(manifest.issued)),
      "expires": .integer(Int(manifest.expires)), "development": .bool(manifest.development),
      "primary_root": .string(manifest.primaryRoot.fingerprint),
      "recovery_root": .string(manifest.recoveryRoot.fingerprint),
      "keys": .array(
        manifest.keys.map { known in
          [
            "thumbprint": .string(known.key.thumbprint), "purpose": .string(known.purpose.rawValue),
            "state": .string(known.state.rawValue), "signs": .bool(view.signing.contains(known.key.thumbprint)),
          ]
        }),
      "waiting_for": .array(view.waitingFor.map { .string($0) }),
    ]
  }
}
