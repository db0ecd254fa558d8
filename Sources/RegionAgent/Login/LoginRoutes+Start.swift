internal import HTTPTypes
internal import Hummingbird
internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol
internal import Web

extension LoginRoutes {
  /// `/`, where no application has it: whom the region takes the browser for, and what it may enter here by the region's own rows.
  func start(_ request: Request, _ site: RegionSite) async throws -> Response {
    let welcome = try await database.withTransaction(.repeatableRead(readOnly: true)) { connection in
      do {
        let presented = try PresentedCredential(request, method: .get, site: site)
        let caller = try await Authenticator(region: region, now: clock.seconds)
          .caller(of: presented, by: DatabaseRecords(connection))
        return try await LoginStore.welcome(caller, on: connection)
      } catch is Problem {
        return nil
      }
    }
    guard let welcome else {
      throw LoginPage(
        status: .ok, code: "not-logged-in", title: "Region \(region)", text: "You are not logged in here.",
        link: ("/auth/login", "Log in"))
    }
    throw LoginPage(
      status: .ok, code: "logged-in", title: "Region \(region)",
      text: welcome.isEmpty ? "You are logged in, and a member of no organization here." : "You are logged in.",
      lines: welcome.map { "\($0.name) (\($0.slug)): \($0.role.rawValue)" }, button: ("/auth/logout", "Log out"),
      formToken: PresentedCredential.formToken(for: request, site), formTarget: await issuer())
  }

  /// `/auth/session`: whom the region takes the browser for, with what scripts of this host send when they change something. No other origin can read it.
  /// - Throws: 401 ``Problem``.
  func session(_ request: Request, _ site: RegionSite) async throws -> Response {
    let presented = try PresentedCredential(request, method: .get, site: site)
    guard case .session = presented, let token = PresentedCredential.formToken(for: request, site) else {
      throw Problem.unauthenticated
    }
    let caller = try await database.withTransaction(.repeatableRead(readOnly: true)) { connection in
      let caller = try await Authenticator(region: region, now: clock.seconds)
        .caller(of: presented, by: DatabaseRecords(connection))
      // A session whose person was suspended, or ended everything since, opens nothing.
      guard try await LoginStore.welcome(caller, on: connection) != nil else { throw Problem.unauthenticated }
      return caller
    }
    return Response(json: ["user_id": .string(caller.user.description), "csrf_token": .string(token)])
  }
}
