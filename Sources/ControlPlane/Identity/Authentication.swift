package import Hummingbird
internal import Web

/// Finds out who asks.
package struct Authentication: Sendable {
  private let identity: IdentityService

  package init(identity: IdentityService) { self.identity = identity }

  /// The live session of the request's bearer token.
  /// - Throws: ``Problem/unauthenticated``
  package func session(of request: Request) async throws -> SessionStore.Session {
    guard let token = request.bearerToken, let session = try await identity.session(token: token) else {
      throw Problem.unauthenticated
    }
    return session
  }
}
