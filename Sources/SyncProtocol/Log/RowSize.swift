/// What rows weigh on the wire, so that a message stays below its limits before it is written.
package enum RowSize {
  /// The weight of a row's values: their bytes as JSON, names not counted because rows share them.
  ///
  /// Text is mostly what it is; only what could be large is looked at byte by byte.
  package static func bytes(key: RowKey, fields: [RowImage.Field]?) -> Int {
    var bytes = key.text.utf8.count + 24
    for field in fields ?? [] {
      guard let value = field.value else {
        bytes += 5
        continue
      }
      bytes += 3 + (value.utf8.count < 256 ? value.utf8.count : escaped(value))
    }
    return bytes
  }

  /// What stands for a row that is withheld weighs about this.
  package static let withheld = 256

  /// A row as it may travel, with its own weight: one that is too large is withheld.
  package static func fitting(key: RowKey, fields: [RowImage.Field]?) -> (fields: [RowImage.Field]?, bytes: Int) {
    guard let fields else { return (nil, bytes(key: key, fields: nil)) }
    let bytes = bytes(key: key, fields: fields)
    let isAllowed =
      bytes <= RowLimits.row && fields.count <= RowLimits.columns
      && fields.allSatisfy { ($0.value?.utf8.count ?? 0) <= RowLimits.value }
    return isAllowed ? (fields, bytes) : (RowImage.withheld(RowImage.tooLarge), bytes)
  }

  /// As JSONWriter writes it, without the quotes.
  private static func escaped(_ text: String) -> Int {
    var text = text
    return text.withUTF8 { bytes in
      bytes.reduce(0) { sum, byte in
        switch byte {
        case 0x22, 0x5C, 0x0A, 0x0D, 0x09, 0x08, 0x0C: sum + 2
        case ..<0x20: sum + 6
        default: sum + 1
        }
      }
    }
  }
}

extension RowImage {
  /// The name of the one field of a row that its source keeps back; no column of a kind is called so.
  private static let withheldField = "atoll_withheld"
  /// The code of a row that is larger than what may travel.
  public static let tooLarge = "ROW_TOO_LARGE"

  /// What stands for a row that cannot travel: its receiver parks it under the code, keeps what it had, and says so to its source.
  public static func withheld(_ code: String) -> [Field] { [Field(name: withheldField, value: code)] }

  /// The code under which the row is to be parked; nil for rows that are what they say. A sender's own words are no codes.
  public var withheldCode: String? {
    guard let fields, fields.count == 1, fields[0].name == Self.withheldField else { return nil }
    return fields[0].value == Self.tooLarge ? Self.tooLarge : "WITHHELD"
  }
}
