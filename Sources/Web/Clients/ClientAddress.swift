internal import Glibc
package import NIOCore

/// The network address of a caller: what sessions show and throttling counts by.
package struct ClientAddress: Sendable, Hashable, CustomStringConvertible {
  /// 4 or 16 bytes; none when the connection has no address, as on a UNIX socket.
  package let bytes: [UInt8]

  /// A caller without an address.
  package static let local = ClientAddress(bytes: [])

  private init(bytes: [UInt8]) { self.bytes = Self.unmapped(bytes) }

  /// Returns nil unless there are 4 or 16 bytes.
  init?(raw bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.init(bytes: bytes)
  }

  /// Returns nil unless `text` is an IPv4 or IPv6 address without port and zone.
  package init?(_ text: some StringProtocol) {
    guard text.utf8.count <= 45 else { return nil }
    var four = [UInt8](repeating: 0, count: 4)
    var six = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, String(text), &four) == 1 {
      bytes = four
    } else if inet_pton(AF_INET6, String(text), &six) == 1 {
      bytes = Self.unmapped(six)
    } else {
      return nil
    }
  }

  /// The other end of a connection. A zone of a link-local address does not count.
  package init(_ address: SocketAddress?) {
    let text = address?.ipAddress?.split(separator: "%").first ?? ""
    self = ClientAddress(text) ?? .local
  }

  /// What belongs to one customer of a network: an IPv4 address, or the first 64 bits of an IPv6 address.
  package var network: [UInt8] { bytes.count == 16 ? Array(bytes.prefix(8)) : bytes }

  /// Whether it is this machine's own. A proxy that nobody listed may stand there, with all callers behind it.
  package var isHere: Bool { bytes.isEmpty || bytes.first == 127 && bytes.count == 4 || self == Self.loopback }

  private static let loopback = ClientAddress("::1")

  /// Whose places a request takes where they are counted: its network's, or those of this machine whatever its address there.
  package var crowd: [UInt8] { isHere ? [] : network }

  /// How many of so many places this machine may have. A proxy that nobody listed may stand there with all callers behind it, so it is no network like another; but a quarter is
  /// left to those who come from elsewhere.
  package static func shareOfThisMachine(of places: Int) -> Int { places - places / 4 }

  package var description: String {
    switch bytes.count {
    case 4: bytes.map { String($0) }.joined(separator: ".")
    case 16:
      stride(from: 0, to: 16, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
        .joined(separator: ":")
    default: "local"
    }
  }

  /// `::ffff:192.0.2.1` is 192.0.2.1.
  private static func unmapped(_ bytes: [UInt8]) -> [UInt8] {
    let prefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
    return bytes.count == 16 && Array(bytes.prefix(12)) == prefix ? Array(bytes.suffix(4)) : bytes
  }
}
