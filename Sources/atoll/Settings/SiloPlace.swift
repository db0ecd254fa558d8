import ControlPlane
import Logging
import Silo
import Web

/// Which silo this process may be. `ATOLL_SILO_MODE` is fixed when a machine is set up; a command of another mode refuses to start there.
enum SiloPlace {
  /// - Throws: ``CommandFailure`` when the settings say another mode.
  static func require(_ mode: SiloMode, _ settings: Settings) throws {
    let given = try settings.choice(.siloMode, default: mode)
    guard given == mode else {
      throw CommandFailure(
        .configuration, "this machine is set up as \(given.rawValue), and the command serves \(mode.rawValue)",
        advice: "unset \(Setting.siloMode.variable) or run the command of \(given.rawValue)")
    }
  }

  /// The region that the settings name, if any.
  static func region(_ settings: Settings) throws -> RegionName? {
    guard let text = settings.string(.region) else { return nil }
    do { return try RegionName(text) } catch { throw settings.invalid(.region, "a region's name, a DNS label") }
  }

  /// The origin that browsers and OpenID clients know a control plane by: `control.url`, else the address it listens on.
  static func site(
    _ settings: Settings, _ address: ListenAddress, isSecure: Bool, logger: Logger
  ) throws -> ControlSite {
    if let text = settings.string(.controlURL) {
      guard let site = ControlSite(text) else {
        throw settings.invalid(.controlURL, "https://HOST[:PORT] without a path, or http on a loopback address,")
      }
      return site
    }
    if let site = ControlSite("\(isSecure ? "https" : "http")://\(address)") { return site }
    logger.warning("control.url is not set: pages, mails and OpenID answer for this machine only")
    return ControlSite.local
  }

  /// Where `/metrics` is served: beside `served` on loopback, where the settings say, or nowhere (`off`).
  static func metricsAddress(_ settings: Settings, beside served: ListenAddress) throws -> ListenAddress? {
    if settings.string(.metricsAddress) == "off" { return nil }
    let port = served.port == 0 ? 0 : served.port > 64_535 ? served.port - 1000 : served.port + 1000
    return try address(settings, .metricsAddress, default: "127.0.0.1:\(port)")
  }

  /// Where proxies ask a region about requests; nil for nowhere. Never where a client could ask: it is told who a request is from.
  static func verifyAddress(_ settings: Settings) throws -> WebServer.Address? {
    guard let text = settings.string(.verifyListen) else { return nil }
    if text.hasPrefix("unix:/"), text.utf8.count < 108 { return WebServer.Address(socket: String(text.dropFirst(5))) }
    guard let address = ListenAddress(text), address.isLoopback else {
      throw settings.invalid(.verifyListen, "unix:/PATH, or HOST:PORT on loopback")
    }
    return WebServer.Address(host: address.host, port: address.port)
  }

  /// Where to listen. In development only this machine may connect.
  static func address(_ settings: Settings, _ setting: Setting = .listen, default standard: String) throws
    -> ListenAddress
  {
    guard let address = ListenAddress(settings.string(setting) ?? standard) else {
      throw settings.invalid(setting, "HOST:PORT")
    }
    guard try address.isLoopback || !settings.bool(.development) else {
      throw CommandFailure(
        .configuration, "a development server listens on loopback only, not on \(address)",
        advice: "use 127.0.0.1, or init without \(Setting.development.flag)")
    }
    return address
  }
}
