/// A QR code (ISO/IEC 18004) of text: byte mode, error correction level M, the smallest of versions 1 to 20 that fits.
///
/// Of our own because no Swift library of it runs on Linux without a graphics stack; one page uses it, for the key of an authenticator.
struct QRCode: Sendable {
  /// Modules on one side, without the quiet zone.
  private(set) var size: Int
  /// Row by row; true is dark.
  private(set) var modules: [Bool]
  /// Modules that carry no data, row by row.
  private var isFixed: [Bool]

  /// Returns nil when the text has more bytes than version 20 holds (666).
  init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard let version = QRVersion.smallest(holding: bytes.count) else { return nil }
    size = version.size
    modules = Array(repeating: false, count: size * size)
    isFixed = modules
    drawPatterns(version)
    draw(version.codewords(of: bytes))
    var best: (mask: Int, penalty: Int)?
    for mask in 0..<8 {
      let candidate = masked(mask)
      let penalty = QRPenalty(candidate.modules, size: size).total
      if best.map({ penalty < $0.penalty }) ?? true { best = (mask, penalty) }
    }
    self = masked(best?.mask ?? 0)
  }

  subscript(column: Int, row: Int) -> Bool { modules[row * size + column] }

  // MARK: Function patterns

  private mutating func set(_ column: Int, _ row: Int, _ isDark: Bool) {
    modules[row * size + column] = isDark
    isFixed[row * size + column] = true
  }

  private mutating func drawPatterns(_ version: QRVersion) {
    for index in 0..<size {
      set(6, index, index % 2 == 0)
      set(index, 6, index % 2 == 0)
    }
    for (column, row) in [(3, 3), (size - 4, 3), (3, size - 4)] { drawFinder(column, row) }
    let centers = version.alignmentCenters
    for column in centers {
      for row in centers where !isFinderCorner(column, row) { drawAlignment(column, row) }
    }
    drawFormat(mask: 0)
    drawVersion(version.number)
  }

  private func isFinderCorner(_ column: Int, _ row: Int) -> Bool {
    (column == 6 && row == 6) || (column == 6 && row == size - 7) || (column == size - 7 && row == 6)
  }

  private mutating func drawFinder(_ column: Int, _ row: Int) {
    for dy in -4...4 {
      for dx in -4...4 {
        let (x, y) = (column + dx, row + dy)
        guard (0..<size).contains(x), (0..<size).contains(y) else { continue }
        let distance = max(abs(dx), abs(dy))
        set(x, y, distance != 2 && distance != 4)
      }
    }
  }

  private mutating func drawAlignment(_ column: Int, _ row: Int) {
    for dy in -2...2 {
      for dx in -2...2 { set(column + dx, row + dy, max(abs(dx), abs(dy)) != 1) }
    }
  }

  /// Level M is 00 in the format bits, so they are the mask alone, with a BCH(15, 5) remainder.
  private mutating func drawFormat(mask: Int) {
    var remainder = mask
    for _ in 0..<10 { remainder = (remainder << 1) ^ ((remainder >> 9) * 0x537) }
    let bits = (mask << 10 | remainder) ^ 0x5412
    let bit = { (index: Int) in bits >> index & 1 == 1 }
    for index in 0..<6 { set(8, index, bit(index)) }
    set(8, 7, bit(6))
    set(8, 8, bit(7))
    set(7, 8, bit(8))
    for index in 9..<15 { set(14 - index, 8, bit(index)) }
    for index in 0..<8 { set(size - 1 - index, 8, bit(index)) }
    for index in 8..<15 { set(8, size - 15 + index, bit(index)) }
    set(8, size - 8, true)
  }

  /// From version 7 on, with a BCH(18, 6) remainder.
  private mutating func drawVersion(_ number: Int) {
    guard number >= 7 else { return }
    var remainder = number
    for _ in 0..<12 { remainder = (remainder << 1) ^ ((remainder >> 11) * 0x1F25) }
    let bits = number << 12 | remainder
    for index in 0..<18 {
      let isDark = bits >> index & 1 == 1
      let (far, near) = (size - 11 + index % 3, index / 3)
      set(far, near, isDark)
      set(near, far, isDark)
    }
  }

  // MARK: Data

  /// In columns of two from the right, upwards and downwards in turn, around what is fixed.
  private mutating func draw(_ codewords: [UInt8]) {
    var index = 0
    var right = size - 1
    var isUpward = true
    while right >= 1 {
      if right == 6 { right = 5 }
      for step in 0..<size {
        let row = isUpward ? size - 1 - step : step
        for column in [right, right - 1] where !isFixed[row * size + column] && index < codewords.count * 8 {
          modules[row * size + column] = codewords[index >> 3] >> (7 - index & 7) & 1 == 1
          index += 1
        }
      }
      isUpward.toggle()
      right -= 2
    }
  }

  private func masked(_ mask: Int) -> QRCode {
    var code = self
    for row in 0..<size {
      for column in 0..<size where !isFixed[row * size + column] && Self.inverts(mask, column, row) {
        code.modules[row * size + column].toggle()
      }
    }
    code.drawFormat(mask: mask)
    return code
  }

  private static func inverts(_ mask: Int, _ x: Int, _ y: Int) -> Bool {
    switch mask {
    case 0: (x + y) % 2 == 0
    case 1: y % 2 == 0
    case 2: x % 3 == 0
    case 3: (x + y) % 3 == 0
    case 4: (x / 3 + y / 2) % 2 == 0
    case 5: x * y % 2 + x * y % 3 == 0
    case 6: (x * y % 2 + x * y % 3) % 2 == 0
    default: ((x + y) % 2 + x * y % 3) % 2 == 0
    }
  }
}
