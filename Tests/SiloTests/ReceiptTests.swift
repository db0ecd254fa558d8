import FoundationEssentials
import Silo
import SyncProtocol
import Testing

@Suite struct ReceiptTests {
  private static let region = RegionNumber(7)
  private let signer: SigningKey
  private let fields: [(name: String, value: String?)] = [
    ("organization_id", "o"), ("user_id", "u"), ("role", "owner"), ("source", "creator"), ("invitation_id", nil),
    ("state", "live"),
  ]

  init() throws { signer = try SigningKey(purpose: .stream) }

  private func receipt(_ change: (inout [RowImage.Field]) -> Void = { _ in }, key: String = "g") throws
    -> ReceiptDocument
  {
    let region = try #require(Self.region)
    let text = try ReceiptSeal.text(ReplicatedModels.grant, key: "g", region: region, by: signer) { name in
      fields.first { $0.name == name }?.value
    }
    var all = fields.map { RowImage.Field(name: $0.name, value: $0.value) }
    all.append(RowImage.Field(name: "receipt", value: text))
    change(&all)
    return ReceiptDocument(
      kind: ReplicatedModels.grant.kind, key: try #require(RowKey(key)), fields: all)
  }

  private func isValid(_ receipt: ReceiptDocument, region: Int = 7, state: KnownKey.State = .active) throws -> Bool {
    let known = KnownKey(key: signer.verificationKey, purpose: .stream, state: state)
    return ReceiptSeal.isValid(
      receipt, of: ReplicatedModels.grant, region: try #require(RegionNumber(region)),
      known: { $0 == signer.keyid ? known : nil })
  }

  @Test("a receipt is good as it was given, by a retired key too")
  func good() throws {
    #expect(try isValid(try receipt()))
    #expect(try isValid(try receipt(), state: .retired))
    #expect(try receipt() == receipt(), "the same row has the same seal: digests and redelivery rely on it")
  }

  @Test("another region, key, value, missing field, unknown or revoked key: no")
  func bad() throws {
    #expect(try !isValid(try receipt(), region: 8))
    #expect(try !isValid(try receipt(), state: .revoked))
    #expect(try !isValid(try receipt(key: "h")))
    #expect(try !isValid(try receipt { $0[2] = RowImage.Field(name: "role", value: "admin") }))
    #expect(try !isValid(try receipt { $0[4] = RowImage.Field(name: "invitation_id", value: "") }), "empty is not NULL")
    #expect(try !isValid(try receipt { $0.remove(at: 1) }))
    #expect(try !isValid(try receipt { $0.removeLast() }))
    #expect(try !isValid(try receipt { $0[6] = RowImage.Field(name: "receipt", value: "x.y.z") }))
  }

  @Test("an active person of epoch 0 has no receipt, any other does, for whatever region")
  func people() throws {
    let region = try #require(Self.region)
    func text(_ status: String, _ epoch: String) throws -> String? {
      try ReceiptSeal.text(ReplicatedModels.userStatus, key: "u", region: region, by: signer) {
        $0 == "status" ? status : $0 == "epoch" ? epoch : nil
      }
    }
    #expect(try text("active", "0") == nil)
    #expect(try text("active", "1") != nil)
    #expect(try text("suspended", "0") != nil)
    #expect(try ReceiptSeal.text(ReplicatedModels.user, key: "u", region: region, by: signer) { _ in nil } == nil)
  }

  @Test("epochs join by maximum, whoever says them; deletion is for ever")
  func status() {
    let old = StatusMerge(status: .suspended, epoch: 1)
    let new = StatusMerge(status: .active, epoch: 2)
    #expect(old.joined(with: new) == new && new.joined(with: old) == new)
    let strict = StatusMerge(status: .suspended, epoch: 2)
    #expect(new.joined(with: strict) == strict && strict.joined(with: new) == strict)
    let deleted = StatusMerge(status: .deleted, epoch: 1)
    #expect(deleted.joined(with: new) == StatusMerge(status: .deleted, epoch: 2))
  }
}
