/// One part of a measured way, as a median.
struct Leg: Sendable {
  let name: String
  let microseconds: Double

  init(_ name: String, microseconds: Double) {
    self.name = name
    self.microseconds = microseconds
  }
}
