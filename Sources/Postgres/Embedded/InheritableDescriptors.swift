internal import FoundationEssentials

/// Every descriptor that this process may have besides the standard ones. A child that inherits a socket keeps the connection open after its owner
/// closed it, so whoever starts one closes these in it.
package enum InheritableDescriptors {
  package static var current: Range<Int32> {
    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    // Some more, for those that other threads open at this moment; closing one that is not there does nothing.
    return 3..<(open.compactMap { Int32($0) }.max() ?? 255) + 64
  }
}
