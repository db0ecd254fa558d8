internal import FoundationEssentials
internal import Outbox
package import Silo

/// Takes people over from another system: by an operator's word their addresses are theirs, and their passwords verify in the form they were kept in.
package struct UserImport: Sendable {
  private let environment: ControlEnvironment

  package init(environment: ControlEnvironment) { self.environment = environment }

  /// People of one request.
  package static let most = 200

  /// Somebody as the other system knew them.
  package struct Entry: Sendable, Hashable {
    package let email: String
    package let name: String
    /// The stored hash; nil for somebody who sets a password by mail.
    package let passwordHash: String?

    package init(email: String, name: String, passwordHash: String?) {
      self.email = email
      self.name = name
      self.passwordHash = passwordHash
    }
  }

  /// What became of an entry.
  package enum Outcome: Sendable, Hashable {
    case created(UserID)
    /// The address has an account, which stays as it is.
    case known
    case refused(ControlError)
  }

  private struct Accepted {
    let index: Int
    let email: EmailAddress
    let name: DisplayName
    let hash: String?
  }

  /// Makes an account of each entry that can be one, all in one transaction; importing the same again changes nothing.
  ///
  /// - Returns: what became of each, in the order of `entries`.
  package func run(_ entries: [Entry], by actor: OperatorID) async throws -> [Outcome] {
    var outcomes = [Outcome](repeating: .known, count: entries.count)
    var accepted: [Accepted] = []
    for (index, entry) in entries.enumerated() {
      do { accepted.append(try Self.checked(entry, index)) } catch let error as ControlError {
        outcomes[index] = .refused(error)
      }
    }
    // In one order, so that two imports do not wait for each other's addresses.
    accepted.sort { $0.email.uniquenessKey < $1.email.uniquenessKey }
    let created = try await environment.write { control in
      var created: [Int: UserID] = [:]
      for person in accepted {
        let user: UserID = environment.identifiers.next()
        guard
          try await UserStore.insert(user, name: person.name, email: person.email, phc: person.hash, on: control)
        else { continue }
        try await SignUpStore.end(person.email, on: control)
        try await AuditStore.append(.operator(actor), "account.import", user.description, on: control)
        created[person.index] = user
      }
      return created
    }
    for (index, user) in created { outcomes[index] = .created(user) }
    return outcomes
  }

  private static func checked(_ entry: Entry, _ index: Int) throws -> Accepted {
    guard let name = DisplayName(entry.name) else { throw ControlError(.nameInvalid) }
    guard entry.passwordHash.map({ ForeignPassword($0) != nil }) ?? true else {
      throw ControlError(.passwordHashUnknown, "docs/accounts.md lists the forms that verify, and what they may cost.")
    }
    return Accepted(
      index: index, email: try EmailAddress(accepting: entry.email), name: name, hash: entry.passwordHash)
  }
}
