internal import SyncProtocol

/// How often receivers hear that there is nothing new: that is what tells them how fresh they are, and all that idle receivers cost.
public struct IdlePace: Sendable, Hashable {
  /// The shortest hold of a request that nothing concerns, in milliseconds: few receivers are this fresh.
  public var shortest: Int64
  /// The longest, in milliseconds, however many there are.
  public var longest: Int64
  /// Answers of this kind in a second, to all receivers together.
  public var answersPerSecond: Int

  public init(shortest: Int64 = 2000, longest: Int64 = 29_000, answersPerSecond: Int = 34) {
    self.shortest = max(1, shortest)
    self.longest = max(self.shortest, longest)
    self.answersPerSecond = max(1, answersPerSecond)
  }

  /// Holds for as long as the receiver asks: a region holds its pushes as control wishes.
  public static let asAsked = IdlePace(shortest: 60_000, longest: 60_000)

  /// The hold with so many receivers, in milliseconds.
  public func hold(receivers: Int) -> Int64 {
    min(longest, max(shortest, Int64(receivers) * 1000 / Int64(answersPerSecond)))
  }

  /// The hold of a request that comes now, in milliseconds: among many receivers each is answered at moments of its own, once a period, so that those
  /// that were answered together, by a broadcast or after a restart of this process, are not answered together for ever after.
  ///
  /// - Parameter now: monotonic milliseconds.
  func hold(of receiver: SiloNumber, among receivers: Int, now: Int64) -> Int64 {
    let period = hold(receivers: receivers)
    guard period > shortest else { return period }
    // Multiples of the golden ratio lie evenly between 0 and 1, however many there are.
    let phase = (Double(receiver.value) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1)
    let since = (now - Int64(phase * Double(period))) % period
    let left = period - (since < 0 ? since + period : since)
    // Who was answered a moment early is not answered once more for it.
    return left < 50 ? period : left
  }
}
