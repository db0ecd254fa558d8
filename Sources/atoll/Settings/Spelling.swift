/// Finds what somebody may have meant.
enum Spelling {
  /// The candidate that is at most three edits away, the nearest first; nil when none is.
  static func nearest(to word: String, among candidates: [String]) -> String? {
    let ranked = candidates.map { (candidate: $0, distance: distance(Array(word.utf8), Array($0.utf8))) }
    return ranked.filter { $0.distance <= 3 }.min { $0.distance < $1.distance }?.candidate
  }

  /// Levenshtein's distance, one row at a time.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in right.enumerated() {
        let replaced = diagonal + (a == b ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row.last ?? left.count
  }
}
