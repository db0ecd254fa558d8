package import struct FoundationEssentials.Date

/// An API token with its last use, to five minutes; nil for none in this region.
package struct UsedAPIToken: Sendable, Hashable {
  package var token: StoredAPIToken
  package var lastUsed: Date?
}
