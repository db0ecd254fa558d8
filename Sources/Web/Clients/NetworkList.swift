/// Addresses and networks that an operator listed.
package struct NetworkList: Sendable, Hashable {
  private struct Network: Hashable {
    let bytes: [UInt8]
    let bits: Int
  }

  private let networks: [Network]

  package static let none = NetworkList(networks: [])

  private init(networks: [Network]) { self.networks = networks }

  /// Returns nil unless `text` lists addresses, networks such as `10.0.0.0/8`, and `local` (a UNIX socket), with commas between.
  package init?(_ text: String) {
    var networks: [Network] = []
    for entry in text.split(separator: ",", omittingEmptySubsequences: false) {
      let entry = entry.filter { $0 != " " }
      if entry == "local" {
        networks.append(Network(bytes: [], bits: 0))
        continue
      }
      let parts = entry.split(separator: "/", omittingEmptySubsequences: false)
      guard let first = parts.first, parts.count <= 2, let address = ClientAddress(first) else { return nil }
      let width = address.bytes.count * 8
      let bits = parts.count == 2 ? Int(parts[1]) : width
      guard let bits, (0...width).contains(bits) else { return nil }
      networks.append(Network(bytes: address.bytes, bits: bits))
    }
    self.init(networks: networks)
  }

  package func contains(_ address: ClientAddress) -> Bool {
    networks.contains { network in
      guard network.bytes.count == address.bytes.count else { return false }
      return zip(network.bytes, address.bytes).enumerated().allSatisfy { index, pair in
        let bits = min(8, max(0, network.bits - index * 8))
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> bits)
        return pair.0 & mask == pair.1 & mask
      }
    }
  }
}
