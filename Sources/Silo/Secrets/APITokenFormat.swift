/// The text of API tokens: `atl_org_<region>_<random><checksum>`. The region's name routes a request without a look-up; the checksum finds
/// typing errors without a database. Only ``TokenFormat/digest(of:)`` is ever stored.
public enum APITokenFormat {
  /// What every API token of an organization begins with.
  public static let prefix = "atl_org_"

  /// A new token for an organization of `region`, from the given 32 random bytes; by default from the system's generator.
  public static func mint(for region: RegionName, random: [UInt8]? = nil) -> String {
    let body =
      prefix + region.text + "_" + TokenFormat.base62(random ?? TokenFormat.random(), length: TokenFormat.bodyLength)
    return body + TokenFormat.checksum(body)
  }

  /// The region that a well-formed token names; nil for every other text. Says nothing about the token's validity.
  public static func region(of text: String) -> RegionName? {
    guard text.utf8.count <= longest, text.hasPrefix(prefix),
      let separator = text.lastIndex(of: "_"), separator >= text.index(text.startIndex, offsetBy: prefix.count)
    else { return nil }
    let tail = text[text.index(after: separator)...].utf8
    guard tail.count == TokenFormat.bodyLength + TokenFormat.checksumLength,
      tail.allSatisfy(TokenFormat.alphabet.contains)
    else { return nil }
    let body = String(text.dropLast(TokenFormat.checksumLength))
    guard TokenFormat.checksum(body) == text.suffix(TokenFormat.checksumLength) else { return nil }
    do { return try RegionName(String(text[..<separator].dropFirst(prefix.count))) } catch { return nil }
  }

  private static let longest = prefix.count + 63 + 1 + TokenFormat.bodyLength + TokenFormat.checksumLength
}
