internal import Crypto
package import FoundationEssentials
package import Outbox
package import Silo

/// The applications that a region tells of applied changes. For operators' tools, which need the database and the secret key.
package struct RegionWebhooks: Sendable {
  private let database: SiloDatabase<RegionSilo>
  private let store: WebhookStore

  package init(database: SiloDatabase<RegionSilo>, secretKey: SecretKey) {
    self.database = database
    store = WebhookStore(box: Self.box(secretKey))
  }

  /// Adds an endpoint, which is told of what is applied from now on. The secret is shown this once.
  ///
  /// - Parameter kinds: such as `user`; empty for all that a region receives.
  package func add(url: String, kinds: [String]) async throws -> (id: UUID, secret: String) {
    let secret = WebhookSecret()
    let id = try await database.withTransaction {
      try await store.add(url: url, kinds: kinds, secret: secret, on: $0.connection)
    }
    return (id, secret.text)
  }

  package func list() async throws -> [WebhookStore.Endpoint] {
    try await database.withConnection { try await store.list(on: $0.connection) }
  }

  /// Returns false when there is no such endpoint.
  package func remove(_ id: UUID) async throws -> Bool {
    try await database.withTransaction { try await store.remove(id, on: $0.connection) }
  }

  /// Tries dead deliveries again and returns how many.
  package func replay(_ id: UUID) async throws -> Int {
    try await database.withTransaction { try await store.replay(id, on: $0.connection) }
  }

  static func box(_ secretKey: SecretKey) -> WebhookSecretBox {
    WebhookSecretBox(key: SymmetricKey(data: secretKey.derived(for: "webhook")))
  }
}
