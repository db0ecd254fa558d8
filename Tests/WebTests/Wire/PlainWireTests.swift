import Testing
import TestSupport

@testable import Web

/// What is right is served, in whatever of the allowed forms it comes.
@Suite("requests that are clear") struct PlainWireTests {
  private func exchange(_ bytes: String) async throws -> (RawResponse?, [String]) {
    try await WireScene.with { scene in
      let answer = try await RawConnection.with(port: scene.port) { connection in
        try await connection.send(bytes)
        return await connection.response()
      }
      return (answer, scene.seen.all)
    }
  }

  @Test(
    "reach their route with one host in one form",
    arguments: [
      ("GET /a HTTP/1.1\r\nHost: A.Test\r\n\r\n", "GET /a at a.test"),
      ("GET /a HTTP/1.1\r\nHost: a.test.\r\n\r\n", "GET /a at a.test"),
      ("GET /a HTTP/1.1\r\nHost: a_b-c.test:8443\r\n\r\n", "GET /a at a_b-c.test:8443"),
      ("GET /a HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET /a at [::1]:80"),
      ("GET http://A.test/a HTTP/1.1\r\nHost: a.test\r\n\r\n", "GET /a at a.test"),
      ("GET HTTPS://a.test HTTP/1.1\r\nHost: a.test\r\n\r\n", "GET / at a.test"),
      ("GET http://a.test?q=1 HTTP/1.1\r\nHost: a.test\r\n\r\n", "GET /?q=1 at a.test"),
      ("GET /a%2Fb/%C3%A9/...;x/a..b HTTP/1.1\r\nHost: a.test\r\n\r\n", "GET /a%2Fb/%C3%A9/...;x/a..b at a.test"),
      (
        "GET /a//b?q=../..&r=//|[]{}^`%zz HTTP/1.1\r\nHost: a.test\r\n\r\n",
        "GET /a//b?q=../..&r=//|[]{}^`%zz at a.test"
      ),
      ("GET /a HTTP/1.0\r\n\r\n", "GET /a at nowhere"),
      ("\r\nGET /a HTTP/1.1\r\nHost: a.test\r\n\r\n", "GET /a at a.test"),
    ])
  func forms(bytes: String, seen: String) async throws {
    let (answer, lines) = try await exchange(bytes)
    #expect(answer?.status == 200)
    #expect(lines == [seen])
  }

  @Test("a body comes whole, by length and in chunks, and trailers are left behind")
  func bodies() async throws {
    for request in [
      SmugglingTests.head("Content-Length: 5") + "hello",
      SmugglingTests.head("Transfer-Encoding: chunked")
        + "2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nHost: b.test\r\nX: y\r\n\r\n",
      SmugglingTests.head("Transfer-Encoding: Chunked") + "5\r\nhello\r\n0\r\n\r\n",
    ] {
      let (answer, lines) = try await exchange(request)
      #expect(answer?.body == "hello")
      #expect(lines == ["POST hello"])
    }
  }

  @Test("who waits for a word before the body gets it")
  func continues() async throws {
    try await WireScene.with { scene in
      try await RawConnection.with(port: scene.port) { connection in
        try await connection.send(SmugglingTests.head("Content-Length: 5\r\nExpect: 100-Continue"))
        #expect(await connection.response()?.status == 100)
        try await connection.send("hello")
        #expect(await connection.response()?.body == "hello")
      }
    }
  }

  @Test("who is behind another gets that word after the other's answer")
  func continuesInOrder() async throws {
    try await WireScene.with { scene in
      try await RawConnection.with(port: scene.port) { connection in
        try await connection.send(
          SmugglingTests.get("/a") + SmugglingTests.head("Content-Length: 5\r\nExpect: 100-continue"))
        #expect(await connection.response()?.status == 200)
        #expect(await connection.response()?.status == 100)
        try await connection.send("hello")
        #expect(await connection.response()?.body == "hello")
      }
    }
  }

  @Test("a connection serves one after the other, also several sent at once")
  func keepAlive() async throws {
    try await WireScene.with { scene in
      try await RawConnection.with(port: scene.port) { connection in
        try await connection.send((0..<20).map { SmugglingTests.get("/\($0)") }.joined())
        for _ in 0..<20 { #expect(await connection.response()?.status == 200) }
        try await connection.send("HEAD /x HTTP/1.1\r\nHost: a.test\r\n\r\n" + SmugglingTests.get("/stream"))
        #expect(await connection.response(isHead: true)?["content-length"] == "7")
        #expect(await connection.response()?.body == "streamed")
      }
      #expect(scene.seen.all.prefix(20) == (0..<20).map { "GET /\($0) at a.test" }[...])
    }
  }

  @Test(
    "a connection ends after the answer for who asks for that, and for who asks for another protocol",
    arguments: ["Connection: Close", "Connection: x, close", "Connection: Upgrade\r\nUpgrade: h2c"])
  func ends(fields: String) async throws {
    try await WireScene.with { scene in
      try await RawConnection.with(port: scene.port) { connection in
        try await connection.send(SmugglingTests.head(fields, method: "GET", path: "/a") + SmugglingTests.smuggled)
        let answer = await connection.response()
        #expect(answer?.status == 200)
        #expect(answer?["connection"] == "close")
        #expect(await connection.rest() == [])
      }
      #expect(scene.seen.all == ["GET /a at a.test"])
    }
  }

  @Test("the answer to a HEAD, and one of a status without a body, has none, so that the next is not taken for it")
  func heads() async throws {
    try await WireScene.with { scene in
      try await RawConnection.with(port: scene.port) { connection in
        for path in ["/refuse", "/echo", "/large", "/stream", "/short"] {
          try await connection.send("HEAD \(path) HTTP/1.1\r\nHost: a.test\r\n\r\n" + SmugglingTests.get("/next"))
          #expect(await connection.response(isHead: true) != nil)
          #expect(await connection.response()?.body == "{}", "after a HEAD of \(path)")
        }
        for path in ["/nothing", "/unchanged"] {
          try await connection.send(SmugglingTests.get(path) + SmugglingTests.get("/next"))
          #expect([204, 304].contains(await connection.response()?.status))
          #expect(await connection.response()?.body == "{}", "after \(path)")
        }
      }
    }
  }

  @Test("HTTP/1.0 gets an answer that it understands, and the end of the connection")
  func old() async throws {
    try await WireScene.with { scene in
      try await RawConnection.with(port: scene.port) { connection in
        try await connection.send("GET /stream HTTP/1.0\r\nHost: a.test\r\n\r\n")
        let answer = await connection.response()
        #expect(answer?.version == "HTTP/1.0")
        #expect(answer?["transfer-encoding"] == nil)
        #expect(answer?.body == "streamed")
        #expect(await connection.rest() == [])
      }
    }
  }
}
