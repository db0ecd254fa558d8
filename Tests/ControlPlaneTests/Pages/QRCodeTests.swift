import Testing

@testable import ControlPlane

/// The expected codes are another encoder's (qrencode 4.1.1, level M, byte mode).
@Suite struct QRCodeTests {
  @Test("a small code is the one of another encoder, module by module")
  func small() throws {
    let expected = """
      #######....#..#######
      #.....#..#.#..#.....#
      #.###.#.#.##..#.###.#
      #.###.#.#.##..#.###.#
      #.###.#.#####.#.###.#
      #.....#.#.#.#.#.....#
      #######.#.#.#.#######
      ........#####........
      #.#####...#.#.#####..
      .#..##..#...#######..
      .#.##.#.#.##.##..###.
      ###.#..##....#..###..
      ...#####.###.##...#.#
      ........#...#...##...
      #######..##.#.#...##.
      #.....#.######.#.##..
      #.###.#.##..#.##..###
      #.###.#.##...#####...
      #.###.#.#...#..#..#..
      #.....#...#.##..###..
      #######.##.##.#.#.##.
      """
    #expect(Self.rows(try #require(QRCode("HELLO world!"))) == expected)
  }

  @Test(
    "codes of several sizes are those of another encoder",
    arguments: [
      (
        "otpauth://totp/Atoll:ada%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Atoll", 41,
        0x759757D75593E4CE
      ),
      ("x122" + String(repeating: "c", count: 122), 49, 0xFD162DD82E08DD09),
      ("x251" + String(repeating: "d", count: 251), 65, 0x460B9A60EE52C445),
      ("x450" + String(repeating: "c", count: 450), 85, 0x5C2879A8340889C5),
      ("x660" + String(repeating: "e", count: 660), 97, 0xE25A13343B6FFF46),
    ] as [(String, Int, UInt64)])
  func several(text: String, size: Int, hash: UInt64) throws {
    let code = try #require(QRCode(text))
    #expect(code.size == size)
    #expect(Self.hash(Self.rows(code)) == hash)
  }

  @Test("every text that fits is encoded in the smallest size, and one that does not is refused")
  func sizes() throws {
    #expect(try #require(QRCode("")).size == 21)
    #expect(try #require(QRCode(String(repeating: "a", count: 14))).size == 21)
    #expect(try #require(QRCode(String(repeating: "a", count: 15))).size == 25)
    #expect(try #require(QRCode(String(repeating: "a", count: 666))).size == 97)
    #expect(QRCode(String(repeating: "a", count: 667)) == nil)
  }

  @Test("the picture's path draws the dark modules and nothing else, inside the quiet zone")
  func picture() throws {
    let code = try #require(QRCode("HELLO world!"))
    var dark = Set<[Int]>()
    for run in code.path.split(separator: "M") {
      let numbers = run.split { !$0.isNumber }.compactMap { Int($0) }
      for column in numbers[0]..<numbers[0] + numbers[2] { dark.insert([column - 4, numbers[1] - 4]) }
    }
    for row in 0..<code.size {
      for column in 0..<code.size { #expect(dark.contains([column, row]) == code[column, row]) }
    }
    #expect(dark.count == code.modules.count(where: { $0 }))
  }

  private static func rows(_ code: QRCode) -> String {
    (0..<code.size).map { row in
      (0..<code.size).map { code[$0, row] ? "#" : "." }.joined()
    }.joined(separator: "\n")
  }

  /// FNV-1a, 64 bits.
  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
