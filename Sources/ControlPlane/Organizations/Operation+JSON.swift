internal import HTTPTypes
internal import Hummingbird
internal import Silo
internal import SyncProtocol
internal import Web

extension OperationStore.Operation {
  /// As the API answers with it.
  var json: JSONValue {
    var operation: JSONObject = [
      "id": .string(id.description), "kind": .string(kind.rawValue), "state": .string(state),
    ]
    if let other { operation["with"] = .string(other.description) }
    return [
      "operation": .object(operation),
      "organization": ["id": .string(organization.description), "slug": .string(slug)],
    ]
  }
}

extension Request {
  /// The key under which the same request is answered with the same operation.
  /// - Throws: a ``Problem`` when it is too long or empty.
  func idempotencyKey() throws -> String? {
    guard let key = headers[.idempotencyKey] else { return nil }
    guard (1...255).contains(key.utf8.count) else {
      throw Problem.badRequest("An Idempotency-Key has 1 to 255 bytes.")
    }
    return key
  }
}
