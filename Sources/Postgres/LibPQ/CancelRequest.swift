import CLibPQ

/// Owns one `PGcancel`, the permission to cancel what a connection runs.
///
/// `@unchecked Sendable`, proof: libpq documents that a `PGcancel` may be used from any thread; it is read-only after creation and freed
/// in `deinit`, when no other reference exists.
@safe final class CancelRequest: @unchecked Sendable {
  private let pointer: OpaquePointer

  init(owning pointer: OpaquePointer) {
    unsafe self.pointer = pointer
  }

  deinit {
    unsafe PQfreeCancel(pointer)
  }

  /// Sends the request over a connection of its own. Blocks.
  func send() -> Bool {
    var message: [CChar] = Array(repeating: 0, count: 256)
    return unsafe PQcancel(pointer, &message, Int32(message.count)) == 1
  }
}
