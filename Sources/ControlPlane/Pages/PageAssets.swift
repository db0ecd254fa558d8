internal import HTTPTypes
package import Hummingbird
internal import NIOCore
package import Web

/// The stylesheet and the icon, under names that change with their content, so that browsers keep them for good.
package enum PageAssets {
  struct Asset: Sendable {
    let path: String
    let contentType: String
    let text: String
  }

  static let stylesheet = Asset(
    path: "/assets/atoll-\(PageFiles.stylesheetHash).css", contentType: "text/css; charset=utf-8",
    text: PageFiles.stylesheet)
  static let icon = Asset(
    path: "/assets/atoll-\(PageFiles.iconHash).svg", contentType: "image/svg+xml", text: PageFiles.icon)

  /// Adds `GET /assets/…`.
  package static func add(to router: Router<WebContext>) {
    for asset in [stylesheet, icon] {
      router.get(RouterPath(asset.path)) { _, _ in response(asset) }
      router.head(RouterPath(asset.path)) { _, _ in response(asset) }
    }
  }

  private static func response(_ asset: Asset) -> Response {
    var headers = HTTPFields()
    headers[.contentType] = asset.contentType
    headers[.cacheControl] = "public, max-age=31536000, immutable"
    // An image opened by itself is a document too.
    headers[.contentSecurityPolicy] = "default-src 'none'"
    if let name = HTTPField.Name("Cross-Origin-Resource-Policy") { headers[name] = "same-origin" }
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: asset.text)))
  }
}
