/// What people call the program that a session belongs to. Programs say about themselves what they like, so this is a name to recognize and nothing more.
struct UserAgentName: Sendable {
  let text: String

  private static let programs = [
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
    ("curl/", "curl"),
  ]
  private static let systems = [
    ("Windows", "Windows"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS X", "macOS"), ("Android", "Android"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
  ]

  init(_ userAgent: String) {
    let program = Self.programs.first { userAgent.contains($0.0) }?.1
    let system = Self.systems.first { userAgent.contains($0.0) }?.1
    switch (program, system) {
    case (let program?, let system?): text = "\(program) on \(system)"
    case (let program?, nil): text = program
    case (nil, let system?): text = "A program on \(system)"
    case (nil, nil): text = userAgent.isEmpty ? "An unnamed program" : String(userAgent.prefix(60))
    }
  }
}
