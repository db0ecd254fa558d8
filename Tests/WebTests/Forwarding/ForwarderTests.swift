import AsyncHTTPClient
import HTTPTypes
import NIOCore
import NIOHTTP1
import Synchronization
import SyncProtocol
import TestSupport
import Testing

@testable import Web

@Suite("passing requests on") struct ForwarderTests {
  private static func field(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .via }

  @Test(
    "path, query and fields go on as they came, but for those of the connection and of Atoll", .timeLimit(.minutes(20)))
  func headers() async throws {
    let rules = HeaderRules(
      dropsInbound: ["cookie"], setsInbound: [Self.field("X-Request-Id"): "known"], host: "app.example")
    try await ForwardingHarness.with(rules: rules, script: ForwardingHarness.echo) { front in
      let response = try await front.execute(
        "/a%2Fb/...;x//c?q=%20&r", method: .GET,
        headers: [
          ("Connection", "x-hop"), ("X-Hop", "1"), ("TE", "trailers"), ("Upgrade", "h2c"), ("Keep-Alive", "9"),
          ("Atoll-Identity", "forged"), ("Atoll_Identity", "forged"), ("ATOLL.Identity", "forged"), ("Cookie", "s=1"),
          ("X-Request-Id", "mine"), ("Accept", "text/plain"), ("X-Kept", "kept"), ("Proxy-Authorization", "secret"),
        ])
      let text = String(buffer: try await response.body.collect(upTo: 1 << 16))
      let lines = text.split(separator: "\r\n").map { $0.lowercased() }
      #expect(lines.first == "0\nget /a%2fb/...;x//c?q=%20&r http/1.1")
      #expect(
        Set(lines.dropFirst()) == [
          "host: app.example", "accept: text/plain", "x-kept: kept", "x-request-id: known",
        ])
    }
  }

  @Test("one connection serves one request after the other", .timeLimit(.minutes(20))) func reuse() async throws {
    try await ForwardingHarness.with(script: ForwardingHarness.echo) { front in
      var connections: Set<String> = []
      for _ in 0..<10 {
        let answer = try await front.text("/")
        #expect(answer.status == 200)
        connections.insert(String(answer.body.prefix { $0 != "\n" }))
      }
      // As many as event loops that accepted a caller's connection.
      #expect(connections.count <= 2)
    }
  }

  @Test("a body goes through whole in both directions", .timeLimit(.minutes(20))) func bodies() async throws {
    let size = 3_000_000
    try await ForwardingHarness.with(
      script: { conversation in
        while let head = try await conversation.head() {
          #expect(head.lowercased().contains("content-length: \(size)\r\n"))
          guard let body = try await conversation.bytes(size) else { return }
          try await conversation.send("HTTP/1.1 201 Created\r\nContent-Length: \(size)\r\n\r\n")
          try await conversation.send(body)
        }
      },
      { front in
        let body = ByteBuffer(bytes: (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        for _ in 0..<2 {
          let response = try await front.execute("/", method: .POST, body: .bytes(body))
          #expect(response.status == .created)
          #expect(response.headers["content-length"] == ["\(size)"])
          #expect(try await response.body.collect(upTo: size + 1) == body)
        }
      })
  }

  @Test("a body of unknown length is chunked anew, and an empty POST says so", .timeLimit(.minutes(20)))
  func chunked() async throws {
    try await ForwardingHarness.with(
      script: { conversation in
        while let head = try await conversation.head() {
          if head.hasPrefix("POST /empty") {
            #expect(head.lowercased().contains("content-length: 0\r\n"))
          } else {
            #expect(head.lowercased().contains("transfer-encoding: chunked\r\n"))
            #expect(!head.lowercased().contains("content-length"))
            let body = try await conversation.bytes("5\r\nhello\r\n0\r\n\r\n".utf8.count)
            #expect(body.map { String(buffer: $0) } == "5\r\nhello\r\n0\r\n\r\n")
          }
          try await conversation.send(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        }
      },
      { front in
        let stream = AsyncStream<ByteBuffer> {
          $0.yield(ByteBuffer(string: "hello"))
          $0.finish()
        }
        let response = try await front.execute("/", method: .POST, body: .stream(stream, length: .unknown))
        #expect(String(buffer: try await response.body.collect(upTo: 100)) == "abcde")
        #expect(try await front.text("/empty", method: .POST).body == "abcde")
      })
  }

  @Test("answers without a body keep their length, and the connection stays in step", .timeLimit(.minutes(20)))
  func bodiless() async throws {
    try await ForwardingHarness.with(
      script: { conversation in
        while let head = try await conversation.head() {
          if head.hasPrefix("HEAD") {
            try await conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n")
          } else if head.hasPrefix("GET /304") {
            try await conversation.send("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n")
          } else {
            try await conversation.send("HTTP/1.1 204 No Content\r\n\r\n")
          }
        }
      },
      { front in
        for _ in 0..<3 {
          let head = try await front.execute("/", method: .HEAD)
          #expect(head.status == .ok)
          #expect(head.headers["content-length"] == ["1234"])
          #expect(try await front.text("/204").status == 204)
          #expect(try await front.text("/304").status == 304)
        }
      })
  }

  @Test("an event passes while the next one is not written yet", .timeLimit(.minutes(20))) func events() async throws {
    let (signals, seen) = AsyncStream<Void>.makeStream()
    try await ForwardingHarness.with(
      script: { conversation in
        guard try await conversation.head() != nil else { return }
        try await conversation.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        var arrivals = signals.makeAsyncIterator()
        for index in 0..<5 {
          try await conversation.send("data: \(index)\n\n")
          _ = await arrivals.next()
        }
      },
      { front in
        let response = try await front.execute("/")
        var text = ""
        var complete = 0
        for try await part in response.body {
          text += String(buffer: part)
          while text.split(separator: "\n\n").count > complete, text.hasSuffix("\n\n") {
            complete += 1
            seen.yield()
          }
        }
        #expect(text == (0..<5).map { "data: \($0)\n\n" }.joined())
      })
  }

  @Test("only the fields that rules let out reach the caller", .timeLimit(.minutes(20))) func outbound() async throws {
    let script: ScriptedServer.Script = { conversation in
      while try await conversation.head() != nil {
        try await conversation.send(
          "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\nX-Mine: 1\r\nETag: \"e\"\r\nKeep-Alive: 1\r\n"
            + "Connection: x-mine\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok")
      }
    }
    let rules = HeaderRules(
      outbound: .only(["content-type", "content-length", "etag", "x-mine"]), setsOutbound: [Self.field("X-Set"): "s"])
    try await ForwardingHarness.with(rules: rules, script: script) { front in
      let headers = try await front.execute("/").headers
      #expect(headers["set-cookie"] == [])
      #expect(headers["x-mine"] == [], "named by Connection")
      #expect(headers["keep-alive"] == [])
      #expect(headers["etag"] == ["\"e\""])
      #expect(headers["x-set"] == ["s"])
    }
    try await ForwardingHarness.with(rules: HeaderRules(outbound: .all(except: ["etag"])), script: script) { front in
      let headers = try await front.execute("/").headers
      #expect(headers["set-cookie"] == ["a=b", "c=d"])
      #expect(headers["etag"] == [])
    }
  }

  @Test("an upstream behind a Unix socket is reached", .timeLimit(.minutes(20))) func socket() async throws {
    let path = "/tmp/atoll-forward-\(UInt32.random(in: 0 ... .max)).sock"
    try await ScriptedServer.with(socket: path, script: ForwardingHarness.echo) { _ in
      let target = try #require(ForwardTarget("unix:" + path))
      try await ForwardingHarness.with(target: target) { front in
        let answer = try await front.text("/x")
        #expect(answer.status == 200)
        #expect(answer.body.contains("GET /x HTTP/1.1\r\nhost: localhost\r\n"))
      }
    }
  }

  @Test("targets are a scheme with a host and port, or a socket, and nothing more") func targets() {
    for text in ["http://127.0.0.1:80", "https://eu.example.com", "https://[::1]:8443/", "unix:/run/app.sock"] {
      #expect(ForwardTarget(text) != nil, "\(text)")
    }
    for text in [
      "", "http://", "ftp://a", "http://a/b", "http://u@a", "http://a?b", "http://a:0", "http://a:99999", "http://[::1",
      "unix:relative", "unix:/" + String(repeating: "a", count: 120), "http://a b", "http://a\\b", "a:80",
    ] { #expect(ForwardTarget(text) == nil, "\(text)") }
  }
}
