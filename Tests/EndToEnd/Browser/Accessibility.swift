import Foundation
import Testing

/// What every page owes to keyboards, screen readers and eyes, asked of the browser itself.
enum Accessibility {
  /// A region's page of few words: no navigation to skip, no sheet, the browser's own colours.
  static func checkPlain(_ browser: Browser, _ page: String) async throws {
    try await names(browser, page)
    try await structure(browser, page, isPlain: true)
  }

  static func check(_ browser: Browser, _ page: String) async throws {
    try await names(browser, page)
    try await structure(browser, page)
    for scheme in ["light", "dark"] {
      try await browser.prefers(scheme)
      let poor = try await browser.run(contrastScript)
      #expect(poor == "", "\(page), \(scheme): contrast below AA: \(poor)")
    }
    try await browser.prefers("light")
  }

  /// In the accessibility tree everything that can be used has a name.
  private static func names(_ browser: Browser, _ page: String) async throws {
    let tree = try await browser.chromium("Accessibility.getFullAXTree", [:])
    let nodes = tree["nodes"] as? [[String: Any]] ?? []
    #expect(nodes.count > 3, "\(page) has an accessibility tree")
    let roles = ["textbox", "button", "link", "combobox", "checkbox", "form", "image", "navigation"]
    func text(_ value: Any?) -> String { ((value as? [String: Any])?["value"] as? String) ?? "" }
    for node in nodes where node["ignored"] as? Bool != true && roles.contains(text(node["role"])) {
      if text(node["role"]) == "form" { continue }
      #expect(!text(node["name"]).isEmpty, "\(page): a \(text(node["role"])) has no name")
    }
  }

  private static func structure(_ browser: Browser, _ page: String, isPlain: Bool = false) async throws {
    let found = try await browser.run(
      """
      const plain = \(isPlain);
      const q = s => document.querySelectorAll(s).length;
      const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
      const problems = [];
      if (document.documentElement.lang !== 'en') problems.push('no language');
      if (q('main') !== 1) problems.push('main: ' + q('main'));
      if (q('h1') !== 1) problems.push('h1: ' + q('h1'));
      if (!plain && (q('header') !== 1 || q('footer') !== 1)) problems.push('landmarks');
      if (!document.title) problems.push('no title');
      if (new Set(ids).size !== ids.length) problems.push('an id twice');
      if (q('script, style, [style]') !== 0) problems.push('inline script or style');
      if (q('[autofocus]') > 1) problems.push('several autofocus');
      for (const e of document.querySelectorAll('[aria-describedby], [aria-labelledby]'))
        for (const a of ['aria-describedby', 'aria-labelledby'])
          for (const id of (e.getAttribute(a) || '').split(' ').filter(Boolean))
            if (!document.getElementById(id)) problems.push(a + ' to nothing: ' + id);
      for (const e of document.querySelectorAll('input:not([type=hidden]):not([hidden]), select'))
        if (!e.labels || e.labels.length === 0) problems.push('no label: ' + e.name);
      const skip = document.querySelector('a.skip');
      if (plain && !document.querySelector('meta[name=color-scheme][content="light dark"]')) problems.push('light only');
      if (!plain && (!skip || !document.querySelector(skip.getAttribute('href')))) problems.push('no skip link');
      if (document.documentElement.scrollWidth > window.innerWidth) problems.push('wider than the window');
      return problems.join('; ');
      """)
    #expect(found == "", "\(page): \(found)")
  }

  /// Every text that is seen against the first opaque ground behind it: 4.5, or 3 for large text (WCAG 2.2, 1.4.3).
  private static let contrastScript = """
    const parse = c => { const m = c.match(/[\\d.]+/g).map(Number); return [m[0], m[1], m[2], m.length > 3 ? m[3] : 1]; };
    const lum = c => { const f = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
      return 0.2126 * f(c[0]) + 0.7152 * f(c[1]) + 0.0722 * f(c[2]); };
    const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
      if (c[3] === 1) return c; } return [255, 255, 255, 1]; };
    const poor = [];
    for (const e of document.body.querySelectorAll('*')) {
      const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
      if (e.hidden || !own && !(e.tagName === 'INPUT' && e.type !== 'hidden')) continue;
      const style = getComputedStyle(e);
      if (style.visibility === 'hidden' || style.clipPath !== 'none' || !e.getClientRects().length) continue;
      const a = lum(parse(style.color)), b = lum(ground(e));
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && +style.fontWeight >= 700);
      if (ratio < (large ? 3 : 4.5)) poor.push(e.tagName + ' ' + e.className + ' ' + ratio.toFixed(2) + ' ' + e.textContent.trim().slice(0, 30));
    }
    return poor.join('; ');
    """
}
