internal import Silo

/// All regions by number, name and locality.
struct RegionTable: Sendable {
  let all: [RegionEntry]
  let defaultRegion: RegionEntry?
  private let numbers: [Int16: Int]
  private let labels: [String: Int]

  init(_ regions: DirectoryChanges.Regions) {
    let all = regions.all.sorted { $0.number < $1.number }
    let numbers = Dictionary(all.indices.map { (all[$0].number.value, $0) }, uniquingKeysWith: { first, _ in first })
    var labels: [String: Int] = [:]
    // A locality of several regions is no address: it does not say which.
    let localities = Dictionary(grouping: all.filter { $0.state != .revoked }, by: { $0.locality })
    for (locality, regions) in localities where regions.count == 1 {
      labels[locality] = regions.first.flatMap { numbers[$0.number.value] }
    }
    // A region's own name goes before a locality that is called like it.
    for index in all.indices { labels[all[index].name.text] = index }
    self.all = all
    self.numbers = numbers
    self.labels = labels
    defaultRegion = regions.defaultRegion.flatMap { number in all.first { $0.number == number } }
  }

  subscript(number: RegionNumber) -> RegionEntry? { numbers[number.value].map { all[$0] } }

  subscript(label: String) -> RegionEntry? { labels[label].map { all[$0] } }
}
