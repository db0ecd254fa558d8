/// Reads a group of rows from the bytes of a content, as ``BatchContent`` writes it: no white space, members in their order, no escapes.
///
/// It understands less than ``JSONParser`` and nothing that would read differently there. Whoever uses it reads again with that one where this one
/// says no, so a peer that writes otherwise is understood as well, at more cost.
struct PlainReader {
  private(set) var offset: Int

  init(offset: Int) { self.offset = offset }

  /// Appends the rows of the group that begins here; false when it is not plain, with some of the rows appended.
  mutating func group(_ bytes: UnsafeBufferPointer<UInt8>, epoch: Int32, into rows: inout [RowImage]) -> Bool {
    guard take("{\"kind\":", bytes), let kind = text(bytes).flatMap({ Kind($0) }),
      take(",\"head\":", bytes), let head = text(bytes).flatMap({ Position($0) })
    else { return false }
    var columns: [String]?
    if take(",\"columns\":[", bytes) {
      guard let names = names(bytes), take(",\"rows\":[", bytes) else { return false }
      columns = names
    } else {
      guard take(",\"removes\":[", bytes) else { return false }
    }
    if take("]}", bytes) { return true }
    repeat {
      guard let row = row(bytes, kind: kind, epoch: epoch, head: head, columns: columns) else { return false }
      rows.append(row)
    } while take(UInt8(ascii: ","), bytes)
    return take("]}", bytes)
  }

  private mutating func names(_ bytes: UnsafeBufferPointer<UInt8>) -> [String]? {
    var names: [String] = []
    if take(UInt8(ascii: "]"), bytes) { return names }
    repeat {
      guard let name = text(bytes), (1...63).contains(name.utf8.count), names.count < WireLimits.maximumColumns else {
        return nil
      }
      names.append(name)
    } while take(UInt8(ascii: ","), bytes)
    return take(UInt8(ascii: "]"), bytes) ? names : nil
  }

  private mutating func row(
    _ bytes: UnsafeBufferPointer<UInt8>, kind: Kind, epoch: Int32, head: Position, columns: [String]?
  ) -> RowImage? {
    guard take(UInt8(ascii: "["), bytes), let key = text(bytes).flatMap({ RowKey($0) }),
      take(UInt8(ascii: ","), bytes), let generation = decimal(bytes)
    else { return nil }
    var fields: [RowImage.Field]?
    if let columns {
      var list: [RowImage.Field] = []
      list.reserveCapacity(columns.count)
      for name in columns {
        guard take(UInt8(ascii: ","), bytes) else { return nil }
        if take("null", bytes) {
          list.append(RowImage.Field(name: name, value: nil))
        } else {
          guard let value = text(bytes) else { return nil }
          list.append(RowImage.Field(name: name, value: value))
        }
      }
      fields = list
    }
    guard take(UInt8(ascii: "]"), bytes) else { return nil }
    return RowImage(
      row: RowReference(kind: kind, key: key),
      version: RowVersion(generation: generation, epoch: epoch, head: head), fields: fields)
  }

  private mutating func take(_ byte: UInt8, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard offset < bytes.count, bytes[offset] == byte else { return false }
    offset += 1
    return true
  }

  private mutating func take(_ expected: StaticString, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let length = expected.utf8CodeUnitCount
    guard bytes.count - offset >= length else { return false }
    for index in 0..<length where bytes[offset + index] != expected.utf8Start[index] { return false }
    offset += length
    return true
  }

  /// A string that holds no escape, control character or bytes that are not UTF-8.
  private mutating func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
    guard take(UInt8(ascii: "\""), bytes) else { return nil }
    let start = offset
    var end = start
    var united: UInt8 = 0
    while end < bytes.count {
      let byte = bytes[end]
      if byte == UInt8(ascii: "\"") {
        let slice = UnsafeBufferPointer(rebasing: bytes[start..<end])
        offset = end + 1
        // ASCII needs no validation, which costs more than the copy.
        return united < 0x80 ? String(decoding: slice, as: UTF8.self) : String(validating: slice, as: UTF8.self)
      }
      guard byte >= 0x20, byte != UInt8(ascii: "\\") else { return nil }
      united |= byte
      end += 1
    }
    return nil
  }

  /// A string of up to 18 digits without leading zeros.
  private mutating func decimal(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
    guard take(UInt8(ascii: "\""), bytes) else { return nil }
    let start = offset
    var value: Int64 = 0
    while offset < bytes.count, (0x30...0x39).contains(bytes[offset]), offset - start < 18 {
      value = value * 10 + Int64(bytes[offset] - 0x30)
      offset += 1
    }
    let length = offset - start
    guard length > 0, length == 1 || bytes[start] != 0x30, take(UInt8(ascii: "\""), bytes) else { return nil }
    return value
  }
}
