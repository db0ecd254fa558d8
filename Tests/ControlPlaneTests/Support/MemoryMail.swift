import ControlPlane
import Silo
import Synchronization

/// Keeps what is sent, or fails as it is told to.
final class MemoryMail: MailTransport {
  private struct State {
    var sent: [OutgoingMail] = []
    var failure: MailFailure?
  }

  private let state = Mutex(State())

  var sent: [OutgoingMail] { state.withLock { $0.sent } }

  /// Fails every letter with this from now on; nil for none.
  func fail(with failure: MailFailure?) { state.withLock { $0.failure = failure } }

  func send(_ mail: OutgoingMail) async throws {
    try state.withLock { state in
      if let failure = state.failure { throw failure }
      state.sent.append(mail)
    }
  }

  /// The letters to an address, oldest first.
  func letters(to email: String) -> [OutgoingMail] { sent.filter { $0.to.text == email } }

  /// The token of a kind in the newest letter to an address that has one.
  func token(_ format: TokenFormat, to email: String) -> String? {
    let words = letters(to: email).reversed().flatMap { letter in
      letter.text.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" }).map(String.init)
    }
    return words.first { format.recognizes($0) }
  }
}
