import Web

/// Whether the files of authorities can be used: a server that is given one that cannot does not start.
struct AuthoritiesDiagnosis {
  let findings: [Finding]

  init(_ settings: Settings) {
    findings = [Setting.tlsAuthorities, .upstreamAuthorities].compactMap { setting in
      guard let file = settings.string(setting) else { return nil }
      do {
        _ = try OutboundTrust(file: file)
        return nil
      } catch {
        return Finding(.authoritiesUnusable, "\(setting.rawValue): \(error)")
      }
    }
  }
}
