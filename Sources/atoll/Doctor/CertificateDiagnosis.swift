import FoundationEssentials
import Web

/// What is wrong with the certificate that a server presents.
struct CertificateDiagnosis {
  /// Days before the end from which it is said: whoever renews automatically has done so by then.
  static let days: Int64 = 21

  let findings: [Finding]

  /// - Parameter hosts: URLs that callers use.
  init(_ settings: Settings, hosts: [String?], now: Int64 = Int64(Date().timeIntervalSince1970)) {
    do {
      guard let files = try settings.certificateFiles() else {
        findings = []
        return
      }
      findings = Self.examine(files, hosts: hosts.compactMap { $0 }, now: now)
    } catch let failure as CommandFailure {
      findings = [Finding(.settingInvalid, failure.message)]
    } catch {
      findings = [Finding(.settingInvalid, "\(error)")]
    }
  }

  static func examine(_ files: CertificateFiles, hosts: [String], now: Int64) -> [Finding] {
    let certificate: ServerCertificate
    do { certificate = try ServerCertificate(files) } catch {
      switch error.code {
      case .unreadable: return [Finding(.certificateUnusable, "\(error)")]
      case .mismatch: return [Finding(.certificateKeyMismatch, "\(error)")]
      case .keyOpen: return [Finding(.secretFileOpen, "\(error)")]
      }
    }
    var found: [Finding] = []
    let left = certificate.validTo - now
    if left <= 0 {
      found.append(Finding(.certificateExpired, "\(files.certificate) expired \(-left / 86_400) days ago"))
    } else if certificate.validFrom > now {
      found.append(Finding(.certificateExpired, "\(files.certificate) is not valid yet; see the clock"))
    } else if left < days * 86_400 {
      found.append(Finding(.certificateExpiring, "\(files.certificate) expires in \(left / 86_400) days"))
    }
    for host in hosts.compactMap(ControlReach.host) where !certificate.covers(host) {
      found.append(Finding(.certificateNameMissing, "\(files.certificate) is not for \(host)"))
    }
    return found
  }
}
