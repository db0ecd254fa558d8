internal import Glibc

/// Reads a file piece by piece.
struct FrameInput: ~Copyable {
  private static let chunk = 1 << 20

  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var place = 0
  private var isOver = false

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Whether everything was taken.
  var isAtEnd: Bool { isOver && place == buffer.count }

  /// The next bytes; nil when there are not so many.
  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    while buffer.count - place < count {
      guard fill() else { return nil }
    }
    defer { place += count }
    return buffer[place..<place + count]
  }

  /// The length of the next frame.
  mutating func length() -> Int? {
    // Looks behind the end, so that it is known.
    if buffer.count == place, !fill() { return nil }
    return take(4).map { $0.reduce(0) { $0 << 8 | Int($1) } }
  }

  /// False at the end of the file.
  private mutating func fill() -> Bool {
    guard !isOver else { return false }
    buffer.removeFirst(place)
    place = 0
    let before = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: Self.chunk))
    let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress?.advanced(by: before), Self.chunk) }
    buffer.removeLast(Self.chunk - max(0, count))
    isOver = count <= 0
    return !isOver
  }
}
