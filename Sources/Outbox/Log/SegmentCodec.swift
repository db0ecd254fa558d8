package import SyncProtocol

/// Packs log entries into the bytes of one segment: about 20 bytes an entry with a UUID key.
///
/// Form: version byte 1, then each entry as flags, what the flags say differs from the entry before, and the key. Integers are
/// LEB128; positions are implied. Bits: 1 other transaction (zigzag difference), 2 other kind (id), 4 other receivers (0 = all,
/// else count + 1 and the silo numbers).
package enum SegmentCodec {
  /// Entries of one segment row. A reader that stops inside a segment computes the chain over its beginning again.
  package static let entriesPerSegment = 1024

  package enum Malformed: Error, Sendable, Hashable {
    case truncated
    case unknownVersion
    case unknownKind(Int16)
    case badKey
  }

  package static func encode(_ entries: some Collection<LogEntry>, catalog: KindCatalog) throws(Malformed) -> [UInt8] {
    var bytes: [UInt8] = [1]
    bytes.reserveCapacity(1 + entries.count * 24)
    var transaction: UInt64 = 0
    var kind: Kind?
    var stored: KindCatalog.Entry?
    var receivers: Receivers?
    for entry in entries {
      if kind != entry.row.kind { stored = catalog[entry.row.kind] }
      guard let stored else { throw .unknownKind(0) }
      guard let key = stored.keyType.encode(entry.row.key) else { throw .badKey }
      var flags: UInt8 = 0
      if entry.transaction != transaction { flags |= 1 }
      if entry.row.kind != kind { flags |= 2 }
      if entry.receivers != receivers { flags |= 4 }
      bytes.append(flags)
      if flags & 1 != 0 {
        let difference = Int64(bitPattern: entry.transaction &- transaction)
        bytes.append(leb128: UInt64(bitPattern: (difference << 1) ^ (difference >> 63)))
      }
      if flags & 2 != 0 { bytes.append(leb128: UInt64(UInt16(bitPattern: stored.id))) }
      if flags & 4 != 0 { bytes.append(receivers: entry.receivers) }
      bytes.append(UInt8(truncatingIfNeeded: key.count))
      bytes.append(contentsOf: key)
      transaction = entry.transaction
      kind = entry.row.kind
      receivers = entry.receivers
    }
    return bytes
  }

  package static func decode(
    _ bytes: [UInt8], first: Position, catalog: KindCatalog
  ) throws(Malformed) -> [LogEntry] {
    guard bytes.first == 1 else { throw .unknownVersion }
    var reader = Reader(bytes: bytes, place: 1)
    var entries: [LogEntry] = []
    entries.reserveCapacity(bytes.count / 19)
    var transaction: UInt64 = 0
    var kind: KindCatalog.Entry?
    var receivers = Receivers.only([])
    var position = first.value
    while reader.place < bytes.count {
      let flags = try reader.byte()
      if flags & 1 != 0 {
        let zigzag = try reader.leb128()
        transaction = transaction &+ ((zigzag >> 1) ^ (0 &- (zigzag & 1)))
      }
      if flags & 2 != 0 {
        let id = Int16(bitPattern: UInt16(truncatingIfNeeded: try reader.leb128()))
        guard let found = catalog[id] else { throw .unknownKind(id) }
        kind = found
      }
      if flags & 4 != 0 { receivers = try reader.receivers() }
      let length = Int(try reader.byte())
      guard let kind, let key = kind.keyType.decode(try reader.slice(length)) else { throw .badKey }
      entries.append(
        LogEntry(
          position: Position(unchecked: position), row: RowReference(kind: kind.kind, key: key),
          transaction: transaction, receivers: receivers))
      position += 1
    }
    return entries
  }

  private struct Reader {
    let bytes: [UInt8]
    var place: Int

    mutating func byte() throws(Malformed) -> UInt8 {
      guard place < bytes.count else { throw .truncated }
      defer { place += 1 }
      return bytes[place]
    }

    mutating func leb128() throws(Malformed) -> UInt64 {
      var value: UInt64 = 0
      var shift: UInt64 = 0
      while true {
        let next = try byte()
        guard shift < 64 else { throw .truncated }
        value |= UInt64(next & 0x7F) << shift
        if next & 0x80 == 0 { return value }
        shift += 7
      }
    }

    mutating func slice(_ count: Int) throws(Malformed) -> ArraySlice<UInt8> {
      guard count <= bytes.count - place else { throw .truncated }
      defer { place += count }
      return bytes[place..<place + count]
    }

    mutating func receivers() throws(Malformed) -> Receivers {
      let marker = try leb128()
      guard marker > 0 else { return .all }
      guard marker <= 4097 else { throw .truncated }
      var silos: [SiloNumber] = []
      for _ in 1..<marker {
        guard let silo = SiloNumber(Int(truncatingIfNeeded: try leb128())) else { throw .truncated }
        silos.append(silo)
      }
      return .only(silos)
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(leb128 value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }

  fileprivate mutating func append(receivers: Receivers) {
    switch receivers {
    case .all: append(leb128: 0)
    case .only(let silos):
      append(leb128: UInt64(silos.count) + 1)
      for silo in silos { append(leb128: UInt64(silo.value)) }
    }
  }
}
