/// An upstream showed a certificate that is trusted, and for another host.
struct WrongName: Error, Sendable, Hashable, CustomStringConvertible {
  let host: String

  var description: String { "the certificate is not for \(host)" }
}
