import Glibc

/// The process's limit of open files. Every connection is one: two for each agent, one for each person.
enum OpenFiles {
  /// As many as ``WebLimits`` takes connections, and room for the database and files.
  static let wanted: rlim_t = 20_000

  /// Raises the soft limit as far as the hard one allows; returns what is in force now.
  @discardableResult
  static func raise() -> rlim_t {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &limit) == 0 else { return 0 }
    guard limit.rlim_cur < wanted else { return limit.rlim_cur }
    let before = limit.rlim_cur
    limit.rlim_cur = min(wanted, limit.rlim_max)
    return setrlimit(resource, &limit) == 0 ? limit.rlim_cur : before
  }
}
