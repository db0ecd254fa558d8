internal import Silo
internal import SyncProtocol

/// All regions as the directory's file holds them.
enum RegionDocument {
  private static let limits = JSONLimits(maximumBytes: 16 << 20)

  static func bytes(_ regions: DirectoryChanges.Regions) -> [UInt8] {
    JSONWriter.write([
      "default": regions.defaultRegion.map { .integer(Int($0.value)) } ?? .null,
      "regions": .array(
        regions.all.map { region in
          [
            "number": .integer(Int(region.number.value)), "name": .string(region.name.text),
            "locality": .string(region.locality), "url": .string(region.url),
            "category": .string(region.category.rawValue), "gateway": .string(region.gateway.rawValue),
            "state": .string(region.state.rawValue), "visible": .bool(region.isVisible),
            "accepts": .bool(region.acceptsOrganizations),
          ]
        }),
    ])
  }

  /// Nil for what is none.
  static func regions(_ bytes: ArraySlice<UInt8>) -> DirectoryChanges.Regions? {
    do {
      let document = JSONReader(try JSONParser.parse(Array(bytes), limits: limits))
      let regions = try document.field("regions").array(maximum: 4095).map { region in
        RegionEntry(
          number: try number(region.field("number")),
          name: try region.field("name").parsed("a name") { RegionName.parsed($0) },
          locality: try region.field("locality").string(), url: try region.field("url").string(),
          category: try region.field("category").parsed("a category") { RegionCategory(rawValue: $0) },
          gateway: try region.field("gateway").parsed("a policy") { GatewayPolicy(rawValue: $0) },
          state: try region.field("state").parsed("a state") { RegionStore.State(rawValue: $0) },
          isVisible: try region.field("visible").bool(), acceptsOrganizations: try region.field("accepts").bool())
      }
      return DirectoryChanges.Regions(regions, defaultRegion: try document.optional("default").map(number))
    } catch { return nil }
  }

  private static func number(_ reader: JSONReader) throws -> RegionNumber {
    guard let number = RegionNumber(Int(try reader.integer(in: 1...4095))) else {
      throw reader.error(expected: "a region's number")
    }
    return number
  }
}
