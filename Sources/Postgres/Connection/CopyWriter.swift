/// Takes the rows of a COPY into the database and sends them in chunks, waiting for the network, not for the server.
public final class CopyWriter {
  /// Bytes sent at once.
  static let chunkSize = 64 << 10

  private let session: Session
  private var buffer: [UInt8] = []

  init(_ session: Session) {
    self.session = session
    buffer.reserveCapacity(Self.chunkSize * 2)
  }

  /// Sends bytes in the format that the COPY statement names.
  public func write(_ bytes: some Collection<UInt8>) async throws {
    buffer.append(contentsOf: bytes)
    try await sendFullChunks()
  }

  /// Sends one row of a binary COPY, its values in the order of the columns and of exactly their types.
  public func row<each Column: PostgresEncodable>(_ values: repeat each Column) async throws {
    let start = buffer.count
    buffer.append(bigEndian: Int16(0))
    var columns: Int16 = 0
    func append(_ value: some PostgresEncodable) {
      columns += 1
      guard !value.isPostgresNull else { return buffer.append(bigEndian: Int32(-1)) }
      let lengthAt = buffer.count
      buffer.append(bigEndian: Int32(0))
      value.encode(into: &buffer)
      buffer.store(bigEndian: Int32(truncatingIfNeeded: buffer.count - lengthAt - 4), at: lengthAt)
    }
    repeat append(each values)
    buffer.store(bigEndian: columns, at: start)
    try await sendFullChunks()
  }

  /// Sends what is left in the buffer.
  func finish() async throws {
    try await send(buffer[...])
    buffer.removeAll()
  }

  private func sendFullChunks() async throws {
    guard buffer.count >= Self.chunkSize else { return }
    try await finish()
  }

  private func send(_ bytes: ArraySlice<UInt8>) async throws {
    var rest = bytes
    while !rest.isEmpty {
      let chunk = rest.prefix(Self.chunkSize)
      rest = rest.dropFirst(chunk.count)
      while try !session.putCopyData(chunk) { try await session.flush() }
      try await session.flush()
    }
  }
}

extension [UInt8] {
  /// Overwrites bytes that were appended before.
  fileprivate mutating func store(bigEndian value: some FixedWidthInteger, at offset: Int) {
    for index in 0..<(value.bitWidth / 8) {
      self[offset + index] = UInt8(truncatingIfNeeded: value >> (value.bitWidth - 8 * (index + 1)))
    }
  }
}
