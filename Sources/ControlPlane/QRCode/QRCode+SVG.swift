extension QRCode {
  /// Modules of light around the code.
  static let quietZone = 4

  /// The side of the picture, in modules.
  var pictureSize: Int { size + 2 * Self.quietZone }

  /// The dark modules as the path of an SVG picture with sides of ``pictureSize``: one rectangle for each run in a row.
  var path: String {
    var path = ""
    for row in 0..<size {
      var column = 0
      while column < size {
        guard self[column, row] else {
          column += 1
          continue
        }
        let start = column
        while column < size, self[column, row] { column += 1 }
        path += "M\(start + Self.quietZone) \(row + Self.quietZone)h\(column - start)v1h-\(column - start)z"
      }
    }
    return path
  }
}
