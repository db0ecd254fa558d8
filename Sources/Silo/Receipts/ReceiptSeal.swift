package import SyncProtocol

/// Control's seal over one row that it granted: Ed25519 by its stream key, kept by the region in the row's field `receipt`.
///
/// A restored control believes a receipt because only it can have made it, whoever brings it back. The text form is `thumbprint.signature`, both
/// base64url, so that a rotated key still vouches for what it sealed.
package enum ReceiptSeal {
  /// The seal of a row, or nil for a kind or a row that has none.
  ///
  /// - Parameters:
  ///   - region: to whom the row is given.
  ///   - value: the row's fields by name.
  package static func text(
    _ model: ReplicatedModel, key: String, region: RegionNumber, by signer: SigningKey, value: (String) -> String?
  ) throws -> String? {
    guard let bytes = bytes(model, key: key, region: region, value: value) else { return nil }
    return signer.keyid + "." + Base64.encode(try signer.signature(for: bytes))
  }

  /// Whether the seal in a returned row is control's over exactly this row, for this region.
  ///
  /// - Parameter known: what control knows about its own stream key with a thumbprint.
  package static func isValid(
    _ receipt: ReceiptDocument, of model: ReplicatedModel, region: RegionNumber, known: (String) -> KnownKey?
  ) -> Bool {
    guard let text = receipt.value(of: ReplicatedModel.receiptField) else { return false }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let signature = Base64.decode(String(parts[1])), signature.count == 64,
      let key = known(String(parts[0])), key.purpose == .stream, key.state == .active || key.state == .retired,
      let bytes = bytes(model, key: receipt.key.text, region: region, value: { receipt.value(of: $0) })
    else { return false }
    return key.key.isValid(signature: signature, for: bytes)
  }

  /// What is signed: every field with its name, so that none can stand for another. Nil where a seal would say nothing.
  private static func bytes(
    _ model: ReplicatedModel, key: String, region: RegionNumber, value: (String) -> String?
  ) -> [UInt8]? {
    guard let scope = model.receipt else { return nil }
    // An active person of epoch 0 revokes nothing: the one kind that may come by the million costs no signature.
    if model.kind == ReplicatedModels.userStatus.kind, value("status") == "active", value("epoch") == "0" { return nil }
    var signed = LengthPrefixed(context: "atoll-receipt-v1")
    signed.append(model.kind.name)
    signed.append(scope == .region ? region.silo.description : "*")
    signed.append(key)
    for field in model.fields where field.name != ReplicatedModel.receiptField {
      signed.append(field.name)
      signed.append(value(field.name).map { "=" + $0 } ?? "")
    }
    return signed.bytes
  }
}
