package import HTTPTypes
package import Hummingbird
internal import Mustache
internal import NIOCore

/// Renders the pages of the control plane. They need no script: everything is HTML, forms and one stylesheet.
package struct Pages: Sendable {
  private let library: MustacheLibrary
  private let site: ControlSite

  /// - Throws: ``PageError`` when a template does not parse or is missing.
  package init(site: ControlSite) throws {
    self.site = site
    var library = MustacheLibrary()
    for (name, text) in PageFiles.templates {
      do { try library.register(text, named: name) } catch { throw PageError(name, "\(error)") }
    }
    for template in PageTemplate.allCases where library.getTemplate(named: template.rawValue) == nil {
      throw PageError(template.rawValue, "is not in pages/")
    }
    self.library = library
  }

  /// The answer that shows a page.
  ///
  /// - Parameters:
  ///   - title: What the tab says; the heading too, unless the context has another.
  ///   - formTargets: Origins to which the answer of a form on this page may lead, besides our own.
  ///   - refresh: A path of our own that the browser goes on to at once, as a navigation of its own.
  package func response(
    _ template: PageTemplate, title: String, _ context: PageContext = [:], frame: PageFrame = PageFrame(),
    status: HTTPResponse.Status = .ok, formTargets: [String] = [], refresh: String? = nil
  ) throws -> Response {
    var headers = PageHeaders.fields(formTargets: formTargets)
    for cookie in frame.cookies { headers.append(HTTPField(name: .setCookie, value: cookie)) }
    let html = try text(template, title: title, context, frame: frame, refresh: refresh, isFailed: status.code >= 400)
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
  }

  /// The page as text.
  func text(
    _ template: PageTemplate, title: String, _ context: PageContext = [:], frame: PageFrame = PageFrame(),
    refresh: String? = nil, isFailed: Bool = false
  ) throws -> String {
    let base: PageContext = [
      "title": .text(title), "heading": .text(title), "stylesheet": .text(PageAssets.stylesheet.path),
      "icon": .text(PageAssets.icon.path), "development": .flag(site.isDevelopment), "refresh": .optional(refresh),
      "failed": .flag(isFailed), "width": template.isNarrow ? "narrow" : "wide",
    ]
    let values = try base.merging(frame.context).merging(context).rendered()
    guard let html = library.render(values, withTemplate: template.rawValue) else {
      throw PageError(template.rawValue, "is not in pages/")
    }
    return html
  }
}

/// A template that cannot be shown: a mistake of the program, found at its start.
package struct PageError: Error, Sendable, CustomStringConvertible {
  package let template: String
  package let reason: String

  init(_ template: String, _ reason: String) {
    self.template = template
    self.reason = reason
  }

  package var description: String { "page \(template): \(reason)" }
}
