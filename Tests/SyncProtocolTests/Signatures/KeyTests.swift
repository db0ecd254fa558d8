import Crypto
import Testing

@testable import SyncProtocol

@Suite("keys") struct KeyTests {
  @Test("every point of small order and every non-canonical y is refused, whatever its sign bit") func smallOrder() {
    let orderEight: [UInt8] = [
      0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0,
      0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
    ]
    // -y of a point of order 8 is the other order-8 y: p - y, computed here rather than listed.
    var negated: [UInt8] = []
    var borrow = 0
    for (index, byte) in orderEight.enumerated() {
      let p = index == 0 ? 0xED : index == 31 ? 0x7F : 0xFF
      let difference = p - Int(byte) - borrow
      borrow = difference < 0 ? 1 : 0
      negated.append(UInt8(difference & 0xFF))
    }
    var refused: [[UInt8]] = [orderEight, negated]
    for low in 0xED...0xFF { refused.append([UInt8(low)] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]) }
    for bytes in refused {
      for sign: UInt8 in [0, 0x80] {
        var key = bytes
        key[31] |= sign
        #expect(VerificationKey(bytes: key) == nil)
      }
    }
    for count in [0, 31, 33] { #expect(VerificationKey(bytes: [UInt8](repeating: 7, count: count)) == nil) }
  }

  @Test("a key comes back from its seed and its encoded form") func forms() throws {
    let key = try SigningKey(purpose: .agent)
    let again = try SigningKey(seed: key.seed, purpose: .agent)
    #expect(again.keyid == key.keyid)
    #expect(VerificationKey(encoded: key.verificationKey.encoded) == key.verificationKey)
    #expect(key.keyid.utf8.count == 43)
    #expect(ManifestTrust.isPin(key.verificationKey.fingerprint))
    #expect(!"\(key)".contains(Base64.encode(key.seed)))
    #expect(throws: SigningKey.Refusal.self) { try SigningKey(seed: [1, 2, 3], purpose: .agent) }
  }

  @Test("a signature of another length or with a high S is not valid") func malleability() throws {
    let key = try SigningKey(purpose: .agent)
    let signature = try key.signature(for: [1, 2, 3])
    #expect(key.verificationKey.isValid(signature: signature, for: [1, 2, 3]))
    #expect(!key.verificationKey.isValid(signature: signature, for: [1, 2, 4]))
    #expect(!key.verificationKey.isValid(signature: [], for: [1, 2, 3]))
    #expect(!key.verificationKey.isValid(signature: signature + [0], for: [1, 2, 3]))
    // S + L signs the same message unless the verifier insists on S < L.
    let order: [UInt8] = [
      0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14,
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ]
    var high = signature
    var carry = 0
    for index in 0..<32 {
      let sum = Int(high[32 + index]) + Int(order[index]) + carry
      high[32 + index] = UInt8(sum & 0xFF)
      carry = sum >> 8
    }
    #expect(!key.verificationKey.isValid(signature: high, for: [1, 2, 3]))
  }

  @Test("base 64 has one text for each sequence of bytes") func base64() {
    for count in 0..<40 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 250) }
      #expect(Base64.decode(Base64.encode(bytes)) == bytes)
      #expect(Base64.decode(Base64.encode(bytes, .standard), .standard) == bytes)
    }
    for bad in ["A", "AB=", "AB==C", "A===", "====", "AB", "AA=A", "AAA", "AA =", "AAE=AAAA"] {
      #expect(Base64.decode(bad, .standard) == nil, "\(bad)")
    }
    for bad in ["A", "AB", "AA==", "AA+A", "AA/A", "AAB"] { #expect(Base64.decode(bad) == nil, "\(bad)") }
    #expect(Base64.decode("", .standard) == [])
    #expect(Hexadecimal.decode("0aFF") == nil)
    #expect(Hexadecimal.decode("0af") == nil)
    #expect(Hexadecimal.decode("0aff") == [0x0A, 0xFF])
  }
}
