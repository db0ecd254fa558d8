/// One field of a form, with what was entered and what is wrong with it.
package struct FormField: Sendable {
  package enum Kind: Sendable {
    case text, email
    /// A one-time code; `isNumeric`: digits only, so that telephones show digits.
    case code(isNumeric: Bool)
    /// Never shown again. `isNew`: a password that is being chosen.
    case password(isNew: Bool)
    case hidden
    /// Whose password the form asks for: unseen, so that password managers know.
    case account
    /// One of a list.
    case choice([Option])
    /// Any of a list.
    case checks([Option])
  }

  package struct Option: Sendable {
    package let value: String
    package let label: String

    package init(_ value: String, _ label: String) {
      self.value = value
      self.label = label
    }
  }

  package let name: String
  package let label: String
  package let kind: Kind
  package var value: String
  package var chosen: Set<String> = []
  package var hint: String?
  package var error: String?
  package var autocomplete: String?
  package var isRequired = true
  package var isFirst = false

  package init(
    _ name: String, _ label: String, _ kind: Kind = .text, value: String = "", hint: String? = nil,
    autocomplete: String? = nil, isRequired: Bool = true
  ) {
    self.name = name
    self.label = label
    self.kind = kind
    self.value = value
    self.hint = hint
    self.autocomplete = autocomplete
    self.isRequired = isRequired
  }

  /// A value that goes along unseen.
  package static func hidden(_ name: String, _ value: String) -> FormField {
    FormField(name, "", .hidden, value: value)
  }

  /// - Parameter id: unique on the page.
  func context(id: String) -> PageContext {
    var context: PageContext = [
      "id": .text(id), "name": .text(name), "label": .text(label), "value": .text(value), "hint": .optional(hint),
      "error": .optional(error), "isRequired": .flag(isRequired), "isFirst": .flag(isFirst),
      "autocomplete": .optional(autocomplete ?? standardAutocomplete),
    ]
    let describedBy = [hint.map { _ in "\(id)-hint" }, error.map { _ in "\(id)-error" }].compactMap(\.self)
    context["describedBy"] = describedBy.isEmpty ? .none : .text(describedBy.joined(separator: " "))
    switch kind {
    case .hidden: context["isHidden"] = true
    case .account: context["isAccount"] = true
    case .choice(let options):
      context["isChoice"] = true
      context["options"] = .list(options.map { Self.context(of: $0, isChosen: $0.value == value) })
    case .checks(let options):
      context["isChecks"] = true
      context["options"] = .list(
        options.map { option in
          // The engine looks a name up in the option, not in the field around it.
          Self.context(of: option, isChosen: chosen.contains(option.value)).merging(["name": .text(name)])
        })
    case .text, .email, .code, .password:
      context["isInput"] = true
      context["type"] = .text(inputType)
      context["isPlain"] = .flag(inputType != "text" || autocomplete == "off")
      if case .code(isNumeric: true) = kind { context["inputmode"] = "numeric" }
      if case .password = kind { context["value"] = "" }
    }
    return context
  }

  private static func context(of option: Option, isChosen: Bool) -> PageContext {
    ["value": .text(option.value), "label": .text(option.label), "isChosen": .flag(isChosen)]
  }

  private var inputType: String {
    switch kind {
    case .email: "email"
    case .password: "password"
    default: "text"
    }
  }

  private var standardAutocomplete: String? {
    switch kind {
    case .email: "email"
    case .code: "one-time-code"
    case .password(let isNew): isNew ? "new-password" : "current-password"
    default: nil
    }
  }
}
