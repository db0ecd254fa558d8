package import Web

/// A form of a page: its fields, what was entered, what is wrong.
package struct Form: Sendable {
  /// Unique among the forms of a page; begins the ids of its fields.
  package let id: String
  package let action: String
  package var fields: [FormField]
  package let submit: String
  /// Whether it destroys something.
  package let isDanger: Bool
  /// Where to go instead.
  package let cancel: String?
  /// What is wrong with the whole.
  package private(set) var errors: [String] = []

  package init(
    id: String = "form", action: String, submit: String, isDanger: Bool = false, cancel: String? = nil,
    _ fields: [FormField] = []
  ) {
    self.id = id
    self.action = action
    self.submit = submit
    self.isDanger = isDanger
    self.cancel = cancel
    self.fields = fields
  }

  private func id(of field: FormField) -> String { "\(id)-\(field.name)" }

  /// Whether anything is wrong.
  package var isWrong: Bool { !errors.isEmpty || fields.contains { $0.error != nil } }

  /// The form with what was entered, passwords and codes left out.
  package func filled(_ entered: FormBody) -> Form {
    var form = self
    for index in form.fields.indices {
      switch form.fields[index].kind {
      case .password, .code, .hidden, .account: continue
      case .checks: form.fields[index].chosen = Set(entered.all(form.fields[index].name))
      default: form.fields[index].value = entered[form.fields[index].name] ?? ""
      }
    }
    return form
  }

  /// The form with an error at a field, or above all when there is no such field.
  package func wrong(_ error: String, at name: String? = nil) -> Form {
    var form = self
    if let index = form.fields.firstIndex(where: { $0.name == name }) {
      form.fields[index].error = error
    } else {
      form.errors.append(error)
    }
    return form
  }

  /// - Parameters:
  ///   - csrf: the token that the form carries.
  ///   - takesFocus: whether the first field to fill in gets the focus; at most one form of a page.
  package func context(csrf: String, takesFocus: Bool = true) -> PageContext {
    var shown = fields
    // The summary takes the focus when something is wrong; otherwise the first thing to fill in does.
    let isFillable = { (field: FormField) in
      switch field.kind {
      case .hidden, .account: false
      default: field.value.isEmpty
      }
    }
    if takesFocus, !isWrong, let first = shown.firstIndex(where: isFillable) { shown[first].isFirst = true }
    let summary: [PageContext] =
      errors.map { ["text": .text($0)] }
      + fields.compactMap { field in
        field.error.map { ["text": .text($0), "target": .text(id(of: field))] }
      }
    return [
      "id": .text(id), "action": .text(action), "csrf": .text(csrf), "submit": .text(submit),
      "isDanger": .flag(isDanger), "cancel": .optional(cancel), "isWrong": .flag(isWrong),
      "summaryTitle": summary.count == 1 ? "There is a problem" : "There are \(summary.count) problems",
      "summary": .list(summary), "fields": .list(shown.map { $0.context(id: id(of: $0)) }),
    ]
  }
}
