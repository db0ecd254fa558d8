import Foundation

/// The process's limit of open files: two connections an agent on this side.
package enum OpenFiles {
  package struct TooFew: Error, CustomStringConvertible {
    package let description: String
  }

  /// - Throws: ``TooFew`` when the system does not allow so many.
  package static func raise(to count: Int) throws {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    guard limit.rlim_cur < rlim_t(count) else { return }
    limit.rlim_cur = min(rlim_t(count), limit.rlim_max)
    guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur >= rlim_t(count) else {
      throw TooFew(description: "\(count) open files are needed; raise `ulimit -n` (hard limit \(limit.rlim_max))")
    }
  }
}
