/// Is told what the outbox does, once per tick, answer, batch or delivery and never per row. For metrics and traces.
///
/// Called on the path of the work: it must be quick and must not block. The default does nothing.
public struct OutboxObserver: Sendable {
  public static let none = OutboxObserver { _ in }

  private let observe: @Sendable (OutboxEvent) -> Void

  public init(_ observe: @escaping @Sendable (OutboxEvent) -> Void) { self.observe = observe }

  public func callAsFunction(_ event: OutboxEvent) { observe(event) }
}
