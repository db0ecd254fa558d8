import Glibc

/// The account that servers run under when this process is root, which PostgreSQL refuses.
struct UnprivilegedUser: Sendable {
  let userID: uid_t
  let groupID: gid_t

  /// `postgres` or else `nobody`; nil when this process is not root and can start servers itself.
  static func required() -> UnprivilegedUser? {
    guard geteuid() == 0 else { return nil }
    for name in ["postgres", "nobody"] {
      if let entry = unsafe getpwnam(name) {
        return unsafe UnprivilegedUser(userID: entry.pointee.pw_uid, groupID: entry.pointee.pw_gid)
      }
    }
    return UnprivilegedUser(userID: 65_534, groupID: 65_534)
  }

  /// Words before a command line that run it as `user` and end it with the thread that started it.
  ///
  /// The parent's death is answered with SIGINT, PostgreSQL's fast shutdown.
  static func prefix(for user: UnprivilegedUser?, endingWithParent: Bool) -> [String] {
    var words = ["/usr/bin/setpriv"]
    if let user { words += ["--reuid=\(user.userID)", "--regid=\(user.groupID)", "--clear-groups"] }
    if endingWithParent { words += ["--pdeathsig=INT"] }
    return words.count == 1 ? [] : words + ["--"]
  }
}
