internal import Crypto
internal import Dispatch
internal import Glibc
package import Silo
internal import Synchronization

/// The map on disk: a whole and, behind it, what changed since, so that a process that starts while the database is away knows where everything is.
///
/// A file of frames. Each is authenticated (HMAC-SHA256) together with everything before it, by a key derived of the secret key that is not in the database:
/// a frame that was changed, taken out or put elsewhere ends the file there. A tail that was cut off is not noticed; a map may always be behind.
package final class DirectoryFile: Sendable {
  /// Why the file cannot be used.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  private struct State {
    /// Open for writing; -1 before the first write.
    var descriptor: Int32 = -1
    var seal: [UInt8] = []
    /// Bytes of the whole, and of what was written since.
    var whole = 0
    var news = 0
  }

  private static let magic = Array("atoll-directory1".utf8)
  private static let sealBytes = 32
  private static let longestFrame = 64 << 20
  /// News up to this size never make the whole be written anew; above, it is when they are a quarter of it.
  private static let leastNews = 16 << 20

  private let path: String
  private let key: SymmetricKey
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "atoll.directory.file")

  package init(path: String, secretKey: SecretKey) {
    self.path = path
    key = SymmetricKey(data: secretKey.derived(for: "directory-map"))
  }

  deinit { state.withLock { if $0.descriptor >= 0 { close($0.descriptor) } } }

  // MARK: Writing

  /// Replaces the file by everything the map has.
  func writeWhole(_ map: DirectoryMap, _ position: DirectoryPosition, at seconds: Int64) async throws {
    try await blocking { file in
      let draft = file.path + ".new"
      let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw file.failure("written") }
      let nonce = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
      var state = State(descriptor: descriptor, seal: file.seal(Self.magic, nonce))
      do {
        try file.put(Self.magic + nonce, &state)
        try map.forEachPart { rows in try file.append(.rows(rows), &state) }
        try file.append(.complete(position, written: seconds), &state)
        guard fsync(descriptor) == 0, rename(draft, file.path) == 0 else { throw file.failure("written") }
      } catch {
        close(descriptor)
        unlink(draft)
        throw error
      }
      let whole = state.whole
      let new = State(descriptor: descriptor, seal: state.seal, whole: whole)
      file.state.withLock { old in
        if old.descriptor >= 0 { close(old.descriptor) }
        old = new
      }
    }
  }

  /// Adds what changed. - Returns: whether the whole should be written anew instead of more of this.
  func append(
    _ changes: DirectoryChanges, _ position: DirectoryPosition, at seconds: Int64
  ) async throws -> Bool {
    try await blocking { file in
      try file.state.withLock { state in
        guard state.descriptor >= 0 else { return true }
        let before = state.whole
        do { try file.append(.news(changes, position, written: seconds), &state) } catch {
          // Half a frame may stand there: nothing behind it would be believed.
          close(state.descriptor)
          state.descriptor = -1
          throw error
        }
        state.news += state.whole - before
        state.whole = before
        return state.news > max(Self.leastNews, state.whole / 4)
      }
    }
  }

  private func append(_ frame: DirectoryFrame, _ state: inout State) throws {
    let payload = frame.bytes
    let seal = seal(state.seal, payload)
    let length = UInt32(truncatingIfNeeded: payload.count)
    try put(withUnsafeBytes(of: length.bigEndian) { Array($0) } + payload + seal, &state)
    state.seal = seal
  }

  private func put(_ bytes: [UInt8], _ state: inout State) throws {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        write(state.descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written)
      }
      guard count > 0 else { throw failure("written") }
      written += count
    }
    state.whole += bytes.count
  }

  // MARK: Reading

  /// What was read.
  struct Restored: Sendable {
    let position: DirectoryPosition
    /// When the last frame was written, in seconds since 1970.
    let written: Int64
    /// Whether the file ends in something that is no frame of it.
    let isTorn: Bool
  }

  /// Fills a map; nil when there is no file or no whole in it. More can be appended behind what was read.
  func restore(into map: DirectoryMap) async throws -> Restored? {
    try await blocking { file in
      let descriptor = open(file.path, O_RDWR | O_CLOEXEC)
      guard descriptor >= 0 else {
        if errno == ENOENT { return nil }
        throw file.failure("read")
      }
      var status = stat()
      guard fstat(descriptor, &status) == 0, status.st_mode & 0o077 == 0 else {
        close(descriptor)
        throw Failure(description: "\(file.path) may be read by others: run chmod 600 on it")
      }
      var input = FrameInput(descriptor)
      guard let head = input.take(Self.magic.count + 16), head.starts(with: Self.magic) else {
        close(descriptor)
        return nil
      }
      var state = State(descriptor: descriptor, seal: file.seal(Self.magic, Array(head.suffix(16))), whole: head.count)
      guard let restored = file.frames(&input, into: map, &state) else {
        close(descriptor)
        return nil
      }
      let end = off_t(state.whole + state.news)
      guard ftruncate(descriptor, end) == 0, lseek(descriptor, end, SEEK_SET) == end else {
        close(descriptor)
        throw file.failure("continued")
      }
      let new = state
      file.state.withLock { $0 = new }
      return restored
    }
  }

  private func frames(_ input: inout FrameInput, into map: DirectoryMap, _ state: inout State) -> Restored? {
    let mark = map.beginLoad()
    var position: (DirectoryPosition, Int64)?
    while let length = input.length(), length <= Self.longestFrame, let payload = input.take(length),
      let seal = input.take(Self.sealBytes), isEqual(self.seal(state.seal, Array(payload)), Array(seal)),
      let frame = DirectoryFrame(payload)
    {
      state.seal = Array(seal)
      let size = 4 + length + Self.sealBytes
      switch frame {
      case .rows(let rows):
        guard position == nil else { return nil }
        map.apply(rows, mark: mark)
        state.whole += size
      case .complete(let found, let written):
        map.endLoad(mark)
        position = (found, written)
        state.whole += size
      case .news(let changes, let found, let written):
        guard position != nil else { return nil }
        map.apply(changes)
        position = (found, written)
        state.news += size
      }
    }
    return position.map { Restored(position: $0, written: $1, isTorn: !input.isAtEnd) }
  }

  // MARK: Seals

  private func seal(_ before: [UInt8], _ payload: [UInt8]) -> [UInt8] {
    var code = HMAC<SHA256>(key: key)
    code.update(data: before)
    code.update(data: payload)
    return Array(code.finalize())
  }

  private func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool { equalInConstantTime(left, right) }

  private func failure(_ what: String) -> Failure {
    Failure(description: "\(path) cannot be \(what): \(String(cString: strerror(errno)))")
  }

  /// Files block: their work has a thread of its own, one piece after the other.
  private func blocking<Value: Sendable>(
    _ work: @escaping @Sendable (DirectoryFile) throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try work(self) }) }
    }
  }
}
