package import Silo

/// How a caller proved who they are.
package enum Credential: Sendable, Hashable {
  case accessToken
  case apiToken(APITokenID, scopes: [APITokenScope])
  case session(BrowserSessionID)

  /// The word for it in what the application is told.
  package var name: String {
    switch self {
    case .accessToken: "access_token"
    case .apiToken: "api_token"
    case .session: "session"
    }
  }
}

extension RegionSubject {
  package enum BrowserSession {}
}

package typealias BrowserSessionID = Identifier<RegionSubject.BrowserSession>
