/// An exchange that brought no statement of the peer. It changes nothing; the caller backs off and tries again.
package struct SyncTransportFailure: Error, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable, Hashable, CaseIterable {
    /// The configured URL is not one that may be called; nothing was sent.
    case url
    /// No connection, a broken one, or a time-out.
    case connection
    /// An answer that is not signed: a proxy's, or another server's.
    case unsigned
    /// An answer whose signature or digest is wrong.
    case unverified
    /// A signed answer that is larger than asked for, or not what the route answers.
    case malformed
  }

  package let code: Code
  package let detail: String
  /// The HTTP status of an answer that was not believed.
  package let status: Int?

  package init(_ code: Code, _ detail: String, status: Int? = nil) {
    self.code = code
    self.detail = detail
    self.status = status
  }

  package var description: String { "\(code.rawValue): \(detail)\(status.map { " (HTTP \($0))" } ?? "")" }
}

extension SyncTransportFailure {
  /// Runs `work` of an HTTP client; what it throws becomes a failure of the connection, except cancellation.
  static func wrapping<Value>(_ work: () async throws -> Value) async throws -> Value {
    do {
      return try await work()
    } catch let failure as SyncTransportFailure {
      throw failure
    } catch {
      try Task.checkCancellation()
      throw SyncTransportFailure(.connection, String(describing: error))
    }
  }
}
