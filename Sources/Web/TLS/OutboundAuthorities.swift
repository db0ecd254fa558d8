package import AsyncHTTPClient
package import Logging
internal import NIOSSL
internal import ServiceLifecycle
internal import Synchronization

/// Whom new connections to other servers trust. Another file of authorities is taken up while the server runs; one that does not work is refused and said, and the old one
/// stays.
package final class OutboundAuthorities: Service {
  package enum Outcome: Sendable, Equatable {
    case unchanged
    case replaced
    case refused(CertificateFailure)
  }

  /// A trust, and how many there were before it: a connection that was made under another is not used again.
  struct Current: Sendable {
    let context: NIOSSLContext
    let configuration: TLSConfiguration
    let number: Int
  }

  private struct State {
    var current: Current
    var stamp: FileStamp?
  }

  private let trust: OutboundTrust
  private let logger: Logger?
  private let interval: Duration
  private let state: Mutex<State>

  /// - Throws: ``CertificateFailure`` when there is nothing to begin with.
  package init(
    _ trust: OutboundTrust, interval: Duration = ServerCertificates.interval, logger: Logger? = nil
  ) throws(CertificateFailure) {
    self.trust = trust
    self.logger = logger
    self.interval = interval
    let stamp = trust.authorities.flatMap { FileStamp($0) }
    state = Mutex(State(current: try Self.current(trust, number: 1), stamp: stamp))
  }

  var current: Current { state.withLock { $0.current } }

  /// Lets a request of a client that was made with the same trust go by what the file has become since.
  package func apply(to request: inout HTTPClientRequest) {
    let current = current
    if current.number > 1 { request.tlsConfiguration = current.configuration }
  }

  /// Looks whether the file is another one, and takes it up if it holds authorities.
  ///
  /// The stamp is taken before the file is read: what changes in between is seen the next time.
  @discardableResult
  package func reload() -> Outcome {
    guard let file = trust.authorities else { return .unchanged }
    let stamp = FileStamp(file)
    guard stamp != state.withLock({ $0.stamp }) else { return .unchanged }
    do {
      let number = state.withLock { $0.current.number + 1 }
      let next = try Self.current(trust, number: number)
      state.withLock { $0 = State(current: next, stamp: stamp) }
      logger?.info("other authorities are trusted now", metadata: ["file": "\(file)"])
      return .replaced
    } catch {
      state.withLock { $0.stamp = stamp }
      logger?.warning("the file of authorities is not usable, the old ones stay", metadata: ["error": "\(error)"])
      return .refused(error)
    }
  }

  package func run() async throws { await FileRounds(interval: interval).run { self.reload() } }

  private static func current(_ trust: OutboundTrust, number: Int) throws(CertificateFailure) -> Current {
    var configuration = try trust.readConfiguration()
    configuration.applicationProtocols = ["http/1.1"]
    do {
      return Current(
        context: try NIOSSLContext(configuration: configuration), configuration: configuration, number: number)
    } catch {
      throw CertificateFailure(.unreadable, "\(trust.authorities ?? "the system's authorities"): not usable")
    }
  }
}
