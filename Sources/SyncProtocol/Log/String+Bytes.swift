/// Texts by their bytes. The views of `String` do the same byte by byte; over rows of a snapshot that was a tenth of all work.
extension String {
  /// Whether a byte of it is 0.
  var holdsNUL: Bool {
    utf8.withContiguousStorageIfAvailable { bytes in
      for byte in bytes where byte == 0 { return true }
      return false
    } ?? utf8.contains(0)
  }

  /// Whether it stands before `other` in the order of bytes.
  func precedesByBytes(_ other: String) -> Bool {
    let answer = utf8.withContiguousStorageIfAvailable { left in
      other.utf8.withContiguousStorageIfAvailable { right in
        for index in 0..<min(left.count, right.count) where left[index] != right[index] {
          return left[index] < right[index]
        }
        return left.count < right.count
      }
    }
    if case .some(.some(let answer)) = answer { return answer }
    return utf8.lexicographicallyPrecedes(other.utf8)
  }
}
