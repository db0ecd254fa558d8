package import SyncProtocol

/// The kinds of one database by their local ids, as last read.
package struct KindCatalog: Sendable, Hashable {
  package struct Entry: Sendable, Hashable {
    package let id: Int16
    package let kind: Kind
    package let keyType: KeyType
    package let lane: Lane

    package init(id: Int16, kind: Kind, keyType: KeyType, lane: Lane) {
      self.id = id
      self.kind = kind
      self.keyType = keyType
      self.lane = lane
    }
  }

  private let byID: [Int16: Entry]
  private let byKind: [Kind: Entry]

  package init(_ entries: [Entry] = []) {
    byID = Dictionary(entries.map { ($0.id, $0) }) { first, _ in first }
    byKind = Dictionary(entries.map { ($0.kind, $0) }) { first, _ in first }
  }

  package subscript(id: Int16) -> Entry? { byID[id] }
  package subscript(kind: Kind) -> Entry? { byKind[kind] }
}
