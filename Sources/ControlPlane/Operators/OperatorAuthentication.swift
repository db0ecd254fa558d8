package import Hummingbird
package import Silo
internal import Web

/// Finds out which operator asks and whether the role allows it.
package struct OperatorAuthentication: Sendable {
  private let operators: OperatorService

  package init(operators: OperatorService) { self.operators = operators }

  /// The operator of the request's bearer token, if the role has `permission`.
  /// - Throws: a ``Problem``: 401 without a valid token, 403 when the role does not allow it.
  package func require(
    _ permission: OperatorPermission, of request: Request
  ) async throws -> OperatorStore.Operator {
    guard let token = request.bearerToken, let found = try await operators.find(token: token) else {
      throw Problem.unauthenticated
    }
    guard found.role.allows(permission) else {
      throw Problem.forbidden("The role \(found.role.rawValue) does not allow \(permission.rawValue).")
    }
    return found
  }
}
