import AsyncHTTPClient
import FoundationEssentials
import Synchronization
import SyncProtocol
import Web

/// Who an agent is: its region, its keys, and the epoch of its own log.
struct AgentIdentity: Sendable {
  let name: String
  let silo: SiloNumber
  let agentKey: SigningKey
  let streamKey: SigningKey
  let epoch: Epoch
}

/// A region without a database: the real machines of both directions and real signed HTTP over light storage.
final class LightAgent: Sendable {
  let identity: AgentIdentity
  let replica: MemoryReplica
  private let link: AgentLink
  private let recorder: Recorder
  private let applyPause: Duration
  private let started = ContinuousClock.now
  private let lastPull = Mutex((step: "nothing", since: ContinuousClock.now))

  /// What its pull does now, and for how long: for failures.
  var doing: String {
    lastPull.withLock { "\($0.step) for \(Int((ContinuousClock.now - $0.since) / .milliseconds(1))) ms" }
  }

  private func note(_ step: String) { lastPull.withLock { $0 = (step, .now) } }

  /// - Parameter applyPause: how long each batch takes to apply; a slow region's.
  init(
    identity: AgentIdentity, url: String, manifest: Manifest, recorder: Recorder, http: HTTPClient,
    applyPause: Duration = .zero
  ) {
    self.identity = identity
    self.recorder = recorder
    self.applyPause = applyPause
    link = AgentLink(identity: identity, url: url, manifest: manifest, recorder: recorder, http: http)
    replica = MemoryReplica { image in
      for field in image.fields ?? [] {
        if let value = field.value, let mark = Mark.inside(value) { recorder.applied(mark) }
      }
    }
  }

  /// Pulls and pushes until the task is cancelled.
  func run() async {
    await withTaskGroup { group in
      group.addTask { await self.pull() }
      group.addTask { await self.push() }
    }
  }

  private var now: Int64 { Int64(started.duration(to: .now) / .milliseconds(1)) }

  private func pull() async {
    var machine = ReceiverMachine(
      stream: .control, audience: identity.silo, pace: ReceiverPace(hold: 30_000),
      seed: UInt64.random(in: .min ... .max))
    var effects = machine.handle(.start, now: now)
    while !Task.isCancelled, !effects.isEmpty {
      switch effects.removeFirst() {
      case .storage(let operation):
        if case .apply = operation, applyPause > .zero { await sleep(applyPause) }
        effects += machine.handle(replica.perform(operation), now: now)
      case .exchange(let request, let number, _):
        note("pull \(request.claims.map { "\($0.lane) \($0.cursor?.position.value ?? -1)" }) hold \(request.holdLimit)")
        do {
          effects += machine.handle(.answer(try await link.pull(request), to: number), now: now)
        } catch {
          note("failed \(error)")
          effects += machine.handle(.exchangeFailed(number), now: now)
        }
      case .wait(let milliseconds):
        note("wait of \(milliseconds) ms after \(doing)")
        await sleep(.milliseconds(milliseconds))
        effects += machine.handle(.timer, now: now)
      case .fault(let fault): recorder.fault("pull: \(fault.rawValue)")
      case .refused(let refusal): recorder.fault("cursor: \(refusal.rawValue)")
      case .trouble(let trouble): recorder.fault("storage: \(trouble.rawValue)")
      default: continue
      }
    }
  }

  private func push() async {
    let log = EmptyLog(epoch: identity.epoch)
    var machine = SenderMachine(stream: identity.silo)
    var backOff = BackOff(maximum: 10_000, seed: UInt64.random(in: .min ... .max))
    var asked: (session: String, request: SyncRequest)?
    while !Task.isCancelled {
      do {
        let opening = try await link.opening()
        let current = if let asked, asked.session == opening.session { asked.request } else { opening.request }
        let answer = await answer(current, &machine, log)
        guard let answer, !Task.isCancelled else { return }
        asked = (opening.session, try await link.push(answer))
        backOff.reset()
      } catch {
        await sleep(.milliseconds(max(await link.pause() ?? 0, backOff.next())))
      }
    }
  }

  /// What a region's sender does with one request, held as its machine says.
  private func answer(_ request: SyncRequest, _ machine: inout SenderMachine, _ log: EmptyLog) async -> SyncAnswer? {
    let began = ContinuousClock.now
    var effects = machine.handle(.request(request))
    while !Task.isCancelled, !effects.isEmpty {
      switch effects.removeFirst() {
      case .answer(let answer): return answer
      case .hold(let milliseconds):
        await sleep(.milliseconds(milliseconds))
        effects += machine.handle(.holdExpired, held: Int64(began.duration(to: .now) / .milliseconds(1)))
      case .storage(let operation):
        let microseconds = Int64(Date().timeIntervalSince1970 * 1_000_000)
        effects += machine.handle(log.perform(operation, microseconds: microseconds))
      default: continue
      }
    }
    return nil
  }

  private func sleep(_ duration: Duration) async {
    do { try await Task.sleep(for: duration) } catch { return }
  }
}

/// A word inside a value that tells one change from all others: `mark-N-`.
enum Mark {
  static func next() -> String { "mark-\(UInt64.random(in: 1_000_000 ... .max))-" }

  static func inside(_ value: String) -> String? {
    guard let range = value.firstRange(of: "mark-") else { return nil }
    let digits = value[range.upperBound...].prefix { $0.isNumber }
    return digits.isEmpty ? nil : "mark-\(digits)-"
  }
}
