internal import Silo
internal import SyncProtocol

/// The authenticated agent of a request: its key is active and the request is new.
struct Peer: Sendable {
  let region: RegionID
  let number: RegionNumber
  let name: RegionName
  let thumbprint: String
  /// Whether both sides agreed on compressed answers.
  var compresses = false

  var silo: SiloNumber { number.silo }
}
