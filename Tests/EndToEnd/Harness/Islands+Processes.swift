import FoundationEssentials
import Outbox
import Postgres
import Web

@testable import atoll

/// Processes and connection strings beside those of the layout.
extension Islands {
  /// Starts another server of a silo, on a port of its own, and waits until it is ready. The caller stops it.
  ///
  /// - Parameters:
  ///   - keys: its data directory.
  ///   - database: the file with its connection string; nil for the silo's.
  ///   - variables: further settings.
  ///   - trust: for a server with a certificate; it is asked by `https://localhost` then.
  func serve(
    _ folder: SiloFolder, name: String, port: Int, keys: String, database: String? = nil,
    variables: [String: String] = [:], trust: OutboundTrust? = nil
  ) async throws -> ChildProcess {
    let arguments =
      [folder.isControl ? "control" : "region", "serve"] + [
        "--data", keys, "--database-file", database ?? folder.connectionFile(.service), "--listen", "127.0.0.1:\(port)",
        "--development", "--until-stdin-closes", "--log-format", "json",
      ] + (folder.isControl ? [] : ["--region", folder.name])
    let child = try ChildProcess(
      name: name, executable: try Self.binary(), arguments: arguments,
      environment: variables.merging(["PATH": "/usr/bin:/bin"]) { $1 },
      output: "\(layout.root)/\(name).log")
    let client =
      trust.map { JSONClient(base: "https://localhost:\(port)", trust: $0) }
      ?? JSONClient(base: "http://127.0.0.1:\(port)")
    do {
      try await eventually("\(name) is ready") {
        if let end = child.end {
          throw CommandFailure(.unavailable, "\(name) ended with \(end)", advice: "see its log")
        }
        return await client.isReady()
      }
    } catch {
      await child.stop()
      throw error
    }
    return child
  }

  /// Writes other hosts into a silo's connection strings, such as `127.0.0.1:5432,127.0.0.1:5433`.
  func setHosts(_ hosts: [String], of folder: SiloFolder, options: String = "") throws {
    for login in SiloFolder.Login.allCases {
      let file = SecretFile(path: folder.connectionFile(login))
      guard file.exists else { continue }
      let url = try file.text(maximumBytes: 1024)
      guard let at = url.lastIndex(of: "@"), let slash = url[at...].firstIndex(of: "/") else { continue }
      unlinkQuietly(file.path)
      let database = url[slash...].prefix { $0 != "?" }
      try file.write(Array((url[...at] + hosts.joined(separator: ",") + database + options + "\n").utf8))
    }
  }

  /// Every silo forgets how far it applied the other's log: a snapshot is taken in each direction.
  func startOver() async throws {
    for folder in layout.folders {
      try await withDatabase(of: folder) { try await $0.execute("DELETE FROM outbox.cursor") }
    }
  }
}

extension FaultPoint {
  /// Whether a silo does at all what the point is in.
  func isPassed(in silo: SiloFolder) -> Bool {
    let area = rawValue.prefix { $0 != "." }
    return area == "operation" ? silo.isControl : area == "provision" || area == "webhook" ? !silo.isControl : true
  }
}
