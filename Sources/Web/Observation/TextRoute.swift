internal import Hummingbird
internal import HTTPTypes
package import Logging
internal import NIOCore

/// A page of text that is made for each request: metrics.
package struct TextRoute: Sendable {
  package let path: String
  package let contentType: String
  package let text: @Sendable () async -> String

  package init(path: String, contentType: String, text: @escaping @Sendable () async -> String) {
    self.path = path
    self.contentType = contentType
    self.text = text
  }

  func add(to router: Router<WebContext>) {
    let contentType = contentType
    let text = text
    router.get(RouterPath(path)) { _, _ in
      Response(
        status: .ok, headers: [.contentType: contentType],
        body: ResponseBody(byteBuffer: ByteBuffer(string: await text())))
    }
  }
}

extension WebServer {
  /// A server of pages, on an address of its own.
  package convenience init(pages: [TextRoute], address: Address, logger: Logger) {
    let router = Router.withProblems()
    for page in pages { page.add(to: router) }
    self.init(router: router, address: address, logger: logger)
  }
}
