internal import Silo
internal import SyncProtocol

extension RegionStore.Region {
  /// As the operator API answers with it.
  var json: JSONObject {
    [
      "id": .string(id.description), "name": .string(name.text), "number": .integer(Int(number.value)),
      "locality": .string(locality), "category": .string(category.rawValue), "residency_tier": .string(tier.rawValue),
      "url": .string(url), "requires_approval": .bool(requiresApproval), "state": .string(state.rawValue),
      "visible": .bool(isVisible), "accepts_organizations": .bool(acceptsOrganizations),
      "gateway": .string(gateway.rawValue), "protocol_min": protocolMinimum.map { .integer($0) } ?? .null,
      "protocol_max": protocolMaximum.map { .integer($0) } ?? .null,
    ]
  }
}

extension RegionName {
  /// Nil for what is no name.
  static func parsed(_ text: String) -> RegionName? {
    do { return try RegionName(text) } catch { return nil }
  }
}
