internal import FoundationEssentials
internal import Outbox
package import Silo

/// What an operator changes of a region; nil leaves it.
package struct RegionChange: Sendable, Hashable {
  package var locality: RegionName?
  package var category: RegionCategory?
  package var url: String?
  package var requiresApproval: Bool?
  package var isVisible: Bool?
  package var acceptsOrganizations: Bool?
  package var gateway: GatewayPolicy?
  /// The inner nil takes the bound away.
  package var protocolMinimum: Int??
  package var protocolMaximum: Int??

  package init() {}
}

extension RegionRegistry {
  /// Regions that people may choose for an organization.
  package func open() async throws -> [RegionStore.Region] {
    let (regions, hidden) = try await environment.database.withConnection { control in
      let hidden = try await LocalityStore.all(limit: 4095, on: control).filter { !$0.isVisible }.map(\.name)
      return (try await RegionStore.all(limit: 4095, on: control), Set(hidden))
    }
    return regions.filter {
      $0.state == .active && $0.isVisible && $0.acceptsOrganizations && !hidden.contains($0.locality)
    }
  }

  /// Changes a region while everything runs. Its name and number are for ever.
  /// - Throws: ``ControlError``
  package func change(
    _ name: RegionName, _ change: RegionChange, by actor: OperatorID
  ) async throws -> RegionStore.Region {
    try await environment.write { control in
      guard var region = try await RegionStore.find(name, locking: true, on: control) else {
        throw ControlError(.regionUnknown)
      }
      if let url = change.url {
        guard let normalized = RegionURL.normalized(url) else {
          throw ControlError(.regionInvalid, "The URL is https://host[:port], or http on a loopback address.")
        }
        region.url = normalized
      }
      region.locality = change.locality?.text ?? region.locality
      region.category = change.category ?? region.category
      region.requiresApproval = change.requiresApproval ?? region.requiresApproval
      region.isVisible = change.isVisible ?? region.isVisible
      region.acceptsOrganizations = change.acceptsOrganizations ?? region.acceptsOrganizations
      region.gateway = change.gateway ?? region.gateway
      region.protocolMinimum = change.protocolMinimum ?? region.protocolMinimum
      region.protocolMaximum = change.protocolMaximum ?? region.protocolMaximum
      guard region.protocolMinimum ?? 1 <= region.protocolMaximum ?? 1000 else {
        throw ControlError(.regionInvalid, "The least revision of the protocol is above the greatest.")
      }
      try await RegionStore.update(region, on: control)
      try await AuditStore.append(.operator(actor), "region.change", name.text, on: control)
      return region
    }
  }

  // MARK: Localities

  package func localities() async throws -> [LocalityStore.Locality] {
    try await environment.database.withConnection { try await LocalityStore.all(limit: 4095, on: $0) }
  }

  package func changeLocality(
    _ name: RegionName, label: DisplayName?, isVisible: Bool?, by actor: OperatorID
  ) async throws -> LocalityStore.Locality {
    try await environment.write { control in
      guard var locality = try await LocalityStore.find(name, on: control) else { throw ControlError(.localityUnknown) }
      locality.label = label?.text ?? locality.label
      locality.isVisible = isVisible ?? locality.isVisible
      try await LocalityStore.update(locality, on: control)
      try await AuditStore.append(.operator(actor), "locality.change", name.text, on: control)
      return locality
    }
  }

  // MARK: The default region

  /// The region that gets requests which name none, and what relied on it in the last days.
  package func defaultRegion(
    days: Int
  ) async throws -> (region: RegionStore.Region?, uses: [DefaultRegionStore.Use]) {
    let since = environment.after(-Int64(days) * 86_400)
    let limit = environment.limits.page
    return try await environment.database.withConnection { control in
      let number = try await DefaultRegionStore.find(on: control)
      let region = try await RegionStore.all(limit: 4095, on: control).first { $0.number == number }
      return (region, try await DefaultRegionStore.uses(since: since, limit: limit, on: control))
    }
  }

  package func setDefaultRegion(_ name: RegionName, by actor: OperatorID) async throws {
    try await environment.write { control in
      guard let region = try await RegionStore.find(name, locking: true, on: control) else {
        throw ControlError(.regionUnknown)
      }
      guard region.state != .revoked else { throw ControlError(.regionInvalid, "The region is revoked.") }
      try await DefaultRegionStore.set(region.number, on: control)
      try await AuditStore.append(.operator(actor), "region.default", name.text, on: control)
    }
  }

  package func clearDefaultRegion(by actor: OperatorID) async throws {
    try await environment.write { control in
      if try await DefaultRegionStore.clear(on: control) {
        try await AuditStore.append(.operator(actor), "region.no_default", "control", on: control)
      }
    }
  }
}
