import ControlPlane
import Web

extension Settings {
  /// Where control's mail goes and from whom it comes. In development a folder in the data directory, unless something else is set.
  /// - Throws: ``CommandFailure`` when a value is not understood.
  func mail(directory: String) throws -> MailSettings {
    let standard = try bool(.development) ? "folder:\(directory)/mail" : "none"
    let place = try secret(.mail) ?? standard
    // Without a setting there is no server to refuse it: folders take anything.
    guard let sender = MailSender(string(.mailFrom) ?? "Atoll <atoll@localhost.localdomain>") else {
      throw invalid(.mailFrom, "an address, or Name <address>,")
    }
    if place == "none" { return .none }
    if place.hasPrefix("smtp") {
      guard let server = SMTPServer(place) else {
        throw invalid(.mail, "smtp://[user:password@]host[:port][?tls=required|none][&ca=FILE] or smtps://…")
      }
      do { return MailSettings(transport: try SMTPTransport(server: server, from: sender)) } catch {
        throw CommandFailure(.configuration, "mail: the authorities cannot be read", advice: "mend the file of ca=")
      }
    }
    guard place.hasPrefix("folder:/") else { throw invalid(.mail, "smtp://…, smtps://…, folder:/path or none") }
    let folder = String(place.dropFirst("folder:".count))
    return MailSettings(transport: MailFolder(path: folder, from: sender), folder: folder)
  }

  /// - Throws: ``CommandFailure`` when the list is not understood.
  func trustedProxyList() throws -> TrustedProxies {
    guard let text = string(.trustedProxies) else { return .none }
    guard let proxies = TrustedProxies(text) else {
      throw invalid(.trustedProxies, "addresses and networks such as 10.0.0.0/8 with commas between")
    }
    return proxies
  }
}
