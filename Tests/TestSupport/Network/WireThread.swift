import NIOCore
import NIOPosix

/// One thread that carries everything that passes the proxies of a test process: whatever keeps the other threads busy, the wires go on.
final class WireThread: TaskExecutor {
  static let shared = WireThread()

  let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loops.any().execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
