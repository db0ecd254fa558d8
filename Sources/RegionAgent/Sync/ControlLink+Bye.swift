internal import SyncProtocol
internal import Web

extension ControlLink {
  /// How long a good-bye may take: the process is stopping.
  private static let byeTimeout = Duration.seconds(2)

  /// Tells control that this agent stops, so that one that stands by takes over at once and not after the lease. A good-bye that is lost costs that.
  func bye() async {
    guard let session, state == .connected else { return }
    do {
      let message = ByeRequest(session: session.session, counter: try counter.next())
      let _: ByeAnswer = try await client().call(SyncPath.bye, message, timeout: Self.byeTimeout).document()
    } catch {
      farewellFailed(error)
    }
  }
}
