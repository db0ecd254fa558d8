internal import HTTPTypes
internal import Hummingbird
internal import Web

extension SiteContext {
  /// A section of the settings.
  ///
  /// - Parameters:
  ///   - opened: a session that takes the place of the one that asked; the answer sets its cookie and binds its forms to it.
  ///   - refused: a form that was refused, in the place of the one with its id.
  ///   - cards: made with the token that forms carry.
  func settings(
    _ request: Request, _ visitor: Visitor, _ section: SettingsSection, title: String? = nil, lead: String? = nil,
    opened: OpenedSession? = nil, status: HTTPResponse.Status = .ok, _ cards: (_ csrf: String) -> [PageContext]
  ) throws -> Response {
    var (frame, csrf) = frame(request, visitor, place: .settings)
    if status != .ok { frame.notice = nil }
    if let opened {
      csrf = sessions.formGuard(forSession: opened.token).csrf
      frame = PageFrame(email: visitor.profile.email, csrf: csrf, place: .settings)
      frame.cookies = cookies(of: opened)
    }
    let sections = SettingsSection.allCases.map { each -> PageContext in
      ["label": .text(each.label), "target": .text(each.path), "isCurrent": .flag(each == section)]
    }
    return try pages.response(
      .settings, title: title ?? section.label,
      ["lead": .optional(lead), "sections": .list(sections), "cards": .list(cards(csrf))], frame: frame, status: status)
  }

  /// A section again, with a form that was refused in it; throws the error on when no entry can mend it.
  func refused(
    _ error: any Error, _ form: Form, _ entered: FormBody, show: (Form, HTTPResponse.Status) async throws -> Response
  ) async throws -> Response {
    guard let refusal = FormRefusal(error) else { throw error }
    var response = try await show(refusal.form(form, entered), refusal.status)
    if let retryAfter = refusal.retryAfter { response.headers[.retryAfter] = String(retryAfter) }
    return response
  }

  /// The `Set-Cookie` values for a session just opened.
  func cookies(of opened: OpenedSession) -> [String] {
    sessions.opening(opened.token) + (opened.device.map { [sessions.remembering($0)] } ?? [])
  }
}

extension PageContext {
  /// A card of the settings.
  static func card(_ title: String? = nil, _ lines: [PageContext] = []) -> PageContext {
    ["title": .optional(title), "lines": .list(lines)]
  }

  /// The card with a form; `refused` takes its place when it has the same id.
  func with(_ form: Form, csrf: String, refused: Form? = nil) -> PageContext {
    let shown = refused.map { $0.id == form.id ? $0 : form } ?? form
    return merging(["form": .context(shown.context(csrf: csrf, takesFocus: false))])
  }

  func with(rows: [PageContext]) -> PageContext { merging(["rows": .list(rows)]) }

  /// The card with a secret that is shown once.
  func with(secret: String, label: String) -> PageContext {
    merging(["secret": .text(secret), "secretLabel": .text(label)])
  }

  func with(codes: [String], label: String) -> PageContext {
    merging(["codes": .list(codes.map { ["text": .text($0)] }), "codesLabel": .text(label)])
  }

  func with(link: PageContext) -> PageContext { merging(["link": .context(link)]) }
}
