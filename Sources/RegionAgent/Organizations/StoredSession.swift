package import Silo
package import Web

/// A browser's session as the region's database has it, with what it knows of the session at control that it rests on. Times in seconds since 1970.
package struct StoredSession: Sendable, Hashable {
  package var id: BrowserSessionID
  package var user: UserID
  package var controlSession: SessionID
  package var epoch: Int64
  /// Of the last request, to the minute.
  package var seen: Int64
  /// The absolute limit.
  package var expires: Int64
  /// Of the session at control: whether it is here and live, and until when.
  package var isLiveAtControl: Bool
  package var controlExpires: Int64

  /// When it ends unless it is used.
  package var ends: Int64 { min(expires, controlExpires, seen + SessionLimits.idle) }

  /// The person of a session that has not ended.
  /// - Throws: 401
  package func caller(now: Int64) throws(Problem) -> Caller {
    guard isLiveAtControl, now < ends else { throw .unauthenticated }
    return Caller(user: user, organization: nil, epoch: epoch, credential: .session(id))
  }
}

/// How long sessions of browsers last, in seconds.
package enum SessionLimits {
  /// Without any request. The same stands in atoll.session of the database.
  package static let idle: Int64 = 7 * 86_400
  /// After the login, whatever happens; control's own limit holds as well.
  package static let absolute: Int64 = 30 * 86_400
  /// How exactly the last request is remembered.
  package static let precision: Int64 = 60
}
