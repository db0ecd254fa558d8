internal import HTTPTypes
internal import Hummingbird

extension HTTPField.Name {
  /// `Atoll-Freshness`: how old the knowledge was that a decision rested on.
  static let atollFreshness = HTTPField.Name("Atoll-Freshness") ?? .age
  /// `Atoll-Identity`: who asks, signed by this region for the application.
  static let atollIdentity = HTTPField.Name("Atoll-Identity") ?? .from
}

extension Response {
  /// `Atoll-Freshness: fresh; age=3`: a Structured Field token with the age in whole seconds; without it when nothing was ever complete.
  func fresh(_ standing: KnowledgeStanding, age: Double?) -> Response {
    var response = self
    let seconds = age.map { "; age=\(Int64(min($0, 1e12)))" } ?? ""
    response.headers[.atollFreshness] = standing.rawValue + seconds
    return response
  }
}
