/// One value of a result: its type and its bytes in PostgreSQL's binary form.
///
/// A cell keeps the result it belongs to alive and only reads from it.
@safe public struct PostgresCell {
  let result: ResultHandle
  let columnIndex: Int
  /// The value's type, the element's within an array.
  public let type: PostgresType
  /// The first byte, nil for NULL; valid as long as `result` lives.
  private let start: UnsafeRawPointer?
  private let count: Int

  init(result: ResultHandle, columnIndex: Int, type: PostgresType, value: UnsafeRawBufferPointer?) {
    self.result = result
    self.columnIndex = columnIndex
    self.type = type
    unsafe start = value?.baseAddress
    count = unsafe value?.count ?? 0
  }

  /// Whether the value is NULL.
  public var isNull: Bool { unsafe start == nil }

  /// The name of the column.
  public var column: String { result.columnName(columnIndex) }

  /// The value's bytes.
  ///
  /// - Throws: `.decoding` when the value is NULL.
  public func bytes() throws -> [UInt8] {
    try unsafe Array(buffer(for: [UInt8].self))
  }

  /// A big-endian integer that fills the whole value.
  func fixedWidth<Value: FixedWidthInteger>(_ target: Value.Type) throws -> Value {
    let buffer = try unsafe buffer(for: target)
    guard buffer.count == MemoryLayout<Value>.size else { throw mismatch(target, "unexpected length") }
    return Value(bigEndian: unsafe buffer.loadUnaligned(as: Value.self))
  }

  /// The value as UTF-8 text, after `prefix` bytes.
  func text(skipping prefix: Int = 0) throws -> String {
    let buffer = try unsafe buffer(for: String.self)
    guard buffer.count >= prefix else { throw mismatch(String.self, "unexpected length") }
    let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer[prefix...])
    // ASCII needs no validation, which costs more than the copy.
    if unsafe bytes.reduce(0, |) < 0x80 { return unsafe String(decoding: bytes, as: UTF8.self) }
    guard let text = unsafe String(validating: bytes, as: UTF8.self) else {
      throw mismatch(String.self, "not UTF-8")
    }
    return text
  }

  /// The cells of a one-dimensional array.
  func elements<Element>(of target: Element.Type) throws -> [PostgresCell] {
    let buffer = try unsafe buffer(for: [Element].self)
    var reader = unsafe ArrayReader(buffer: buffer)
    func require<Value>(_ value: Value?) throws -> Value {
      guard let value else { throw mismatch([Element].self, "not a well-formed array") }
      return value
    }
    let dimensions = try require(reader.integer())
    _ = try require(reader.integer())
    let elementType = PostgresType(rawValue: UInt32(bitPattern: try require(reader.integer())))
    guard dimensions > 0 else { return [] }
    guard dimensions == 1 else { throw mismatch([Element].self, "more than one dimension") }
    let length = try require(reader.integer())
    _ = try require(reader.integer())
    var cells: [PostgresCell] = []
    for _ in 0..<max(0, length) {
      let size = try require(reader.integer())
      let value = size < 0 ? nil : try unsafe require(reader.slice(Int(size)))
      unsafe cells.append(PostgresCell(result: result, columnIndex: columnIndex, type: elementType, value: value))
    }
    return cells
  }

  /// The error of a cell that does not hold a `target`.
  public func mismatch<Target>(_ target: Target.Type, _ reason: String = "another type") -> PostgresError {
    PostgresError(
      code: .decoding,
      message: "column \(column) of type \(type) cannot be read as \(target): \(isNull ? "it is NULL" : reason)")
  }

  private func buffer<Target>(for target: Target.Type) throws -> UnsafeRawBufferPointer {
    guard let start = unsafe start else { throw mismatch(target) }
    return unsafe UnsafeRawBufferPointer(start: start, count: count)
  }
}

/// Reads the pieces of a binary array and never past its end.
@safe private struct ArrayReader {
  private var rest: UnsafeRawBufferPointer

  init(buffer: UnsafeRawBufferPointer) {
    unsafe rest = buffer
  }

  mutating func integer() -> Int32? {
    guard let piece = unsafe slice(4) else { return nil }
    return Int32(bigEndian: unsafe piece.loadUnaligned(as: Int32.self))
  }

  mutating func slice(_ count: Int) -> UnsafeRawBufferPointer? {
    guard count >= 0, unsafe count <= rest.count else { return nil }
    let piece = unsafe UnsafeRawBufferPointer(rebasing: rest[..<count])
    unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    return unsafe piece
  }
}
