internal import HTTPTypes
package import Hummingbird
internal import NIOCore
package import SyncProtocol

extension RequestHead {
  /// What signatures may cover, exactly as it came.
  package init(_ request: Request) {
    let target = request.head.path ?? ""
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    self.init(
      method: request.head.method.rawValue, path: String(parts.first ?? ""),
      query: parts.count > 1 ? String(parts[1]) : "",
      fields: MessageFields(request.headers.map { ($0.name.canonicalName, $0.value) }))
  }

  var contentType: String { fields["content-type"].first ?? "" }
}

extension Response {
  init(_ signed: SignedResponse) {
    var headers = HTTPFields()
    for line in signed.fields.lines {
      if let name = HTTPField.Name(line.name) { headers.append(HTTPField(name: name, value: line.value)) }
    }
    self.init(
      status: .init(code: signed.status), headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: signed.body)))
  }
}
