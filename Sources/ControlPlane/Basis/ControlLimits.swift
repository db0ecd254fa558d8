package import Web

internal import FoundationEssentials

/// The bounds of the control plane's work: times in seconds unless said otherwise.
package struct ControlLimits: Sendable, Hashable {
  /// A session ends this long after login.
  package var sessionLifetime: Int64 = 30 * 86_400
  /// A session that nobody uses here for this long opens nothing more here. What regions opened on it goes on by their own limits.
  package var sessionIdle: Int64 = 14 * 86_400
  /// Who logged in this long ago at most is not asked for the password once more before something lasting is made.
  package var freshProof: Int64 = 600
  /// A sign-up whose address was not verified is forgotten after this.
  package var signUpLifetime: Int64 = 86_400
  /// A way to set a new password is good for this long.
  package var resetLifetime: Int64 = 3600
  /// A login waits for its second factor for this long.
  package var halfLoginLifetime: Int64 = 300
  /// A letter that says what has happened is tried for this long.
  package var noticeLifetime: Int64 = 3 * 86_400
  /// A device that was not used for this long is forgotten.
  package var deviceLifetime: Int64 = 180 * 86_400
  /// Refused logins are answered at multiples of this, in milliseconds, so that their time tells nothing; 0 for at once.
  package var answerPace: Int64 = 250
  /// A join token is good for this long.
  package var joinTokenLifetime: Int64 = 3600
  /// The same key may ask again with a used join token for this long.
  package var joinRepeatWindow: Int64 = 600
  /// A slug that was given up stays its owner's for this long.
  package var slugRest: Int64 = 90 * 86_400
  /// Former slugs of one organization that rest at once.
  package var slugAliases: Int64 = 10
  /// An operation that is done is forgotten after this.
  package var operationMemory: Int64 = 90 * 86_400
  /// Changes of the directory are kept for so long: who comes back later reads everything.
  package var directoryMemory: Int64 = 3600
  /// Days for which is known what relies on the default region.
  package var defaultUseDays = 90
  /// Passwords hashed at once, one more than processors, so that none is idle while one of them waits for its turn; each takes 19 MiB for some 30 ms.
  package var passwordWorkers = min(32, ProcessInfo.processInfo.activeProcessorCount + 1)
  /// Password checks that may wait; the next one is answered 503.
  package var passwordQueue = 64
  /// Bytes of a password: more would only make hashing a longer message free work for strangers.
  package var longestPassword = 1024
  /// Characters of a password without a second factor (NIST SP 800-63B-4 §3.1.1.1).
  package var shortestPassword = 15
  /// API tokens that an organization may have at once.
  package var apiTokens = 200
  /// Days that an API token is good for unless asked otherwise, and at most.
  package var apiTokenDays = 90
  package var longestAPITokenDays = 366
  /// Characters of a password beside a second factor.
  package var shortestPasswordOfTwo = 8
  /// Rows of one page of any list.
  package var page = 1000
  /// Organizations that one person may have under creation at once.
  package var openOperations = 20
  /// How much longer than an idle answer is held back an agent may be silent before another agent of its region takes over.
  package var agentSilence: Int64 = 15
  /// What OpenID clients may take.
  package var provider = ProviderLimits()
  /// What agents may take.
  package var sync = SyncLimits()
  /// Waiting for one's own writes.
  package var syncTokens = SyncTokenLimits()

  package init() {}
}
