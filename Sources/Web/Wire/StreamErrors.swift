internal import NIOCore
internal import NIOHTTP2

/// Keeps a connection of HTTP/2 that has one wrong stream: the stream was reset, and others may be of other people (RFC 9113 §5.4.2). Sits behind the HTTP/2 handler, which reports the
/// errors of a stream and those of the connection in the same way; what comes after it closes the connection for any.
final class StreamErrors: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if !Self.isOfOneStream(error) { context.fireErrorCaught(error) }
  }

  /// Errors that only ever reset their stream: of the fields of a head, and of a body's length.
  private static func isOfOneStream(_ error: any Error) -> Bool {
    switch error {
    case is NIOHTTP2Errors.MissingPseudoHeader, is NIOHTTP2Errors.DuplicatePseudoHeader,
      is NIOHTTP2Errors.PseudoHeaderAfterRegularHeader, is NIOHTTP2Errors.UnknownPseudoHeader,
      is NIOHTTP2Errors.UnsupportedPseudoHeader, is NIOHTTP2Errors.InvalidPseudoHeaders,
      is NIOHTTP2Errors.InvalidPseudoHeaderValue, is NIOHTTP2Errors.EmptyPathHeader,
      is NIOHTTP2Errors.InvalidHTTP2HeaderFieldName, is NIOHTTP2Errors.InvalidHTTP2HeaderFieldValue,
      is NIOHTTP2Errors.ForbiddenHeaderField, is NIOHTTP2Errors.ContentLengthViolated,
      is NIOHTTP2Errors.ContentLengthHeadersMismatch, is NIOHTTP2Errors.ContentLengthHeaderNegative,
      is NIOHTTP2Errors.ContentLengthHeaderMalformedValue:
      true
    default: false
    }
  }
}
