import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import Outbox
import SyncProtocol
import Testing

@testable import atoll

@Suite("What real processes show of themselves", .serialized)
struct ObservationTests {
  private static func get(_ url: String) async throws -> (status: Int, text: String) {
    let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(10))
    return (Int(response.status.code), String(buffer: try await response.body.collect(upTo: 8 << 20)))
  }

  /// The address of a silo's metrics: by default the served port plus 1000.
  private static func metrics(_ islands: Islands, _ folder: SiloFolder) throws -> String {
    let address = try #require(ListenAddress(islands.layout.address(of: folder)))
    return "http://127.0.0.1:\(address.port + 1000)/metrics"
  }

  @Test("metrics, readiness, states, the doctor, a trace from request to apply, and logs without persons")
  func everything() async throws {
    try await Islands.run(regions: ["eu"], configure: { $0.wakeUp = .decoding }) { islands in
      let traces = "\(islands.layout.root)/spans.json"
      for folder in islands.layout.folders {
        await islands.archipelago.process(of: folder)?.stop()
        try await islands.archipelago.start(
          folder,
          variables: ["ATOLL_TRACE_FILE": traces, "ATOLL_TRACE_TRUST": "true", "ATOLL_LOG_LEVEL": "debug"])
      }
      let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
      let control = JSONClient(base: islands.layout.url(of: islands.control))
      try await SignUp(control: control, mail: islands.control.mail).make(
        email: "observed.person@example.org", password: "correct horse battery staple", name: "Observed Person")
      let login = try await control.send(
        .POST, "/api/v1/login", ["email": "observed.person@example.org", "password": "correct horse battery staple"])
      let token = try login.reader.field("session_token").string()
      let session = JSONClient(base: control.base, token: token)
      _ = try await session.call(
        .POST, "/api/v1/organizations", ["slug": "observed", "name": "Observed Org", "region": "eu"],
        headers: [("idempotency-key", "observed"), ("traceparent", parent)])

      try await eventually("the trace reaches apply") {
        let text = String(decoding: try SecretFile.bytes(at: traces, maximumBytes: 1 << 24), as: UTF8.self)
        return ["request", "transaction", "sequence", "deliver", "apply"].allSatisfy { name in
          text.split(separator: "\n").contains {
            $0.contains(#""name":"\#(name)""#) && $0.contains("4bf92f3577b34da6a3ce929d0e0e4736")
          }
        }
      }
      let operatorToken = try SecretFile(path: islands.control.operatorToken).text(maximumBytes: 256)
      let operation = JSONClient(base: control.base, token: operatorToken)
      try await eventually("the region is live") {
        let regions = try await operation.call(.GET, "/api/v1/operator/status").field("regions").array(maximum: 9)
        return try regions[0].field("sync").string() == "live"
      }
      for folder in islands.layout.folders {
        try await eventually("decoded commits wake \(folder.name)") {
          try await Self.get(try Self.metrics(islands, folder)).text.split(separator: "\n").contains {
            $0.hasPrefix("atoll_doorbell_listening") && $0.hasSuffix(" 1")
          }
        }
        let scraped = try await Self.get(try Self.metrics(islands, folder))
        #expect(scraped.status == 200)
        for name in ["atoll_log_head{", "atoll_lag_rows{", "atoll_apply_duration_seconds_bucket{", "process_open_fds "]
        {
          #expect(scraped.text.contains("\n" + name), "\(folder.name) shows no \(name)")
        }
        // Not on the public port.
        #expect(try await Self.get(islands.layout.url(of: folder) + "/metrics").status == 404)
        let ready = try await Self.get(islands.layout.url(of: folder) + "/ready")
        #expect(ready.status == 200 && ready.text.contains(#""status":"ready""#), "\(ready.text)")
        try Self.checkLog(
          folder,
          secrets: [
            "observed.person", "Observed Person", "correct horse", token, operatorToken, "Observed Org",
          ])
      }
      try await Self.checkDoctor(islands)
    }
  }

  /// Every line is one strict JSON object with a time, and holds nothing of a person and no secret.
  private static func checkLog(_ folder: SiloFolder, secrets: [String]) throws {
    let text = String(decoding: try SecretFile.bytes(at: folder.log, maximumBytes: 1 << 26), as: UTF8.self)
    let lines = text.split(separator: "\n")
    #expect(lines.count > 5)
    for line in lines {
      let document = try? JSONParser.parse(Array(line.utf8))
      #expect(document != nil, "not JSON: \(line)")
      for secret in secrets { #expect(!line.contains(secret), "\(folder.name) logs \(secret): \(line)") }
    }
  }

  /// The doctor finds no error in what was just started, and a stale sequencer once control is gone.
  private static func checkDoctor(_ islands: Islands) async throws {
    func codes(_ silo: String, _ folder: SiloFolder) async throws -> (codes: [String], exit: Int64) {
      let report = try await islands.doctor(silo, folder)
      let codes = try report.field("findings").array(maximum: 100).map { try $0.field("code").string() }
      return (codes, try report.field("exit_code").integer(in: 0...255))
    }
    let region = try islands.region("eu")
    let control = try await codes("control", islands.control)
    #expect(control.exit < 2, "\(control.codes)")
    #expect(control.codes.contains("DURABILITY_OFF"))
    #expect(control.codes.contains("ROOT_KEY_ON_SERVER"))
    let healthy = try await codes("region", region)
    #expect(healthy.exit < 2, "\(healthy.codes)")
    await islands.archipelago.process(of: islands.control)?.crash()
    try await eventually("the doctors find that control is gone", within: .seconds(30)) {
      let control = try await codes("control", islands.control).codes
      let region = try await codes("region", region).codes
      return control.contains("SEQUENCER_STALE") && region.contains("CONTROL_UNREACHABLE")
    }
  }
}

extension Islands {
  /// The report of `atoll doctor`, whatever it exits with.
  func doctor(_ silo: String, _ folder: SiloFolder) async throws -> JSONReader {
    let output = "\(layout.root)/doctor-\(UUID().uuidString).json"
    let child = try ChildProcess(
      name: "doctor", executable: try Self.binary(),
      arguments: [
        "doctor", silo, "--json", "--development", "--data", folder.keys, "--database-file",
        folder.connectionFile(.service),
      ], environment: ["PATH": "/usr/bin:/bin"], output: output, errors: output + ".err")
    _ = try await child.waitUntilEnded()
    await child.stop()
    return JSONReader(try JSONParser.parse(try SecretFile.bytes(at: output, maximumBytes: 1 << 20)))
  }
}
