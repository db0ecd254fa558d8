/// A size of QR codes at level M: how many codewords it has and how they are split into blocks (ISO/IEC 18004, table 9).
struct QRVersion: Sendable {
  let number: Int

  /// Error correction codewords of one block, by version.
  private static let correctionPerBlock = [
    10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26,
  ]
  private static let blockCounts = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16]

  static func smallest(holding bytes: Int) -> QRVersion? {
    (1...20).lazy.map { QRVersion(number: $0) }.first { version in
      4 + version.lengthBits + bytes * 8 <= version.dataCodewords * 8
    }
  }

  var size: Int { number * 4 + 17 }
  private var correction: Int { Self.correctionPerBlock[number - 1] }
  private var blocks: Int { Self.blockCounts[number - 1] }
  /// Bits of the length in byte mode.
  private var lengthBits: Int { number < 10 ? 8 : 16 }
  private var dataCodewords: Int { codewords - correction * blocks }

  /// All codewords: the modules that no pattern takes, in whole bytes.
  private var codewords: Int {
    var modules = (16 * number + 128) * number + 64
    if number >= 2 {
      let alignments = number / 7 + 2
      modules -= (25 * alignments - 10) * alignments - 55
      if number >= 7 { modules -= 36 }
    }
    return modules / 8
  }

  /// Rows and columns of the centres of alignment patterns.
  var alignmentCenters: [Int] {
    guard number >= 2 else { return [] }
    let count = number / 7 + 2
    let step = (number * 8 + count * 3 + 5) / (count * 4 - 4) * 2
    return [6] + (0..<count - 1).map { size - 7 - $0 * step }.reversed()
  }

  /// What is drawn for these bytes: data and error correction, interleaved block by block. They must fit.
  func codewords(of bytes: [UInt8]) -> [UInt8] {
    let data = padded(bytes)
    let shortBlocks = blocks - codewords % blocks
    let shortLength = codewords / blocks - correction
    let generator = ReedSolomon(degree: correction)
    var dataBlocks: [ArraySlice<UInt8>] = []
    var start = 0
    for block in 0..<blocks {
      let length = shortLength + (block < shortBlocks ? 0 : 1)
      dataBlocks.append(data[start..<start + length])
      start += length
    }
    let corrections = dataBlocks.map { generator.remainder(of: $0) }
    var interleaved: [UInt8] = []
    for index in 0...shortLength {
      for block in dataBlocks where index < block.count { interleaved.append(block[block.startIndex + index]) }
    }
    for index in 0..<correction {
      for block in corrections { interleaved.append(block[index]) }
    }
    return interleaved
  }

  /// Mode, length, bytes, terminator and filling.
  private func padded(_ bytes: [UInt8]) -> [UInt8] {
    var bits: [Bool] = []
    func append(_ value: Int, _ count: Int) {
      for shift in (0..<count).reversed() { bits.append(value >> shift & 1 == 1) }
    }
    append(0b0100, 4)
    append(bytes.count, lengthBits)
    for byte in bytes { append(Int(byte), 8) }
    append(0, min(4, dataCodewords * 8 - bits.count))
    append(0, (8 - bits.count % 8) % 8)
    var data = stride(from: 0, to: bits.count, by: 8).map { start in
      bits[start..<start + 8].reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) }
    }
    for filling in 0..<max(0, dataCodewords - data.count) { data.append(filling % 2 == 0 ? 0xEC : 0x11) }
    return data
  }
}
