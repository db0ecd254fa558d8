internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Web

/// A page of few words: what went wrong at a login, and what to do. Without script, style or anything from elsewhere.
struct LoginPage: Sendable {
  var status: HTTPResponse.Status
  var code: String
  var title: String
  var text: String
  var lines: [String] = []
  var link: (path: String, label: String)?
  /// Turns the page into a question: a button that posts to this path.
  var button: (path: String, label: String)?
  /// What the question's form carries beside the session's cookie; nil without a session.
  var formToken: String?
  var retryAfter: Int?
  /// Where the answer to the button may lead besides this host.
  var formTarget: String?

  /// For a browser a page; for everything else a problem document.
  func response(to request: Request, context: WebContext) -> Response {
    guard Self.wantsPage(request) else {
      return Problem(status, code, title: title, detail: text, retryAfter: retryAfter)
        .response(from: request, context: context)
    }
    var headers: HTTPFields = [
      .contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .contentSecurityPolicy: policy,
    ]
    // Not no-referrer: that makes browsers send `Origin: null` with our own form.
    if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "same-origin" }
    if let retryAfter { headers[.retryAfter] = String(retryAfter) }
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
  }

  private var policy: String {
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
      + (formTarget.map { " \($0)" } ?? "")
  }

  private var html: String {
    var body = "<h1>\(Self.escape(title))</h1>\n<p>\(Self.escape(text))</p>\n"
    if !lines.isEmpty {
      body += "<ul>\n" + lines.map { "<li>\(Self.escape($0))</li>\n" }.joined() + "</ul>\n"
    }
    if let button {
      let token = formToken.map { "<input type=\"hidden\" name=\"csrf\" value=\"\(Self.escape($0))\">" } ?? ""
      body += """
        <form method="post" action="\(Self.escape(button.path))">\(token)<button type="submit">\(Self.escape(button.label))</button></form>

        """
    }
    if let link { body += "<p><a href=\"\(Self.escape(link.path))\">\(Self.escape(link.label))</a></p>\n" }
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(Self.escape(title))</title>
      </head>
      <body>
      <main>
      \(body)</main>
      </body>
      </html>

      """
  }

  /// By scalar: an escape must not depend on what combines with a character.
  static func escape(_ text: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
      case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
      case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
      case "'": escaped.append(contentsOf: "&#39;".unicodeScalars)
      default: escaped.append(scalar)
      }
    }
    return String(escaped)
  }

  static func wantsPage(_ request: Request) -> Bool {
    request.headers[.accept].map { $0.lowercased().contains("text/html") } ?? false
  }
}
