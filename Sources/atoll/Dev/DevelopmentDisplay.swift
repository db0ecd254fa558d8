import Synchronization
import SyncProtocol

/// What `atoll dev` shows: steps, then where everything is, then a table that is redrawn (at a terminal) or printed when it changes.
final class DevelopmentDisplay: Sendable {
  /// Without a terminal an unchanged table is repeated every so many times.
  static let repeatEvery = 60

  private let layout: ArchipelagoLayout
  private let json: Bool
  private let live: Bool
  private let state = Mutex(State())

  private struct State {
    var drawn = 0
    var last: [String] = []
    var unchanged = 0
  }

  init(layout: ArchipelagoLayout, json: Bool, live: Bool) {
    self.layout = layout
    self.json = json
    self.live = live
  }

  func step(_ text: String) { Console.note("atoll: \(text)") }

  func stopping() { Console.note("\natoll: stopping") }

  func stopped() { Console.note("atoll: stopped; the data is in \(layout.root)") }

  /// URLs and credentials.
  func ready(_ demo: DemoData.Credentials?) {
    if json {
      Console.print(CommandResult(document(demo), lines: []), json: true)
      return
    }
    var lines = ["", "Atoll is running. Ctrl-C stops it; the data stays in \(layout.root).", ""]
    for folder in layout.folders {
      lines.append(
        "  \(padded(folder.name))  \(layout.url(of: folder))   psql \"$(cat \(folder.connectionFile(.application)))\"")
    }
    let control = layout.url(of: layout.control)
    lines.append("  log in at \(control)/, mail at \(control)/dev/mail")
    lines.append("  operator token: \(layout.control.operatorToken)")
    if let demo {
      lines += ["", "  demo user: \(DemoData.email), password \(demo.password)"]
      lines += ["  session token: \(demo.sessionToken)"]
      lines += demo.organizations.map { "  organization \($0.slug) in region \($0.region)" }
    }
    for line in lines + [""] { Console.line(line) }
  }

  /// Control's status document.
  func status(_ status: JSONReader) {
    if json { return }
    let lines = StatusTable.lines(status)
    state.withLock { state in
      if live {
        if state.drawn > 0 { Console.raw("\u{1B}[\(state.drawn)A\u{1B}[J") }
        for line in lines { Console.line(line) }
        state.drawn = lines.count
      } else if lines != state.last || state.unchanged >= Self.repeatEvery {
        for line in lines { Console.line(line) }
        state.unchanged = 0
      } else {
        state.unchanged += 1
      }
      state.last = lines
    }
  }

  private func padded(_ name: String) -> String { name + String(repeating: " ", count: max(0, 8 - name.count)) }

  private func document(_ demo: DemoData.Credentials?) -> JSONValue {
    var object: JSONObject = ["operator_token_file": .string(layout.control.operatorToken)]
    object["silos"] = .array(
      layout.folders.map { folder in
        [
          "name": .string(folder.name), "url": .string(layout.url(of: folder)), "log": .string(folder.log),
          "application_database_file": .string(folder.connectionFile(.application)),
        ]
      })
    if let demo {
      object["demo"] = [
        "email": .string(DemoData.email), "password": .string(demo.password),
        "session_token": .string(demo.sessionToken),
        "organizations": .array(demo.organizations.map { ["slug": .string($0.slug), "region": .string($0.region)] }),
      ]
    }
    return .object(object)
  }
}
