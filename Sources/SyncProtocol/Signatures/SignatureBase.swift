/// The text that is signed (RFC 9421 §2.5).
enum SignatureBase {
  /// - Throws: `coverage_missing` when a covered component is not in the message.
  static func text(
    items: [StructuredField.Item], components: [SignedComponent], parameters: [StructuredField.Parameter],
    value: (SignedComponent) throws(VerificationFailure) -> String?
  ) throws(VerificationFailure) -> String {
    var base = ""
    for (item, component) in zip(items, components) {
      guard let text = try value(component) else {
        throw VerificationFailure(.coverageMissing, "\(component.name) is signed but not there")
      }
      base += item.bare.serialized + StructuredField.serialize(item.parameters) + ": " + text + "\n"
    }
    return base + "\"@signature-params\": " + StructuredField.serialize(items, parameters)
  }
}
