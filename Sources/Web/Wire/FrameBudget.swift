internal import NIOCore

/// How many frames a connection of HTTP/2 may bring that carry next to nothing. Each costs the same work, and memory until somebody reads it, so a connection pays for frames
/// with what it carries: 32 bytes of payload pay for one, 64 bytes of answers do, and so does time.
///
/// What is known to be a flood by its kind (resets, pings, settings, empty data, continuations) the HTTP/2 handler refuses earlier, by limits of its own.
struct FrameBudget {
  /// What a frame costs. A byte of payload earns 2, a byte of an answer 1.
  private static let price = 64

  private let most: Int
  private let perSecond: Int
  private var left: Int
  private var since: NIODeadline

  init(limits: WebLimits, now: NIODeadline) {
    most = limits.frameBurst * Self.price
    perSecond = limits.framesPerSecond * Self.price
    left = most
    since = now
  }

  /// Adds what time has earned.
  mutating func refill(_ now: NIODeadline) {
    let seconds = Double((now - since).nanoseconds) / 1e9
    since = now
    earn(Int(min(Double(most), seconds * Double(perSecond))))
  }

  /// False for the frame that is one too many.
  mutating func spend(payload: Int) -> Bool {
    earn(2 * payload)
    left -= Self.price
    return left >= 0
  }

  mutating func answered(_ bytes: Int) { earn(bytes) }

  private mutating func earn(_ amount: Int) { left = min(most, left + min(amount, most)) }
}
