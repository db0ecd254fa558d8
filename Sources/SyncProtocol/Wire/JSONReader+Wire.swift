extension JSONReader {
  func position() throws(JSONError) -> Position {
    try parsed("a position: decimal digits in a string") { Position($0) }
  }

  func chain() throws(JSONError) -> ChainHash {
    try parsed("a chain hash: 64 hexadecimal digits") { Hexadecimal.decode($0).flatMap(ChainHash.init(bytes:)) }
  }

  func epoch() throws(JSONError) -> Epoch {
    let ordinal = try field("ordinal").integer(in: 1...Int64(Int32.max))
    let id = try field("id").string()
    guard let epoch = Epoch(ordinal: Int32(ordinal), id: id) else {
      throw try field("id").error(expected: "32 hexadecimal digits")
    }
    return epoch
  }

  func lane() throws(JSONError) -> Lane { try parsed("a lane: priority, main or bulk") { Lane(rawValue: $0) } }

  /// `control` or `region:7`.
  func silo() throws(JSONError) -> SiloNumber {
    try parsed("a silo: control or region:N") { SiloNumber($0) }
  }

  func verificationKey() throws(JSONError) -> VerificationKey {
    try parsed("an Ed25519 public key in base64url, not of small order") { VerificationKey(encoded: $0) }
  }

  func signature() throws(JSONError) -> [UInt8] {
    try parsed("64 bytes in base64url") { text in Base64.decode(text).flatMap { $0.count == 64 ? $0 : nil } }
  }

  func keyid() throws(JSONError) -> String {
    try parsed("a thumbprint") { text in Base64.decode(text)?.count == 32 ? text : nil }
  }

  /// A name that stands in logs and consoles: 1 to `maximum` printable ASCII characters.
  func label(maximum: Int = 128) throws(JSONError) -> String {
    try parsed("1 to \(maximum) printable ASCII characters") { text in
      (1...maximum).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? text : nil
    }
  }

  func elements<Value>(
    maximum: Int, _ make: (JSONReader) throws(JSONError) -> Value
  ) throws(JSONError) -> [Value] {
    var values: [Value] = []
    for element in try array(maximum: maximum) { values.append(try make(element)) }
    return values
  }
}

extension SiloNumber: LosslessStringConvertible {
  /// Accepts exactly what ``description`` prints.
  public init?(_ description: String) {
    if description == "control" {
      self = .control
      return
    }
    let prefix = "region:"
    guard description.hasPrefix(prefix),
      let number = Int64(canonicalDecimal: String(description.dropFirst(prefix.count))),
      number > 0, let silo = SiloNumber(Int(number))
    else { return nil }
    self = silo
  }
}

extension Epoch {
  var json: JSONValue { ["ordinal": .integer(Int64(ordinal)), "id": .string(id)] }
}

extension ChainHash {
  /// 64 hexadecimal digits, lower case.
  public var text: String { Hexadecimal.encode(bytes) }
}
