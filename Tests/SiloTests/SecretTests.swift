import Silo
import Testing

@Suite struct SecretTests {
  @Test(
    "a minted token is recognized as its kind and no other, and every changed character is noticed",
    arguments: TokenFormat.allCases)
  func tokens(format: TokenFormat) throws {
    let token = format.mint()
    for other in TokenFormat.allCases { #expect(other.recognizes(token) == (other == format)) }
    #expect(format.mint() != token)
    for index in token.indices {
      var altered = token
      altered.replaceSubrange(index...index, with: token[index] == "x" ? "y" : "x")
      #expect(!format.recognizes(altered))
    }
    for bad in ["", format.rawValue, String(token.dropLast()), token + "0", token.uppercased()] {
      #expect(!format.recognizes(bad))
    }
  }

  @Test("a token's text is a function of its 256 bits, all of them")
  func allBits() {
    let zero = TokenFormat.session.mint(random: [UInt8](repeating: 0, count: 32))
    let full = TokenFormat.session.mint(random: [UInt8](repeating: 255, count: 32))
    #expect(zero.hasPrefix("atls_" + String(repeating: "0", count: 43)))
    #expect(TokenFormat.session.recognizes(full))
    var seen: Set<String> = []
    for bit in 0..<256 {
      var bytes = [UInt8](repeating: 0, count: 32)
      bytes[bit / 8] = 1 << (bit % 8)
      seen.insert(TokenFormat.session.mint(random: bytes))
    }
    #expect(seen.count == 256)
    #expect(TokenFormat.digest(of: zero).count == 32)
  }

  @Test("a sealed secret opens with its key at its place, and nowhere else")
  func sealing() throws {
    let key = try #require(SecretKey(bytes: [UInt8](repeating: 1, count: 32)))
    let other = try #require(SecretKey(bytes: [UInt8](repeating: 2, count: 32)))
    let place = SecretKey.Place(table: "t", row: "r", column: "c")
    let sealed = try key.seal([1, 2, 3], at: place)
    #expect(try key.open(sealed, at: place) == [1, 2, 3])
    #expect(try key.seal([1, 2, 3], at: place) != sealed)
    for moved in [
      SecretKey.Place(table: "tr", row: "", column: "c"), .init(table: "t", row: "rc", column: ""),
      .init(table: "t", row: "r2", column: "c"),
    ] {
      #expect(throws: SealingError.wrongKeyOrPlace) { try key.open(sealed, at: moved) }
    }
    #expect(throws: SealingError.wrongKeyOrPlace) { try other.open(sealed, at: place) }
    for index in sealed.indices {
      var altered = sealed
      altered[index] ^= 1
      #expect(throws: SealingError.self) { try key.open(altered, at: place) }
    }
    #expect(throws: SealingError.malformed) { try key.open([], at: place) }
    #expect(SecretKey(bytes: [1]) == nil)
  }
}
