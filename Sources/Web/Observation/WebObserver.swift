package import SyncProtocol

/// Is told what a silo's HTTP does, once per request. For metrics and traces; must be quick. The default does nothing.
package struct WebObserver: Sendable {
  package static let none = WebObserver { _ in }

  package enum Event: Sendable {
    /// A request was answered. `route` is the template, such as `/api/v1/organizations/{id}`; nil when there is none at the path.
    case answered(method: String, route: String?, status: Int, duration: Duration)
    /// A signed request was refused by this silo. `reason` is a code of a closed set, such as the failure of a signature.
    case refused(SyncProblem.Code, reason: String?)
    /// Bytes of the bodies of one signed request and its answer.
    case exchanged(received: Int, sent: Int)
    /// A signed request of this silo was refused by the peer.
    case refusedByPeer(SyncProblem.Code)
    /// A request has waited for its caller's own writes.
    case waited(isReached: Bool, duration: Duration)
    /// No answer that could be believed; the reason is a code of a transport failure.
    case failed(reason: String)
  }

  private let observe: @Sendable (Event) -> Void

  package init(_ observe: @escaping @Sendable (Event) -> Void) { self.observe = observe }

  package func callAsFunction(_ event: Event) { observe(event) }
}
