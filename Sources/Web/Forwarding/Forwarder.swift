internal import HTTPTypes
package import Hummingbird
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Passes requests on to other servers and their answers back, streaming both ways: the core of the gateway and of a region's way to its application.
///
/// HTTP/1.1 towards the upstream, over connections that are kept. No redirect is followed, nothing is inflated, nothing is sent twice.
package final class Forwarder: Sendable {
  private let pool: UpstreamPool

  /// - Parameters:
  ///   - authorities: who vouches for upstreams that are reached by https. Its owner runs it.
  ///   - outbound: checks where the names of upstreams lead, when others than the operator can change that. An address, or `localhost`, in a target is the
  ///     operator's own word.
  ///   - names: looks other names up.
  package init(
    limits: ForwarderLimits = ForwarderLimits(), authorities: OutboundAuthorities, outbound: OutboundGuard? = nil,
    names: HostNames = .system
  ) {
    pool = UpstreamPool(limits: limits, authorities: authorities, outbound: outbound, names: names)
  }

  /// Closes the connections that nobody uses, and the others after their exchange.
  package func shutdown() { pool.shutdown() }

  /// Passes `request` on with its path and query as they came, and answers with the head of what comes back; the rest streams.
  ///
  /// - Parameter held: kept alive until the answer has passed: a place among a bounded number, say.
  /// - Throws: ``ForwardFailure``, what ``HeaderRules/check`` throws, or `CancellationError`. Once a head was passed on, a break ends the caller's
  ///   connection, so that a part never looks like the whole.
  package func forward(
    _ request: Request, to target: ForwardTarget, rules: HeaderRules, limits: ForwardLimits = ForwardLimits(),
    context: WebContext, holding held: (any AnyObject & Sendable)? = nil
  ) async throws -> Response {
    var head = try rules.outgoing(request, to: target)
    let upload = try RequestUpload(request, isMultiplexed: context.isMultiplexed, limit: limits.requestBytes)
    upload.frame(&head)
    let loop = context.eventLoop ?? MultiThreadedEventLoopGroup.singleton.any()
    let connection: UpstreamConnection
    if let idle = pool.idle(target, on: loop) {
      connection = idle
    } else {
      connection = try await pool.connect(to: target, on: loop, within: limits.connect)
    }
    let exchange = UpstreamExchange(limits, begun: .now(), closeCaller: context.close)
    let answer: UpstreamAnswer
    if upload.isEmpty {
      answer = try await connection.answer(to: head, exchange)
    } else {
      connection.begin(head, exchange)
      answer = try await Self.exchange(upload, connection)
    }
    do {
      let passed = try rules.incoming(answer.status, answer.headers)
      return Self.response(passed, answer, connection, held)
    } catch {
      if !answer.isWhole { connection.close() }
      throw error
    }
  }

  /// Sends the body while it waits for the answer: a refusal need not wait for the end of what is refused.
  private static func exchange(_ upload: RequestUpload, _ connection: UpstreamConnection) async throws -> UpstreamAnswer
  {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        do {
          try await upload.send(to: connection)
        } catch let failure as ForwardFailure {
          // The upstream's own failure is told by the answer that does not come.
          if failure.code == .tooLarge || failure.code == .badRequest { connection.close(failure) }
        } catch {
          if !Task.isCancelled { connection.close(ForwardFailure(.callerTooSlow, isSent: true, "the caller is gone")) }
        }
      }
      let answer = try await connection.answer()
      // A refusal ends the upload; so does an answer that is complete. The caller's connection ends with it. Any other waits for the request's end.
      var endsUpload = answer.isWhole || answer.status.code >= 400
      if answer.isEarly, !endsUpload { endsUpload = try await !connection.isRequestSent() }
      if endsUpload {
        connection.refuseRest()
        group.cancelAll()
      }
      for try await _ in group {}
      return answer
    }
  }

  private static func response(
    _ head: HTTPResponse, _ answer: UpstreamAnswer, _ connection: UpstreamConnection,
    _ held: (any AnyObject & Sendable)?
  ) -> Response {
    if answer.isWhole {
      return Response(
        status: head.status, headers: head.headerFields,
        body: answer.body.map { ResponseBody(byteBuffer: $0) } ?? ResponseBody())
    }
    let rest = UpstreamRest(connection, holding: held)
    let body = ResponseBody(contentLength: head.headerFields[.contentLength].flatMap(Int.init)) { writer in
      if let first = answer.body { try await writer.write(first) }
      while let bytes = try await rest.next() { try await writer.write(bytes) }
      try await writer.finish(nil)
    }
    return Response(status: head.status, headers: head.headerFields, body: body)
  }
}
