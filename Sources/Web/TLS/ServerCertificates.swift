package import Logging
internal import NIOSSL
internal import ServiceLifecycle
internal import Synchronization

/// The certificate that new connections get. A new one is taken up while the server runs, without a restart and without ending a connection; one that
/// does not work is refused and said, and the old one stays.
package final class ServerCertificates: Service {
  /// How often the files are looked at.
  package static let interval = Duration.seconds(5)

  package enum Outcome: Sendable, Equatable {
    case unchanged
    case replaced
    case refused(CertificateFailure)
  }

  private struct State {
    var certificate: ServerCertificate
    var stamps: [FileStamp?]
  }

  private let files: CertificateFiles
  private let logger: Logger
  private let interval: Duration
  private let state: Mutex<State>

  /// - Throws: ``CertificateFailure`` when there is nothing to begin with.
  package init(
    _ files: CertificateFiles, interval: Duration = ServerCertificates.interval, logger: Logger
  ) throws(CertificateFailure) {
    self.files = files
    self.logger = logger
    self.interval = interval
    let stamps = FileStamp.of(files)
    state = Mutex(State(certificate: try ServerCertificate(files), stamps: stamps))
  }

  package var certificate: ServerCertificate { state.withLock { $0.certificate } }

  var context: NIOSSLContext { certificate.context }

  /// Looks whether the files are others, and takes them up if they are a certificate with its key.
  ///
  /// The stamps are taken before the files are read: what changes in between is seen the next time. Of two files of which only one is new
  /// yet, the key does not fit; that is refused, and right a moment later.
  @discardableResult
  package func reload() -> Outcome {
    let stamps = FileStamp.of(files)
    guard stamps != state.withLock({ $0.stamps }) else { return .unchanged }
    do {
      let fresh = try ServerCertificate(files)
      state.withLock { $0 = State(certificate: fresh, stamps: stamps) }
      logger.info("a new certificate is in use", metadata: ["serial": "\(fresh.serial)"])
      return .replaced
    } catch {
      state.withLock { $0.stamps = stamps }
      logger.warning("the new certificate is not usable, the old one stays", metadata: ["error": "\(error)"])
      return .refused(error)
    }
  }

  package func run() async throws { await FileRounds(interval: interval).run { self.reload() } }
}
