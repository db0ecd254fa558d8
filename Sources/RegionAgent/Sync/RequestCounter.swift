internal import Synchronization

/// The number that rises with every signed request of this agent's key, over restarts too. A copy of the key elsewhere makes it fall at
/// control. Kept beside the identity and not in the database: a restored database must not look like a stolen key.
package final class RequestCounter: Sendable {
  /// Numbers that are reserved at once; a crash skips the rest of them.
  static let reserve: Int64 = 1_000_000

  private struct State {
    var next: Int64
    var reserved: Int64
  }

  private let file: PrivateFile
  private let state: Mutex<State>

  /// - Throws: ``RegionError`` for a file that cannot be read or is damaged.
  package init(directory: String) throws(RegionError) {
    file = PrivateFile(path: directory + "/counter")
    var last: Int64 = 0
    if let bytes = try file.read() {
      guard let text = String(validating: bytes, as: UTF8.self), let number = Int64(text), number >= 0 else {
        throw RegionError(.fileDamaged, "\(file.path) does not hold a number")
      }
      last = number
    }
    state = Mutex(State(next: last, reserved: last))
  }

  /// - Throws: ``RegionError`` with code `file_unwritable`: a number that might be used twice is not given.
  package func next() throws -> Int64 {
    try state.withLock { state in
      if state.next == state.reserved {
        let (reserved, overflow) = state.reserved.addingReportingOverflow(Self.reserve)
        guard !overflow else { throw RegionError(.fileDamaged, "\(file.path) is at its end") }
        try file.write(Array(String(reserved).utf8))
        state.reserved = reserved
      }
      state.next += 1
      return state.next
    }
  }
}
