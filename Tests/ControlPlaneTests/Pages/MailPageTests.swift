import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Silo
import Testing
import Web

@testable import ControlPlane

@Suite struct MailPageTests {
  @Test("development mail is listed and shown with its links, whatever is in it")
  func shown() async throws {
    try await withMail(at: "http://localhost") { client, name in
      try await client.execute(uri: "/dev/mail", method: .get) { response in
        #expect(response.status == .ok)
        #expect(String(buffer: response.body).contains("/dev/mail/\(name)"))
        #expect(String(buffer: response.body).contains("Gr\u{FC}\u{DF}e &#60;b&#62;"))
      }
      try await client.execute(uri: "/dev/mail/\(name)", method: .get) { response in
        let html = String(buffer: response.body)
        #expect(html.contains("<a href=\"http://localhost/reset?token&#61;x\">"))
        #expect(html.contains("&#60;script&#62;"))
      }
      for other in ["nothing", "..%2F..%2Fetc%2Fpasswd", ".\(name)"] {
        try await client.execute(uri: "/dev/mail/\(other)", method: .get) { #expect($0.status == .notFound) }
      }
    }
  }

  @Test(
    "letters are shown neither to another host's page nor through a proxy, and there is no such page outside development"
  )
  func hidden() async throws {
    try await withMail(at: "http://localhost") { client, name in
      for header in ["X-Forwarded-For", "Forwarded", "Via", "X-Forwarded-Host"] {
        var headers = HTTPFields()
        headers[try #require(HTTPField.Name(header))] = "x"
        for path in ["/dev/mail", "/dev/mail/\(name)"] {
          try await client.execute(uri: path, method: .get, headers: headers) { #expect($0.status == .notFound) }
        }
      }
    }
    for site in ["http://127.0.0.1:8400", "http://localhost:8400", "https://localhost"] {
      try await withMail(at: site) { client, name in
        for path in ["/dev/mail", "/dev/mail/\(name)"] {
          try await client.execute(uri: path, method: .get) { #expect($0.status == .notFound) }
        }
      }
    }
  }

  /// A router with the mail pages alone over a folder with one letter.
  private func withMail(
    at site: String, _ body: @Sendable @escaping (any TestClientProtocol, String) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("atoll-mail-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let mails = MailFolder(path: folder, from: try #require(MailSender("Atoll <atoll@example.com>")))
    try await mails.send(
      OutgoingMail(
        id: UUID(), to: try EmailAddress("ada@example.com"), subject: "Gr\u{FC}\u{DF}e <b>",
        text: "Hello <script>alert(1)</script>\n\nhttp://localhost/reset?token=x\n\nBye \u{2713}\n", written: Date()))
    let file = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
    try await withControl { control in
      var environment = control.environment
      environment.site = try #require(ControlSite(site))
      let pages = try Pages(site: environment.site)
      let hasher = try PasswordHasher(workers: 1, queue: 1)
      let context = SiteContext(
        environment: environment, pages: pages, accounts: Accounts(environment: environment, hasher: hasher))
      let router = Router.withProblems()
      MailPages(site: context, folder: folder).add(to: router.group().add(middleware: PageProblems(site: context)))
      try await Application(router: router).test(.router) { try await body($0, String(file.dropLast(4))) }
    }
  }
}
