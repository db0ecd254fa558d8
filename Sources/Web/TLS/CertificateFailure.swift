/// Why a pair of files is not a server's certificate.
package struct CertificateFailure: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable, Hashable {
    /// A file is missing, may not be read, or is not PEM.
    case unreadable
    /// Everybody on the machine may read the key.
    case keyOpen = "key_open"
    /// The key is another certificate's.
    case mismatch
  }

  package let code: Code
  /// Names the file and what is wrong with it, never its content.
  package let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
