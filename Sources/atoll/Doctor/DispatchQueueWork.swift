import Dispatch

/// Runs a blocking call where it blocks nobody.
enum DispatchQueueWork {
  static func run(_ work: @escaping @Sendable () -> Void) { DispatchQueue.global().async(execute: work) }
}
