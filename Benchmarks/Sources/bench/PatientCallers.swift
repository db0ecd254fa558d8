import Foundation

/// Callers who ask for one path over a connection each and behave as clients do: after a 503 they wait as long as it says.
final class PatientCallers: @unchecked Sendable {
  /// What each answer was: how often the gateway let a caller wait in vain, and how often it said so at once.
  struct Answers: Sendable {
    var timedOut = 0
    var refused = 0
  }

  private let lock = NSLock()
  private let group = DispatchGroup()
  private var isStopped = false
  private var connections: [HTTPConnection] = []
  private var answers = Answers()

  init(port: Int, path: String, count: Int) {
    let request = HTTPConnection.request("GET", path)
    for _ in 0..<count {
      group.enter()
      Thread.detachNewThread { [self] in
        while !stopped { rest(ask(port, request)) }
        group.leave()
      }
    }
  }

  /// Ends them all, and says what they were told.
  func stop() -> Answers {
    let open = lock.withLock {
      isStopped = true
      return connections
    }
    for connection in open { connection.interrupt() }
    group.wait()
    return lock.withLock { answers }
  }

  private var stopped: Bool { lock.withLock { isStopped } }

  /// Asks until the connection ends. Returns the seconds to wait then.
  private func ask(_ port: Int, _ request: [UInt8]) -> Double {
    do {
      let connection = try HTTPConnection(port: port)
      let isLate = lock.withLock {
        connections.append(connection)
        return isStopped
      }
      defer { lock.withLock { connections.removeAll { $0 === connection } } }
      while !isLate, !stopped {
        let answer = try connection.exchange(request)
        lock.withLock {
          if answer.status == 503 { answers.refused += 1 } else { answers.timedOut += 1 }
        }
        if answer.status == 503 { rest(Double(answer.retryAfter ?? 1)) }
      }
      return 0
    } catch {
      return 1
    }
  }

  private func rest(_ seconds: Double) {
    let end = ContinuousClock.now + .seconds(seconds)
    while !stopped, ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.05) }
  }
}
