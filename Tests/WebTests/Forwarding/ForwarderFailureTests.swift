import AsyncHTTPClient
import HTTPTypes
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import Web

@Suite("upstreams that misbehave") struct ForwarderFailureTests {
  private func type(_ body: String) -> String {
    body.firstRange(of: "urn:atoll:problem:").map { String(body[$0.upperBound...].prefix { $0 != "\"" }) } ?? body
  }

  @Test("nobody there is a 502 that says nothing was done", .timeLimit(.minutes(20))) func unreachable() async throws {
    // A port below those that tests are given: nobody listens there, whatever runs beside.
    let target = try #require(ForwardTarget("http://127.0.0.1:1"))
    try await ForwardingHarness.with(target: target) { front in
      let answer = try await front.text("/")
      #expect(answer.status == 502)
      #expect(type(answer.body) == "upstream-unreachable")
    }
  }

  @Test("silence is a 504", .timeLimit(.minutes(20))) func silence() async throws {
    try await ForwardingHarness.with(
      limits: ForwardLimits(head: .milliseconds(300)), script: { _ = try await $0.rest() },
      { front in
        let answer = try await front.text("/")
        #expect(answer.status == 504)
        #expect(type(answer.body) == "upstream-timeout")
      })
  }

  @Test(
    "an answer that goes on for longer than the whole may take is cut, and never looks whole", .timeLimit(.minutes(20)))
  func endless() async throws {
    for head in ["Content-Length: 100", "Transfer-Encoding: chunked"] {
      try await ForwardingHarness.with(
        limits: ForwardLimits(head: .seconds(600), idle: .seconds(600), total: .seconds(1)),
        script: { conversation in
          guard try await conversation.head() != nil else { return }
          try await conversation.send("HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\(head)\r\n\r\n")
          _ = try await conversation.rest()
        },
        { front in
          // On a busy machine the time may end before the head has come: then there is nothing to cut.
          while true {
            try Task.checkCancellation()
            let response: HTTPClientResponse
            do { response = try await front.execute("/") } catch { continue }
            guard response.status == .ok else { continue }
            await #expect(throws: (any Error).self) { try await response.body.collect(upTo: 1000) }
            return
          }
        })
    }
  }

  @Test("no head in the time of the whole is a 504, however patient the wait for it is", .timeLimit(.minutes(20)))
  func total() async throws {
    try await ForwardingHarness.with(
      limits: ForwardLimits(head: .seconds(600), total: .milliseconds(300)), script: { _ = try await $0.rest() },
      { front in
        let answer = try await front.text("/")
        #expect(answer.status == 504)
        #expect(type(answer.body) == "upstream-timeout")
      })
  }

  @Test("a body that takes longer than an upload may is a 408, though it goes on", .timeLimit(.minutes(20)))
  func slowUpload() async throws {
    try await ForwardingHarness.with(
      limits: ForwardLimits(head: .seconds(600), idle: .seconds(600), upload: .milliseconds(300)),
      script: { _ = try await $0.rest() },
      { front in
        let (stream, source) = AsyncStream<ByteBuffer>.makeStream()
        source.yield(ByteBuffer(repeating: 0, count: 1000))
        let response = try await front.execute("/", method: .POST, body: .stream(stream, length: .unknown))
        #expect(response.status == .requestTimeout)
        source.finish()
      })
  }

  @Test(
    "an event stream outlives the time of the whole, and silences that other answers may not have",
    .timeLimit(.minutes(20)))
  func eventStream() async throws {
    let (signals, seen) = AsyncStream<Void>.makeStream()
    let limits = ForwardLimits(
      head: .seconds(60), idle: .seconds(3), total: .seconds(4), streamIdle: .seconds(600))
    try await ForwardingHarness.with(
      limits: limits,
      script: { conversation in
        while let head = try await conversation.head() {
          guard head.hasPrefix("GET /events") else {
            // Silence beyond the time of the whole: this request ends only when its connection is cut.
            _ = try await conversation.rest()
            return
          }
          try await conversation.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n")
          var arrivals = signals.makeAsyncIterator()
          _ = await arrivals.next()
          try await conversation.send("data: late\n\n")
          return
        }
      },
      { front in
        let response = try await front.execute("/events")
        #expect(response.status == .ok)
        // Another request begins after the stream did, and has had its whole time before the event comes.
        #expect(try await front.text("/").status == 504)
        seen.yield()
        #expect(String(buffer: try await response.body.collect(upTo: 1000)) == "data: late\n\n")
      })
  }

  @Test(
    "what is no answer of HTTP/1.1 becomes a 502 and is not passed on",
    .timeLimit(.minutes(20)),
    arguments: [
      "hello\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nX Y: 1\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX: \(String(repeating: "a", count: 70_000))\r\n\r\n",
    ])
  func garbage(answer: String) async throws {
    try await ForwardingHarness.with(
      script: { conversation in
        guard try await conversation.head() != nil else { return }
        try await conversation.send(answer)
        _ = try await conversation.rest()
      },
      { front in
        let answer = try await front.text("/")
        #expect(answer.status == 502)
        #expect(type(answer.body) == "upstream-answer-refused")
      })
  }

  @Test("an upstream that closes before it answers is a 502", .timeLimit(.minutes(20))) func closes() async throws {
    try await ForwardingHarness.with(
      script: { _ = try await $0.head() },
      { front in
        let answer = try await front.text("/")
        #expect(answer.status == 502)
        #expect(type(answer.body) == "upstream-broken-off")
      })
  }

  @Test(
    "half an answer never looks like a whole one", .timeLimit(.minutes(20)),
    arguments: [
      "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nxyz\r\n",
    ])
  func half(answer: String) async throws {
    try await ForwardingHarness.with(
      script: { conversation in
        guard try await conversation.head() != nil else { return }
        try await conversation.send(answer)
      },
      { front in
        // Either the head came and the body breaks, or nothing came that could be mistaken for it.
        await #expect(throws: (any Error).self) {
          let response = try await front.execute("/")
          guard response.status == .ok else { throw CancellationError() }
          _ = try await response.body.collect(upTo: 1000)
        }
      })
  }

  @Test(
    "a refusal arrives although the upload is not through, and the next request is served", .timeLimit(.minutes(20)))
  func earlyRefusal() async throws {
    try await ForwardingHarness.with(
      script: { conversation in
        while let head = try await conversation.head() {
          guard head.hasPrefix("POST") else {
            try await conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            continue
          }
          try await conversation.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
          _ = try await conversation.rest()
        }
      },
      { front in
        let (stream, source) = AsyncStream<ByteBuffer>.makeStream()
        source.yield(ByteBuffer(repeating: 0, count: 1000))
        let response = try await front.execute("/", method: .POST, body: .stream(stream, length: .unknown))
        #expect(response.status == .payloadTooLarge)
        source.finish()
        #expect(try await front.text("/").body == "ok")
      })
  }

  @Test("a body over the limit is refused, said or not", .timeLimit(.minutes(20))) func tooLarge() async throws {
    try await ForwardingHarness.with(
      limits: ForwardLimits(requestBytes: 1000), script: { _ = try await $0.rest() },
      { front in
        let said = try await front.execute("/", method: .POST, body: .bytes(ByteBuffer(repeating: 0, count: 1001)))
        #expect(said.status == .payloadTooLarge)
        let stream = AsyncStream<ByteBuffer> {
          $0.yield(ByteBuffer(repeating: 0, count: 600))
          $0.yield(ByteBuffer(repeating: 0, count: 600))
          $0.finish()
        }
        let found = try await front.execute("/", method: .POST, body: .stream(stream, length: .unknown))
        #expect(found.status == .payloadTooLarge)
      })
  }

  @Test("an upstream that says more than was asked is not believed for the next request", .timeLimit(.minutes(20)))
  func surplus() async throws {
    try await ForwardingHarness.with(
      script: { conversation in
        while try await conversation.head() != nil {
          try await conversation.send(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")
        }
      },
      { front in
        for _ in 0..<5 {
          let answer = try await front.text("/")
          #expect(answer.body != "forged")
          #expect(answer.status == 200 || answer.status == 502)
        }
      })
  }

  @Test("what a check throws is the answer", .timeLimit(.minutes(20))) func check() async throws {
    let rules = HeaderRules(check: { head in
      if head.headerFields[.contentType] == "text/html" { throw Problem.forbidden("No pages.") }
    })
    try await ForwardingHarness.with(
      rules: rules,
      script: { conversation in
        while try await conversation.head() != nil {
          try await conversation.send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<p>hi")
        }
      },
      { front in
        let answer = try await front.text("/")
        #expect(answer.status == 403)
        #expect(!answer.body.contains("<p>"))
      })
  }
}
