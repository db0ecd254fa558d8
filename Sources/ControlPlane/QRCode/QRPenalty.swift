/// How hard a masked QR code is to read (ISO/IEC 18004 §7.8.3): the mask with the least is taken.
struct QRPenalty: Sendable {
  let total: Int

  init(_ modules: [Bool], size: Int) {
    let rows = (0..<size).map { row in Array(modules[row * size..<(row + 1) * size]) }
    let columns = (0..<size).map { column in (0..<size).map { modules[$0 * size + column] } }
    let lines = (rows + columns).reduce(0) { $0 + Self.runs($1) + Self.finders($1) }
    total = lines + Self.squares(rows) + Self.balance(modules)
  }

  /// Five or more of one colour in a row: 3, and 1 for each further one.
  private static func runs(_ line: [Bool]) -> Int {
    var penalty = 0
    var length = 0
    var colour: Bool?
    for module in line {
      length = module == colour ? length + 1 : 1
      colour = module
      if length == 5 { penalty += 3 } else if length > 5 { penalty += 1 }
    }
    return penalty
  }

  /// 40 for what looks like a finder pattern with light beside it.
  private static func finders(_ line: [Bool]) -> Int {
    let pattern = [true, false, true, true, true, false, true]
    let light = Array(repeating: false, count: 4)
    let padded = light + line + light
    var penalty = 0
    for start in 0...padded.count - 11 {
      let window = Array(padded[start..<start + 11])
      if window == pattern + light || window == light + pattern { penalty += 40 }
    }
    return penalty
  }

  /// 3 for each square of four of one colour.
  private static func squares(_ rows: [[Bool]]) -> Int {
    var penalty = 0
    for (upper, lower) in zip(rows, rows.dropFirst()) {
      for column in 0..<upper.count - 1 {
        let colour = upper[column]
        if upper[column + 1] == colour, lower[column] == colour, lower[column + 1] == colour { penalty += 3 }
      }
    }
    return penalty
  }

  /// 10 for each 5 % that the share of dark modules is away from a half.
  private static func balance(_ modules: [Bool]) -> Int {
    let dark = modules.count(where: \.self)
    let away = abs(dark * 20 - modules.count * 10)
    return away / modules.count * 10
  }
}
