import TestSupport
import Testing
import Web

@testable import atoll

/// Raw bytes through control's gateway, from both sides: what one side sends must mean the same to the other, or not arrive.
@Suite("The gateway between two sides that do not speak clearly", .serialized)
struct GatewayWireTests {
  @Test("smuggled requests, forged fields, broken bodies and broken answers stop at the gateway")
  func whole() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let person = try await Person.signUp(islands)
      try await HostileScene.with(islands, person, answers: Self.answer) { scene in
        try await Self.requests(scene)
        try await Self.fields(scene)
        try await Self.bodies(scene)
        try await Self.answers(scene)
        try await Self.streams(scene)
      }
    }
  }

  // MARK: Inwards

  private static let smuggled = "GET /api/0/smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n"

  private static func requests(_ scene: HostileScene) async throws {
    let cases = [
      scene.post("x", "Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\nG" + smuggled),
      scene.post("x", "Transfer-Encoding: chunked\r\nContent-Length: 6", "0\r\n\r\nG" + smuggled),
      scene.post("x", "Content-Length: 0\r\nContent-Length: \(smuggled.utf8.count)", smuggled),
      scene.post("x", "Content-Length: 5\r\nContent-Length: 5", "hello" + smuggled),
      scene.post("x", "Transfer-Encoding: \u{0B}chunked", "0\r\n\r\n" + smuggled),
      scene.post("x", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n" + smuggled),
      scene.post("x", "Transfer-Encoding : chunked", "0\r\n\r\n" + smuggled),
      scene.post("x", "X: a\r\n Transfer-Encoding: chunked", "0\r\n\r\n" + smuggled),
      scene.post("x", "X: a\nTransfer-Encoding: chunked", "0\r\n\r\n" + smuggled),
      scene.get("../../../api/v1/me") + smuggled, scene.get("%2e%2e/%2e%2e/x") + smuggled,
      scene.get("x%2f..%2f..%2fy") + smuggled, scene.get("..;/x") + smuggled, scene.get("x\\..\\y") + smuggled,
      scene.get("x", "Host: b.test\r\n") + smuggled,
      "GET http://b.test\(scene.path("x")) HTTP/1.1\r\nHost: 127.0.0.1:\(scene.port)\r\n\r\n" + smuggled,
    ]
    for bytes in cases {
      let (answer, rest) = try await RawConnection.with(port: scene.port) { connection in
        try await connection.send(bytes)
        return (await connection.response(), await connection.rest())
      }
      #expect((400...501).contains(answer?.status ?? 0), "\(bytes)")
      #expect(rest == [], "\(bytes)")
      #expect(scene.region.take().isEmpty, "\(bytes)")
    }
    // The same path to the region as to the gateway, byte for byte.
    for rest in ["a%2Fb/?q=..%2F&r=/../", "%C3%A9/...;x/a..b/", "x//y"] {
      _ = try await scene.ask(scene.get(rest))
      for seen in scene.region.take() { #expect(seen.target == scene.path(rest)) }
    }
  }

  private static func fields(_ scene: HostileScene) async throws {
    let forged = [
      "Cookie: atoll=secret", "Cookie2: x", "Atoll-Forward: organization=\"forged\"", "atoll_forward: forged",
      "ATOLL.IDENTITY: forged", "Atoll-Identity: forged", "Atoll_Identity: forged", "Forwarded: for=6.6.6.6",
      "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Host: forged.test", "X-Real-IP: 6.6.6.6",
      "Connection: X-Hop, keep-alive, Content-Type", "X-Hop: forged", "Keep-Alive: timeout=forged", "TE: trailers",
      "Proxy-Authorization: Basic forged", "Proxy-Connection: forged", "Trailer: X-Trailer",
    ].map { "\($0)\r\n" }.joined()
    #expect(try await scene.ask(scene.get("fields", forged))?.status == 200)
    let seen = try #require(scene.region.take().last)
    #expect(!seen.head.contains("forged"), "\(seen.head)")
    #expect(!seen.head.contains("secret"), "\(seen.head)")
    #expect(!seen.head.contains("6.6.6.6"), "\(seen.head)")
    for name in ["cookie", "cookie2", "te", "keep-alive", "trailer", "proxy-authorization", "atoll-identity"] {
      #expect(seen.values(name) == [], "\(name)")
    }
    #expect(seen.values("atoll-forward").count == 1)
    #expect(seen.values("x-forwarded-for") == ["127.0.0.1"])
    #expect(seen.values("forwarded") == [#"for=127.0.0.1;host="127.0.0.1";proto=http"#])
    #expect(seen.values("host").count == 1)
  }

  private static func bodies(_ scene: HostileScene) async throws {
    let whole = scene.post(
      "body", "Transfer-Encoding: chunked",
      "2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nAtoll-Identity: forged\r\n\r\n")
    #expect(try await scene.ask(whole)?.status == 200)
    let seen = try #require(scene.region.take().last)
    #expect(seen.body == "hello")
    #expect(seen.values("content-length").count + seen.values("transfer-encoding").count == 1)
    for broken in [
      scene.post("broken", "Content-Length: 10", "hello"),
      scene.post("broken", "Transfer-Encoding: chunked", "5\r\nhel"),
    ] {
      try await RawConnection.with(port: scene.port) { try await $0.send(broken) }
    }
    _ = try await scene.ask(scene.post("broken", "Transfer-Encoding: chunked", "5\r\nhello\r\nnonsense\r\n"))
    #expect(try await scene.ask(scene.get("after"))?.status == 200)
    for seen in scene.region.take() where seen.target.hasSuffix("broken") {
      #expect(seen.body == nil, "a broken body looks complete: \(seen)")
    }
  }

  // MARK: Outwards

  private static let wrong: [String: String] = [
    "two-lengths": "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "two-equal-lengths": "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "length-and-chunks": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "folded": "X: a\r\n b\r\nContent-Length: 5\r\n\r\nhello",
    "line-feeds": "Content-Length: 5\n\nhello",
    "return-in-value": "X: a\rSet-Cookie: atoll=evil\r\nContent-Length: 5\r\n\r\nhello",
    "nul": "X: a\0b\r\nContent-Length: 5\r\n\r\nhello",
    "endless-head": (0..<3000).map { "X\($0): \(String(repeating: "a", count: 100))\r\n" }.joined() + "\r\n",
    "html": "Content-Type: text/html\r\nContent-Length: 5\r\n\r\nhello",
    "script": "Content-Type: text/javascript\r\nContent-Length: 5\r\n\r\nhello",
    "two-types": "Content-Type: text/plain\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello",
    "elsewhere": "Location: https://evil.test/\r\nContent-Length: 5\r\n\r\nhello",
    "nonsense-length": "Content-Length: five\r\n\r\nhello",
  ]

  @Sendable private static func answer(_ seen: HostileRegion.Seen) -> HostileRegion.Answer {
    let name = String(seen.target.split(separator: "/").last ?? "")
    if let wrong = wrong[name] { return HostileRegion.Answer(bytes: "HTTP/1.1 200 OK\r\n" + wrong, closes: true) }
    switch name {
    case "no-http": return HostileRegion.Answer(bytes: "evil\r\n\r\n", closes: true)
    case "short": return HostileRegion.Answer(bytes: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!", closes: true)
    case "bad-chunks":
      return HostileRegion.Answer(bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nevil\r\n")
    case "poison":
      let good = HostileRegion.Answer.data("{}").bytes
      return HostileRegion.Answer(bytes: good + HostileRegion.Answer.data("poison", "Set-Cookie: atoll=evil\r\n").bytes)
    default: return .data(#"{"fine":true}"#)
    }
  }

  private static func answers(_ scene: HostileScene) async throws {
    for name in wrong.keys.sorted() + ["no-http"] {
      let answer = try await scene.ask(scene.get(name))
      #expect(answer?.status == 502, "\(name): \(String(describing: answer))")
      #expect(answer?["set-cookie"] == nil, "\(name)")
      #expect(try await scene.ask(scene.get("fine"))?.body == #"{"fine":true}"#, "after \(name)")
    }
    for name in ["short", "bad-chunks"] {
      let (first, rest) = try await RawConnection.with(port: scene.port) { connection in
        try await connection.send(scene.get(name) + scene.get("fine"))
        return (await connection.response(), await connection.rest())
      }
      #expect(first == nil || first?.status == 502, "\(name) looks complete")
      #expect(!String(decoding: rest, as: UTF8.self).contains("fine") || first?.status == 502, "\(name)")
      #expect(try await scene.ask(scene.get("fine"))?.status == 200, "after \(name)")
    }
    for _ in 0..<5 {
      try await RawConnection.with(port: scene.port) { connection in
        try await connection.send(scene.get("poison"))
        #expect(await connection.response()?.body == "{}")
        try await connection.send(scene.get("fine"))
        #expect(await connection.response()?.body == #"{"fine":true}"#)
      }
    }
    _ = scene.region.take()
  }

  // MARK: HTTP/2 in, HTTP/1.1 out

  private static func streams(_ scene: HostileScene) async throws {
    try await TestCertificate.with { made in
      let port = try Islands.freePorts(1)
      let control = try await scene.islands.serve(
        scene.islands.control, name: "control-tls", port: port, keys: scene.islands.control.keys,
        variables: [
          "ATOLL_TLS_CERTIFICATE": made.certificate, "ATOLL_TLS_KEY": made.key,
          "ATOLL_CONTROL_URL": "https://localhost:\(port)",
        ], trust: try OutboundTrust(file: made.certificate))
      do {
        func head(_ rest: String, _ fields: [(String, String)], method: String = "POST") -> [(String, String)] {
          [
            (":method", method), (":scheme", "https"), (":path", scene.path(rest)),
            (":authority", "localhost:\(port)"),
          ] + fields
        }
        func connected(_ body: (inout RawStreams) async throws -> Void) async throws {
          try await RawConnection.with(port: port, tls: try made.client(["h2"])) { connection in
            var streams = try await RawStreams(connection)
            try await body(&streams)
          }
        }
        // The second control's map needs a moment.
        try await eventually("the organization is routed") {
          var isThere = false
          try await connected { streams in
            try await streams.head(1, head("ready", [], method: "GET"))
            isThere = try await streams.answer(1)?.status == 200
          }
          return isThere
        }
        _ = scene.region.take()
        try await connected { streams in
          try await streams.head(
            1, head("body", [("cookie", "atoll=secret"), ("cookie", "b=c"), ("x-a", "b")]), isWhole: false)
          try await streams.body(1, "hel", isLast: false)
          try await streams.body(1, "lo", isLast: true)
          #expect(try await streams.answer(1)?.status == 200)
        }
        let seen = try #require(scene.region.take().last)
        #expect(seen.body == "hello")
        #expect(seen.values("content-length").count + seen.values("transfer-encoding").count == 1)
        #expect(seen.values("cookie") == [] && seen.values("x-a") == ["b"])
        for fields in [[("x", "a\r\nX-Forged: b")], [("x", "a\nb")], [("x\r\ny", "a")], [("host", "b.test")]] {
          try await connected { streams in
            try await streams.head(1, head("refused", fields))
            if let answer = try await streams.answer(1) { #expect(answer.status == 400, "\(fields)") }
          }
        }
        try await connected { streams in
          try await streams.head(1, head("short", [("content-length", "10")]), isWhole: false)
          try await streams.body(1, "hello" + smuggled, isLast: true)
          _ = try await streams.answer(1)
        }
        for seen in scene.region.take() {
          #expect(seen.target.hasSuffix("short") && seen.body == nil, "\(seen)")
        }
      } catch {
        await control.stop()
        throw error
      }
      await control.stop()
    }
  }
}
