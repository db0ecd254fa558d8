import Testing
import TestSupport

@testable import Web

/// Bytes that two programs could read in two ways, against the server's own socket.
@Suite("requests that are not clear") struct SmugglingTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: String
    let status: Int
    var testDescription: String { name }

    init(_ name: String, _ status: Int, _ bytes: String) {
      self.name = name
      self.status = status
      self.bytes = bytes
    }
  }

  /// What a smuggler wants to be taken for a request of its own.
  static let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n"

  static func head(_ fields: String, method: String = "POST", path: String = "/echo") -> String {
    "\(method) \(path) HTTP/1.1\r\nHost: a.test\r\n\(fields)\r\n\r\n"
  }

  static func get(_ target: String, host: String = "a.test") -> String {
    "GET \(target) HTTP/1.1\r\nHost: \(host)\r\n\r\n"
  }

  static let lengths: [Case] = [
    Case("a length and chunks", 400, head("Content-Length: 6\r\nTransfer-Encoding: chunked") + "0\r\n\r\nG"),
    Case("chunks and a length", 400, head("Transfer-Encoding: chunked\r\nContent-Length: 6") + "0\r\n\r\nG"),
    Case("two lengths that differ", 400, head("Content-Length: 5\r\nContent-Length: 0") + "hello"),
    Case("two lengths that agree", 400, head("Content-Length: 5\r\nContent-Length: 5") + "hello"),
    Case("a list of lengths", 400, head("Content-Length: 5, 5") + "hello"),
    Case("a length with a sign", 400, head("Content-Length: +5") + "hello"),
    Case("a negative length", 400, head("Content-Length: -5") + "hello"),
    Case("a length in hex", 400, head("Content-Length: 0x5") + "hello"),
    Case("a length with a space in it", 400, head("Content-Length: 5 0") + "hello"),
    Case("an empty length", 400, head("Content-Length:") + "hello"),
    Case("a length beyond numbers", 400, head("Content-Length: 99999999999999999999") + "hello"),
    Case("another coding", 501, head("Transfer-Encoding: gzip, chunked") + "0\r\n\r\n"),
    Case("chunked twice", 400, head("Transfer-Encoding: chunked, chunked") + "0\r\n\r\n"),
    Case("two fields of codings", 400, head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked") + "0\r\n\r\n"),
    Case("a coding after chunked", 400, head("Transfer-Encoding: chunked, identity") + "0\r\n\r\n"),
    Case("identity", 501, head("Transfer-Encoding: identity") + "0\r\n\r\n"),
    Case("almost chunked", 501, head("Transfer-Encoding: xchunked") + "0\r\n\r\n"),
    Case("chunked after a vertical tab", 400, head("Transfer-Encoding: \u{0B}chunked") + "0\r\n\r\n"),
    Case("chunked behind a space before the colon", 400, head("Transfer-Encoding : chunked") + "0\r\n\r\n"),
    Case("chunked on a folded line", 400, head("Transfer-Encoding:\r\n chunked") + "0\r\n\r\n"),
    Case("chunks in HTTP/1.0", 400, "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
  ]

  static let heads: [Case] = [
    Case("lines that end in a line feed alone", 505, "GET / HTTP/1.1\nHost: a.test\n\n"),
    Case("one such line among others", 400, "GET / HTTP/1.1\r\nHost: a.test\nX: y\r\n\r\n"),
    Case("a carriage return in a value", 400, head("X: a\rContent-Length: 5")),
    Case("a NUL in a value", 400, head("X: a\0b")),
    Case("a control character in a value", 400, head("X: a\u{01}b")),
    Case("a folded line", 400, head("X: a\r\n b")),
    Case("a space at the start of the first field", 400, "GET / HTTP/1.1\r\n Host: a.test\r\n\r\n"),
    Case("a name with a space", 400, head("X Y: a")),
    Case("a name with a bracket", 400, head("X(Y: a")),
    Case("a name outside ASCII", 400, head("Hóst: a")),
    Case("no name", 400, head(": a")),
    Case("no colon", 400, head("nonsense")),
    Case("an expectation nobody has", 417, head("Expect: 200-ok\r\nContent-Length: 0")),
    Case("no version", 505, "GET /\r\n\r\n"),
    Case("HTTP/2 without agreement", 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Case("another version", 505, "GET / HTTP/3.0\r\nHost: a.test\r\n\r\n"),
    Case("a method that opens a tunnel", 405, "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n"),
    Case("a method that mirrors", 405, "TRACE / HTTP/1.1\r\nHost: a.test\r\n\r\n"),
    Case("a method nobody knows", 400, "G@T / HTTP/1.1\r\nHost: a.test\r\n\r\n"),
    Case("a field that is too long", 431, head("X: " + String(repeating: "a", count: 17 * 1024))),
    Case(
      "fields that are too long together", 431,
      head((0..<6).map { "X\($0): " + String(repeating: "a", count: 15_000) }.joined(separator: "\r\n"))),
    Case("too many fields", 431, head((0..<200).map { "X\($0): a" }.joined(separator: "\r\n"))),
    Case("a target that is too long", 414, get("/" + String(repeating: "a", count: 9000))),
  ]

  static let hosts: [Case] = [
    Case("no host", 400, "GET / HTTP/1.1\r\n\r\n"),
    Case("an empty host", 400, get("/", host: "")),
    Case("two hosts", 400, get("/", host: "a.test\r\nHost: b.test")),
    Case("the same host twice", 400, get("/", host: "a.test\r\nHost: a.test")),
    Case("a list of hosts", 400, get("/", host: "a.test, b.test")),
    Case("a host with a user", 400, get("/", host: "a.test@b.test")),
    Case("a host with a path", 400, get("/", host: "a.test/b")),
    Case("a host with a space", 400, get("/", host: "a.test b")),
    Case("a host with an escape", 400, get("/", host: "a%2Etest")),
    Case("a host outside ASCII", 400, get("/", host: "аtoll.test")),
    Case("a host with an empty label", 400, get("/", host: "a..test")),
    Case("a port that is none", 400, get("/", host: "a.test:http")),
    Case("port 0", 400, get("/", host: "a.test:0")),
    Case("a port beyond ports", 400, get("/", host: "a.test:65536")),
    Case("a port with a sign", 400, get("/", host: "a.test:+80")),
    Case("an address that is none", 400, get("/", host: "[::1")),
    Case("a target at another host", 400, get("http://b.test/")),
    Case("a target at another port", 400, get("http://a.test:81/")),
    Case("a target with a user", 400, get("http://a.test@b.test/")),
    Case("a target of another scheme", 400, get("ftp://a.test/")),
    Case("a target that is only a host", 400, get("a.test")),
    Case("a target that is a star", 400, "OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n"),
  ]

  static let paths: [Case] = [
    "//b.test/", "/a/../b", "/..", "/.", "/a/./b", "/a/%2e%2E/b", "/a/.%2e/b", "/%2e", "/a%2f..%2fb", "/a%2F%2e%2e",
    "/a%5c..%5cb", "/..;/b", "/a/..;x=1/b", "/a\\b", "/a\\..\\b", "/%00", "/a%0d%0ab", "/a%7f", "/%", "/%4", "/%zz",
    "/a#b",
    "/é", "/a\"b", "/<b>", "/a\u{7F}b", "http://a.test/../b",
  ].map { Case($0, 400, get($0)) }

  @Test(
    "are refused, the connection ends, and nothing behind them is heard", arguments: lengths + heads + hosts + paths)
  func refused(_ wrong: Case) async throws {
    try await WireScene.with { scene in
      let (answer, rest) = try await RawConnection.with(port: scene.port) { connection in
        try await connection.send(wrong.bytes + Self.smuggled)
        return (await connection.response(), await connection.rest())
      }
      let response = try #require(answer)
      #expect(response.status == wrong.status)
      #expect(response["connection"] == "close")
      #expect(response["content-type"] == "application/problem+json")
      #expect(response.body.contains("urn:atoll:problem:"))
      #expect(rest == [], "\(String(decoding: rest, as: UTF8.self))")
      #expect(scene.seen.all.filter { !$0.hasPrefix("broken") } == [])
    }
  }

  @Test(
    "chunks that are none break the body they stand in",
    arguments: [
      "5\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "5 5\r\nhello\r\n0\r\n\r\n",
      "FFFFFFFFFFFFFFFFF\r\nhello\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "g\r\n", "\r\n",
      "5\r\nhello\n0\r\n\r\n",
    ])
  func chunks(body: String) async throws {
    try await WireScene.with { scene in
      let (answer, rest) = try await RawConnection.with(port: scene.port) { connection in
        try await connection.send(Self.head("Transfer-Encoding: chunked") + body + Self.smuggled)
        return (await connection.response(), await connection.rest())
      }
      #expect(answer?.status == 400)
      #expect(answer?["connection"] == "close")
      #expect(rest == [])
      #expect(scene.seen.all.filter { $0.hasPrefix("broken") }.count == scene.seen.all.count)
    }
  }

  @Test("wait for the answer to the request before them")
  func order() async throws {
    try await WireScene.with { scene in
      let answers = try await RawConnection.with(port: scene.port) { connection in
        try await connection.send(Self.get("/one") + Self.get("/a/../two") + Self.smuggled)
        return (await connection.response(), await connection.response(), await connection.rest())
      }
      #expect(answers.0?.status == 200)
      #expect(answers.1?.status == 400)
      #expect(answers.2 == [])
      #expect(scene.seen.all == ["GET /one at a.test"])
    }
  }

  @Test("an answer that is shorter than it says ends the connection, so that the next is not taken for its rest")
  func shortAnswer() async throws {
    try await WireScene.with { scene in
      let text = try await RawConnection.with(port: scene.port) { connection in
        try await connection.send(Self.get("/short") + Self.get("/next"))
        return String(decoding: await connection.rest(), as: UTF8.self)
      }
      #expect(text.contains("five!"))
      #expect(text.split(separator: "HTTP/1.1").count == 1)
    }
  }
}
