package import FoundationEssentials
package import Silo

/// A session just opened. Its tokens are shown once.
package struct OpenedSession: Sendable, Hashable {
  package let user: UserID
  package let session: SessionID
  /// `atls_…`, what the caller sends from now on.
  package let token: String
  package let expires: Date
  /// `atld_…`, what the caller keeps and shows at its next login, so that others' failures do not slow it; nil when it has one already.
  package let device: String?
}
