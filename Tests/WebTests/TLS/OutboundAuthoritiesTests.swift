import TestSupport
import Testing

@testable import Web

/// A file of authorities that changes while a forwarder runs.
@Suite("the authorities of upstreams") struct OutboundAuthoritiesTests {
  private struct Scene {
    /// The file that the forwarder is told.
    let file: String
    /// Who signed the upstream's certificate, and somebody else.
    let right: TestAuthority
    let other: TestAuthority
    let authorities: OutboundAuthorities
    let front: ForwardingHarness.Front
    let upstream: WireScene

    func ask() async throws -> UInt { try await front.text("/a").status }

    func write(_ authorities: TestAuthority...) async throws {
      let files = authorities.map(\.certificate).joined(separator: " ")
      try await Program.run(["sh", "-c", "cat \(files) > \(file)"])
    }
  }

  private static func with(_ body: @Sendable (Scene) async throws -> Void) async throws {
    try await TestAuthority.with { right in
      try await TestAuthority.with { other in
        let file = right.certificate + ".told"
        try await Program.run(["cp", right.certificate, file])
        let made = try await right.issue(["DNS:localhost"])
        let certificates = try ServerCertificates(
          CertificateFiles(certificate: made.certificate, key: made.key), logger: WireScene.quiet)
        let authorities = try OutboundAuthorities(
          try OutboundTrust(file: file, isExclusive: true), interval: .milliseconds(10), logger: WireScene.quiet)
        try await WireScene.with(certificates: certificates) { scene in
          let target = try #require(ForwardTarget("https://localhost:\(scene.port)"))
          try await ForwardingHarness.with(target: target, authorities: authorities) { front in
            try await body(
              Scene(
                file: file, right: right, other: other, authorities: authorities, front: front, upstream: scene))
          }
        }
      }
    }
  }

  @Test(
    "another file is taken up by the next request, and no connection serves on that was trusted before it",
    .timeLimit(.minutes(20)))
  func replaced() async throws {
    try await Self.with { scene in
      #expect(try await scene.ask() == 200)
      #expect(scene.authorities.reload() == .unchanged)
      try await scene.write(scene.other)
      #expect(scene.authorities.reload() == .replaced)
      #expect(scene.authorities.reload() == .unchanged)
      #expect(try await scene.ask() == 502)
      try await scene.write(scene.other, scene.right)
      #expect(scene.authorities.reload() == .replaced)
      #expect(try await scene.ask() == 200)
      #expect(scene.upstream.seen.all.count == 2)
    }
  }

  @Test("one that is broken or gone is refused and said, and the old authorities stay", .timeLimit(.minutes(20)))
  func refused() async throws {
    try await Self.with { scene in
      #expect(try await scene.ask() == 200)
      let broken = [
        ["sh", "-c", "echo nonsense > \(scene.file)"], ["rm", scene.file], ["sh", "-c", ": > \(scene.file)"],
      ]
      for command in broken {
        try await Program.run(command)
        guard case .refused(let failure) = scene.authorities.reload() else {
          Issue.record("\(command) was taken")
          return
        }
        #expect(failure.code == .unreadable)
        #expect(failure.description.contains(scene.file))
        #expect(scene.authorities.reload() == .unchanged, "it is said once")
        #expect(scene.authorities.current.number == 1)
        #expect(try await scene.ask() == 200)
      }
      try await scene.write(scene.right)
      #expect(scene.authorities.reload() == .replaced)
      #expect(try await scene.ask() == 200)
    }
  }

  @Test("the server looks by itself", .timeLimit(.minutes(20)))
  func watched() async throws {
    try await Self.with { scene in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await scene.authorities.run() }
        try await scene.write(scene.other)
        while scene.authorities.current.number == 1 { await Task.yield() }
        group.cancelAll()
        do { try await group.waitForAll() } catch is CancellationError {}
      }
      #expect(try await scene.ask() == 502)
    }
  }

  @Test("the system's are no file, and never change")
  func system() throws {
    #expect(try OutboundAuthorities(.system).reload() == .unchanged)
  }
}
