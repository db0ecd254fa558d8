import SyncProtocol
import Testing

@Suite("tokens for read-your-writes") struct SyncTokenTests {
  private func position(_ stream: Int = 7, epoch: Int32 = 3, transaction: UInt64 = 815) throws -> SyncPosition {
    SyncPosition(stream: try Sample.silo(stream), epoch: epoch, transaction: transaction)
  }

  @Test("a token is read back as it was given out, and its issuer's key vouches for it") func roundTrip() throws {
    let key = try SigningKey(purpose: .stream)
    for position in try [
      position(), position(0, epoch: .max, transaction: .max), position(4095, epoch: 1, transaction: 1),
    ] {
      let token = try SyncToken(position, signedBy: key)
      #expect(token.text.utf8.count == SyncToken.length)
      let read = try #require(SyncToken(token.text))
      #expect(read == token)
      #expect(read.position == position)
      #expect(read.isValid(by: [KnownKey(key: key.verificationKey, purpose: .stream)]))
      #expect(read.isValid(by: [KnownKey(key: key.verificationKey, purpose: .stream, state: .retired)]))
    }
  }

  @Test("another key, a key of another purpose, one that was taken back, and no key vouch for nothing") func otherKeys()
    throws
  {
    let key = try SigningKey(purpose: .stream)
    let token = try SyncToken(position(), signedBy: key)
    let other = try SigningKey(purpose: .stream).verificationKey
    #expect(!token.isValid(by: [KnownKey(key: other, purpose: .stream)]))
    #expect(!token.isValid(by: [KnownKey(key: key.verificationKey, purpose: .agent)]))
    #expect(!token.isValid(by: [KnownKey(key: key.verificationKey, purpose: .stream, state: .revoked)]))
    #expect(!token.isValid(by: []))
  }

  @Test("whatever byte is changed, the token is refused") func altered() throws {
    let key = try SigningKey(purpose: .stream)
    let known = KnownKey(key: key.verificationKey, purpose: .stream)
    let bytes = try #require(Base64.decode(SyncToken(position(), signedBy: key).text))
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1
      let token = SyncToken(Base64.encode(changed))
      #expect(!(token?.isValid(by: [known]) ?? false), "byte \(index)")
    }
  }

  @Test(
    "what is no token is none",
    arguments: ["", "AQ", String(repeating: "A", count: 106), String(repeating: "=", count: 106)])
  func malformed(text: String) {
    #expect(SyncToken(text) == nil)
  }

  @Test("a seal over a batch is no token, and a token is no seal") func separated() throws {
    let key = try SigningKey(purpose: .stream)
    let known = KnownKey(key: key.verificationKey, purpose: .stream)
    let sealed = try SealedBatch(sealing: Sample.batch(), key: key)
    let token = try #require(Base64.decode(SyncToken(position(), signedBy: key).text))
    let forged = try #require(SyncToken(Base64.encode(token.prefix(15) + sealed.envelope.seal)))
    #expect(!forged.isValid(by: [known]))
    #expect(!key.verificationKey.isValid(signature: Array(token.suffix(64)), for: sealed.envelope.sealedBytes))
  }

  @Test(
    "a transaction is reached when the last complete snapshot of its epoch sees it, and in a later epoch when anything is complete"
  )
  func reached() throws {
    let position = try position(epoch: 3, transaction: 815)
    func applied(_ epoch: Int32, _ snapshot: String, startingOver: Bool = false) throws -> SyncPosition.Applied {
      .init(epoch: epoch, complete: try #require(TransactionSnapshot(snapshot)), isStartingOver: startingOver)
    }
    #expect(try position.isReached(on: applied(3, "816:816:")))
    #expect(try position.isReached(on: applied(3, "800:900:810,820")))
    #expect(try !position.isReached(on: applied(3, "815:816:815")))
    #expect(try !position.isReached(on: applied(3, "810:815:")))
    #expect(try !position.isReached(on: applied(3, "816:816:", startingOver: true)))
    #expect(try !position.isReached(on: applied(2, "999:999:")))
    #expect(try position.isReached(on: applied(4, "5:5:")))
    #expect(try !position.isReached(on: applied(4, "1:1:")))
  }
}
