public import SyncProtocol

/// What a database must know of a kind: declared once at start, the same way on both sides.
public struct KindDeclaration: Sendable, Hashable {
  public let kind: Kind
  public let keyType: KeyType
  public let lane: Lane
  /// Whether the application's role may append pointers of this kind with `outbox.append`. Triggers need no such right.
  public let isApplicationKind: Bool

  public init(_ kind: Kind, key: KeyType = .uuid, lane: Lane = .main, isApplicationKind: Bool = false) {
    self.kind = kind
    keyType = key
    self.lane = lane
    self.isApplicationKind = isApplicationKind
  }
}
