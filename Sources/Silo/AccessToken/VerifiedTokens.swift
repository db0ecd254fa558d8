/// Access tokens whose signature was verified, so that the same text costs no curve arithmetic again: "this signature is valid until exp", and
/// nothing else. Whether the key is still in use and the time is right is asked every time; what the person may do is never in here.
public struct VerifiedTokens: Sendable {
  struct Entry: Sendable {
    let token: AccessToken
    let kid: String
  }

  /// Entries kept at most, by the whole text of the token.
  public let maximum: Int
  private var entries: [String: Entry] = [:]

  public init(maximum: Int = 4096) { self.maximum = max(1, maximum) }

  public var count: Int { entries.count }

  subscript(_ text: String) -> Entry? { entries[text] }

  mutating func keep(_ text: String, _ entry: Entry, now: Int64) {
    if entries.count >= maximum {
      entries = entries.filter { $0.value.token.expiresAt > now }
      // Everything here is alive and was good: forgetting it costs time, never safety.
      if entries.count >= maximum { entries.removeAll(keepingCapacity: true) }
    }
    entries[text] = entry
  }
}
