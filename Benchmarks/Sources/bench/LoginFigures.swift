import Foundation
import Postgres

/// Whole logins over HTTP, each with its checks, session, device and audit row committed, against libargon2 alone on the same cores in turn.
struct LoginFigures {
  let server: EmbeddedServer
  let directory: String
  private static let people = 64
  private static let rounds = 3
  private static let seconds = 6.0

  func run() async throws -> [Figure] {
    let argon2 = try Argon2()
    let hash = try argon2.hash(Monolith.password)
    let monolith = try await Monolith(directory: directory + "/login", server: server)
    defer { monolith.stop() }
    let requests = try monolith.people(Self.people, hash: hash).map(Monolith.login)
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let connections = 4 * cores
    func logins(_ seconds: Double) async throws -> Double {
      try await Load.rate(port: monolith.port, connections: connections, seconds: seconds, expecting: 200) {
        index, number in
        requests[(index + number * connections) % requests.count]
      }
    }
    _ = try await logins(1)
    var raw: [Double] = []
    var ours: [Double] = []
    for _ in 0..<Self.rounds {
      raw.append(try await argon2.rate(of: hash, Monolith.password, threads: cores, seconds: Self.seconds))
      ours.append(try await logins(Self.seconds))
    }
    return [
      Figure(
        "logins: whole ones over HTTP / libargon2 alone", ours: ours.median, baseline: raw.median, unit: "1/s",
        goal: .atLeast(0.9))
    ]
  }
}

/// The library that control hashes with, called from here without anything between.
struct Argon2: @unchecked Sendable {
  private typealias Encode =
    @convention(c) (
      UInt32, UInt32, UInt32, UnsafeRawPointer, Int, UnsafeRawPointer, Int, Int, UnsafeMutablePointer<CChar>, Int
    ) -> Int32
  private typealias Verify = @convention(c) (UnsafePointer<CChar>, UnsafeRawPointer, Int) -> Int32

  private let encode: Encode
  private let verify: Verify

  init() throws {
    guard let library = dlopen("libargon2.so.1", RTLD_NOW), let encode = dlsym(library, "argon2id_hash_encoded"),
      let verify = dlsym(library, "argon2id_verify")
    else { throw BenchError("libargon2 is not there") }
    self.encode = unsafeBitCast(encode, to: Encode.self)
    self.verify = unsafeBitCast(verify, to: Verify.self)
  }

  /// With the costs that control uses: 19 MiB, 2 passes, 1 lane.
  func hash(_ password: String) throws -> String {
    var text = [CChar](repeating: 0, count: 256)
    let code = encode(
      2, 19 * 1024, 1, password, password.utf8.count, Array("sixteen of bytes".utf8), 16, 32, &text, text.count)
    guard code == 0 else { throw BenchError("argon2 failed with \(code)") }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Verifications a second.
  func rate(of hash: String, _ password: String, threads: Int, seconds: Double) async throws -> Double {
    try await CaptureFigures.offPool {
      let counts = UnsafeMutableBufferPointer<Int>.allocate(capacity: threads)
      counts.initialize(repeating: 0)
      defer { counts.deallocate() }
      nonisolated(unsafe) let slots = counts
      let began = ContinuousClock.now
      let end = began + .seconds(seconds)
      DispatchQueue.concurrentPerform(iterations: threads) { index in
        while ContinuousClock.now < end {
          if verify(hash, password, password.utf8.count) == 0 { slots[index] += 1 }
        }
      }
      return Double(counts.reduce(0, +)) / (ContinuousClock.now - began).inSeconds
    }
  }
}
