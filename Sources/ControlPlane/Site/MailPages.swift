internal import Dispatch
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Web

/// `/dev/mail`: the mails of a development control plane, so that nobody needs a mail server to try it. There is no such route elsewhere.
struct MailPages: Sendable {
  let site: SiteContext
  let folder: String

  /// The newest so many are listed.
  private static let shown = 100

  func add(to router: RouterGroup<WebContext>) {
    guard site.environment.site.isDevelopment else { return }
    router.get("/dev/mail") { request, _ in try await list(request) }
    router.get("/dev/mail/{name}") { request, context in
      try await show(request, name: context.parameters.get("name") ?? "")
    }
  }

  /// Letters hold tokens. They are shown to a browser that asks this very address and not through a proxy: a name that was made to point at
  /// loopback is somebody else's page, and a proxy means that this is no development.
  private func requireDirect(_ request: Request) throws {
    let authority = site.environment.site.url.dropFirst("http://".count)
    let isForwarded = Self.proxyHeaders.contains { name in
      HTTPField.Name(name).map { request.headers.contains($0) } ?? false
    }
    guard request.head.authority?.lowercased() == String(authority), !isForwarded else { throw Problem.noSuchRoute }
  }

  private static let proxyHeaders = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Via"]

  private func list(_ request: Request) async throws -> Response {
    try requireDirect(request)
    let visitor = try await site.visitor(request)
    let mails = await DevelopmentMail.all(in: folder, limit: Self.shown)
    return try site.pages.response(
      .mails, title: "Development mail",
      [
        "isEmpty": .flag(mails.isEmpty),
        "mails": .list(
          mails.map { mail in
            [
              "target": .text("/dev/mail/\(mail.name)"), "subject": .text(mail.subject), "to": .text(mail.to),
              "date": .text(mail.date),
            ]
          }),
      ], frame: site.frame(request, visitor).frame)
  }

  private func show(_ request: Request, name: String) async throws -> Response {
    try requireDirect(request)
    guard let mail = await DevelopmentMail.read(name, in: folder) else { throw Problem.notFound("The mail") }
    let visitor = try await site.visitor(request)
    return try site.pages.response(
      .mail, title: mail.subject,
      ["to": .text(mail.to), "date": .text(mail.date), "parts": .list(parts(mail.text))],
      frame: site.frame(request, visitor).frame)
  }

  /// Text, with addresses of our own as links.
  private func parts(_ text: String) -> [PageContext] {
    let words = text.split(omittingEmptySubsequences: false) { $0 == " " || $0 == "\n" }
    var parts: [PageContext] = []
    var plain = ""
    for word in words {
      if word.hasPrefix(site.environment.site.url + "/") {
        parts += [["text": .text(plain)], ["text": .text(String(word)), "isLink": true]]
        plain = ""
      } else {
        plain += word
      }
      if word.endIndex < text.endIndex { plain.append(text[word.endIndex]) }
    }
    return parts + [["text": .text(plain)]]
  }
}
