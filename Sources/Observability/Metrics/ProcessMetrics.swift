internal import Glibc

/// What Linux says of this process, under the names that every Prometheus client uses.
package enum ProcessMetrics {
  /// Sets the `process_` metrics. What `/proc` does not say is left out.
  package static func collect(into registry: MetricsRegistry) {
    let pages = Double(sysconf(Int32(_SC_PAGESIZE)))
    let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
    if let fields = statFields(), fields.count > 21, ticks > 0 {
      // After the command's name: state is field 3 of proc(5), so index 11 is utime, 12 stime, 19 starttime, 20 vsize, 21 rss.
      if let user = Double(fields[11]), let system = Double(fields[12]) {
        registry.setTotal(
          "process_cpu_seconds_total", help: "Total user and system CPU time spent in seconds.", (user + system) / ticks
        )
      }
      if let virtual = Double(fields[20]) {
        registry.set("process_virtual_memory_bytes", help: "Virtual memory size in bytes.", virtual)
      }
      if let resident = Double(fields[21]) {
        registry.set("process_resident_memory_bytes", help: "Resident memory size in bytes.", resident * pages)
      }
      if let started = Double(fields[19]), let booted = bootTime() {
        registry.set(
          "process_start_time_seconds", help: "Start time of the process since unix epoch in seconds.",
          booted + started / ticks)
      }
    }
    if let open = openDescriptors() {
      registry.set("process_open_fds", help: "Number of open file descriptors.", Double(open))
    }
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
      registry.set("process_max_fds", help: "Maximum number of open file descriptors.", Double(limit.rlim_cur))
    }
  }

  /// The fields of `/proc/self/stat` after the parenthesized name, which may itself hold blanks.
  private static func statFields() -> [Substring]? {
    guard let text = read("/proc/self/stat"), let end = text.lastIndex(of: ")") else { return nil }
    return text[text.index(after: end)...].split(separator: " ")
  }

  private static func bootTime() -> Double? {
    read("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
  }

  private static func openDescriptors() -> Int? {
    guard let directory = opendir("/proc/self/fd") else { return nil }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    // Without `.`, `..` and the directory's own.
    return max(0, count - 3)
  }

  /// At most 64 KiB: what is looked for stands at the beginning, and `/proc/stat` may be long.
  private static func read(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 8192)
    while bytes.count < 65_536 {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
