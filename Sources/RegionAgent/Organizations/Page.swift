package import struct FoundationEssentials.UUID

/// One page of a list ordered by id.
package struct Page<Element: Sendable>: Sendable {
  package var elements: [Element]
  /// Where the next page begins; nil on the last one.
  package var next: UUID?
}

/// Which page of a list is asked for.
package struct PageRequest: Sendable, Hashable {
  package static let maximumLimit = 100

  /// Elements after this id; nil for the first page.
  package var after: UUID?
  package var limit = PageRequest.maximumLimit

  /// Cuts `found`, which was read with one element more than asked for.
  func page<Element: Sendable>(_ found: [Element], id: (Element) -> UUID) -> Page<Element> {
    guard found.count > limit else { return Page(elements: found, next: nil) }
    let elements = Array(found.prefix(limit))
    return Page(elements: elements, next: elements.last.map(id))
  }
}
