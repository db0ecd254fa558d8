/// A manifest with the signatures of roots: one line of JSON with the signatures, a line feed, and the bytes that are signed.
public struct SignedManifest: Sendable, Hashable {
  public static let contentType = "application/vnd.atoll.manifest"

  public struct Signature: Sendable, Hashable {
    /// The root's thumbprint.
    public let keyid: String
    public let signature: [UInt8]
  }

  /// One by a current root; when a root is replaced, the new one's too.
  public let signatures: [Signature]
  /// The document that is signed, not yet believed.
  public let content: [UInt8]

  /// Signs `manifest` with one or more roots.
  public init(_ manifest: Manifest, roots: [SigningKey]) throws {
    content = manifest.body
    let bytes = Self.signedBytes(content)
    var signatures: [Signature] = []
    for root in roots {
      guard root.purpose == .root || root.purpose == .recovery else {
        throw ManifestFailure(.signature, "not a root key")
      }
      signatures.append(Signature(keyid: root.keyid, signature: try root.signature(for: bytes)))
    }
    self.signatures = signatures
  }

  /// Parses the bytes of a file or of ``SyncPath/manifest``; verifies nothing.
  public init(bytes: [UInt8]) throws(ManifestFailure) {
    guard bytes.count <= WireLimits.maximumManifestBytes, let end = bytes.firstIndex(of: 0x0A) else {
      throw ManifestFailure(.malformed, "too large, or no line feed after the signatures")
    }
    do throws(JSONError) {
      let reader = JSONReader(try JSONParser.parse(Array(bytes[..<end])))
      signatures = try reader.field("signatures").elements(maximum: 4) { (element) throws(JSONError) in
        Signature(keyid: try element.field("keyid").keyid(), signature: try element.field("signature").signature())
      }
    } catch {
      throw ManifestFailure(.malformed, error.description)
    }
    content = Array(bytes[(end + 1)...])
  }

  /// The form in which it is served and kept.
  public var bytes: [UInt8] {
    let list = signatures.map { signature -> JSONValue in
      ["keyid": .string(signature.keyid), "signature": .string(Base64.encode(signature.signature))]
    }
    return JSONWriter.write(["signatures": .array(list)]) + [0x0A] + content
  }

  /// Checks that a trusted root signed, then the document, then the rules.
  ///
  /// - Parameters:
  ///   - trust: What the caller trusts so far.
  ///   - allowsDevelopment: Whether a `development` manifest is acceptable.
  ///   - now: Seconds since 1970.
  public func verify(trust: ManifestTrust, allowsDevelopment: Bool, now: Int64) throws(ManifestFailure) -> Manifest {
    let manifest: Manifest
    do throws(JSONError) {
      manifest = try Manifest(body: content)
    } catch {
      throw ManifestFailure(.malformed, error.description)
    }
    guard trust.roots(of: manifest).contains(where: isSigned) else {
      throw ManifestFailure(.signature, "no trusted root signed this manifest; compare the pin")
    }
    if case .previous(let previous) = trust {
      guard manifest.version > previous.version || manifest == previous else {
        throw ManifestFailure(.version, "version \(manifest.version) after \(previous.version)")
      }
      if manifest == previous { return manifest }
      // A new root must show that somebody holds its private half.
      for root in [manifest.primaryRoot, manifest.recoveryRoot]
      where root != previous.primaryRoot && root != previous.recoveryRoot && !isSigned(by: root) {
        throw ManifestFailure(.signature, "a new root did not sign")
      }
    }
    guard !manifest.isExpired(at: now) else { throw ManifestFailure(.expired, "the manifest expired") }
    guard allowsDevelopment || !manifest.development else {
      throw ManifestFailure(.development, "a development manifest; agents accept it with --development only")
    }
    return manifest
  }

  private func isSigned(by root: VerificationKey) -> Bool {
    let bytes = Self.signedBytes(content)
    return signatures.contains { $0.keyid == root.thumbprint && root.isValid(signature: $0.signature, for: bytes) }
  }

  private static func signedBytes(_ content: [UInt8]) -> [UInt8] {
    var fields = LengthPrefixed(context: "atoll-manifest-v1")
    fields.append(content)
    return fields.bytes
  }
}
