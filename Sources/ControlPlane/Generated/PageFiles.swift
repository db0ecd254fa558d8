// Made by scripts/generate-pages.py from pages/. Change those files, then run it again.

/// Templates, stylesheet and icon of the pages, as text.
enum PageFiles {
  static let templates: [String: String] = [
    "consent": ##"""
      {{<layout}}
      {{$main}}
      <section class="card">
      <h1>{{heading}}</h1>
      <p><strong dir="auto">{{client}}</strong> asks for access to your account <strong dir="auto">{{account}}</strong>.</p>
      <h2 class="small-title">It will be able to</h2>
      <ul class="scopes">
      {{#scopes}}
      <li>{{.text}}</li>
      {{/scopes}}
      </ul>
      <form class="form" method="post" action="{{action}}">
      <input type="hidden" name="csrf" value="{{csrf}}">
      {{#fields}}
      <input type="hidden" name="{{.name}}" value="{{.value}}">
      {{/fields}}
      <div class="actions">
      <button class="button" type="submit" name="decision" value="allow">Allow</button>
      <button class="button quiet" type="submit" name="decision" value="deny">Deny</button>
      </div>
      </form>
      <p class="hint">You go on to <code>{{destination}}</code> either way.</p>
      </section>
      {{/main}}
      {{/layout}}

      """##,
    "entry": ##"""
      {{<layout}}
      {{$main}}
      <section class="card">
      <h1>{{heading}}</h1>
      {{#has_lead}}
      <p class="lead">{{lead}}</p>
      {{/has_lead}}
      {{#points}}
      <p>{{.text}}{{#.has_strong}} <strong dir="auto">{{.strong}}</strong>{{/.has_strong}}{{#.has_after}}{{.after}}{{/.has_after}}</p>
      {{/points}}
      {{>form}}
      {{#ways}}
      <p class="way">{{.text}} <a href="{{.target}}">{{.label}}</a></p>
      {{/ways}}
      </section>
      {{/main}}
      {{/layout}}

      """##,
    "field": ##"""
      {{#.isAccount}}
      <input type="email" name="{{.name}}" value="{{.value}}" autocomplete="username" readonly hidden>
      {{/.isAccount}}
      {{#.isHidden}}
      <input type="hidden" name="{{.name}}" value="{{.value}}">
      {{/.isHidden}}
      {{#.isInput}}
      <div class="field{{#.has_error}} wrong{{/.has_error}}">
      <label for="{{.id}}">{{.label}}</label>
      {{#.has_hint}}
      <p class="hint" id="{{.id}}-hint">{{.hint}}</p>
      {{/.has_hint}}
      {{#.has_error}}
      <p class="error" id="{{.id}}-error"><span class="unseen">Error: </span>{{.error}}</p>
      {{/.has_error}}
      <input id="{{.id}}" name="{{.name}}" type="{{.type}}" value="{{.value}}"{{#.has_autocomplete}} autocomplete="{{.autocomplete}}"{{/.has_autocomplete}}{{#.has_inputmode}} inputmode="{{.inputmode}}"{{/.has_inputmode}}{{#.has_describedBy}} aria-describedby="{{.describedBy}}"{{/.has_describedBy}}{{#.has_error}} aria-invalid="true"{{/.has_error}}{{#.isRequired}} required{{/.isRequired}}{{#.isPlain}} autocapitalize="none" spellcheck="false"{{/.isPlain}}{{#.isFirst}} autofocus{{/.isFirst}} dir="auto">
      </div>
      {{/.isInput}}
      {{#.isChoice}}
      <div class="field{{#.has_error}} wrong{{/.has_error}}">
      <label for="{{.id}}">{{.label}}</label>
      {{#.has_hint}}
      <p class="hint" id="{{.id}}-hint">{{.hint}}</p>
      {{/.has_hint}}
      {{#.has_error}}
      <p class="error" id="{{.id}}-error"><span class="unseen">Error: </span>{{.error}}</p>
      {{/.has_error}}
      <select id="{{.id}}" name="{{.name}}"{{#.has_describedBy}} aria-describedby="{{.describedBy}}"{{/.has_describedBy}}{{#.has_error}} aria-invalid="true"{{/.has_error}}{{#.isRequired}} required{{/.isRequired}}>
      {{#.options}}
      <option value="{{.value}}"{{#.isChosen}} selected{{/.isChosen}}>{{.label}}</option>
      {{/.options}}
      </select>
      </div>
      {{/.isChoice}}
      {{#.isChecks}}
      <fieldset class="field checks{{#.has_error}} wrong{{/.has_error}}"{{#.has_describedBy}} aria-describedby="{{.describedBy}}"{{/.has_describedBy}} id="{{.id}}">
      <legend>{{.label}}</legend>
      {{#.has_hint}}
      <p class="hint" id="{{.id}}-hint">{{.hint}}</p>
      {{/.has_hint}}
      {{#.has_error}}
      <p class="error" id="{{.id}}-error"><span class="unseen">Error: </span>{{.error}}</p>
      {{/.has_error}}
      {{#.options}}
      <label class="check"><input type="checkbox" name="{{.name}}" value="{{.value}}"{{#.isChosen}} checked{{/.isChosen}}> <span>{{.label}}</span></label>
      {{/.options}}
      </fieldset>
      {{/.isChecks}}

      """##,
    "form": ##"""
      {{#.form}}
      {{#.isWrong}}
      <div class="summary" role="alert" tabindex="-1" autofocus aria-labelledby="{{.id}}-summary">
      <h2 id="{{.id}}-summary">{{.summaryTitle}}</h2>
      <ul>
      {{#.summary}}
      <li>{{#.has_target}}<a href="#{{.target}}">{{.text}}</a>{{/.has_target}}{{^.has_target}}{{.text}}{{/.has_target}}</li>
      {{/.summary}}
      </ul>
      </div>
      {{/.isWrong}}
      <form class="form" method="post" action="{{.action}}" novalidate>
      <input type="hidden" name="csrf" value="{{.csrf}}">
      {{#.fields}}
      {{>field}}
      {{/.fields}}
      <div class="actions">
      <button class="button{{#.isDanger}} danger{{/.isDanger}}" type="submit">{{.submit}}</button>
      {{#.has_cancel}}
      <a class="button quiet" href="{{.cancel}}">Cancel</a>
      {{/.has_cancel}}
      </div>
      </form>
      {{/.form}}

      """##,
    "layout": ##"""
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <title>{{#failed}}Error: {{/failed}}{{title}} – Atoll</title>
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="robots" content="noindex">
      {{#has_refresh}}
      <meta http-equiv="refresh" content="0;url={{refresh}}">
      {{/has_refresh}}
      <link rel="stylesheet" href="{{stylesheet}}">
      <link rel="icon" href="{{icon}}" type="image/svg+xml">
      </head>
      <body>
      <a class="skip" href="#main">Skip to content</a>
      <header class="bar">
      <div class="bar-inner">
      <a class="brand" href="/">{{>mark}}<span>Atoll</span></a>
      {{#person}}
      <nav class="bar-nav" aria-label="Main">
      <a href="/organizations"{{#atOrganizations}} aria-current="page"{{/atOrganizations}}>Organizations</a>
      <a href="/settings"{{#atSettings}} aria-current="page"{{/atSettings}}>Settings</a>
      </nav>
      <form class="bar-out" method="post" action="/logout">
      <input type="hidden" name="csrf" value="{{csrf}}">
      <span class="bar-person" dir="auto">{{.email}}</span>
      <button class="button quiet" type="submit">Log out</button>
      </form>
      {{/person}}
      </div>
      </header>
      <main id="main" tabindex="-1" class="{{width}}">
      {{#has_notice}}
      <div class="notice" role="status">{{notice}}</div>
      {{/has_notice}}
      {{$main}}{{/main}}
      </main>
      <footer class="foot">
      <p>One account for every region.{{#development}} <a href="/dev/mail">Development mail</a>{{/development}}</p>
      </footer>
      </body>
      </html>

      """##,
    "mail": ##"""
      {{<layout}}
      {{$main}}
      <p class="trail"><a href="/dev/mail">All mail</a></p>
      <section class="card">
      <h1>{{heading}}</h1>
      <p class="lead">To <strong dir="auto">{{to}}</strong> · {{date}}</p>
      <div class="mail" dir="auto">{{#parts}}{{#.isLink}}<a href="{{.text}}">{{.text}}</a>{{/.isLink}}{{^.isLink}}{{.text}}{{/.isLink}}{{/parts}}</div>
      </section>
      {{/main}}
      {{/layout}}

      """##,
    "mails": ##"""
      {{<layout}}
      {{$main}}
      <div class="head"><h1>Development mail</h1></div>
      {{#isEmpty}}
      <section class="card empty"><h2>No mail yet</h2><p>What this control plane sends lands here instead of with people.</p></section>
      {{/isEmpty}}
      {{#has_mails}}
      <ul class="rows">
      {{#mails}}
      <li class="row"><div class="row-text"><p class="row-title"><a href="{{.target}}" dir="auto">{{.subject}}</a></p><p class="row-more"><span dir="auto">{{.to}}</span> · {{.date}}</p></div></li>
      {{/mails}}
      </ul>
      {{/has_mails}}
      {{/main}}
      {{/layout}}

      """##,
    "mark": ##"""
      <svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false"><path d="M12 2.5a9.5 9.5 0 1 0 9.1 6.8" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round"/><circle cx="18.6" cy="4.6" r="1.9" fill="currentColor"/><circle cx="12" cy="12" r="3" fill="currentColor"/></svg>

      """##,
    "message": ##"""
      {{<layout}}
      {{$main}}
      <section class="card">
      <h1>{{heading}}</h1>
      {{#lines}}
      <p>{{.text}}{{#.has_strong}} <strong dir="auto">{{.strong}}</strong>{{/.has_strong}}{{#.has_after}}{{.after}}{{/.has_after}}</p>
      {{/lines}}
      {{#action}}
      <p class="actions"><a class="button" href="{{.target}}">{{.label}}</a></p>
      {{/action}}
      {{#has_reference}}
      <p class="reference">Reference <code>{{reference}}</code></p>
      {{/has_reference}}
      </section>
      {{/main}}
      {{/layout}}

      """##,
    "organizations": ##"""
      {{<layout}}
      {{$main}}
      <div class="head">
      <h1>Organizations</h1>
      {{#canCreate}}
      <a class="button" href="/organizations/new">New organization</a>
      {{/canCreate}}
      </div>
      {{#isEmpty}}
      <section class="card empty">
      <h2>You belong to no organization yet</h2>
      <p>Create one in the region where its data shall live, or open the link of an invitation.</p>
      </section>
      {{/isEmpty}}
      {{#regions}}
      <section class="group" aria-labelledby="region-{{.name}}">
      <h2 class="group-title" id="region-{{.name}}">Region <span dir="auto">{{.name}}</span></h2>
      <ul class="rows">
      {{#.organizations}}
      <li class="row">
      <span class="badge" aria-hidden="true">{{.initial}}</span>
      <div class="row-text">
      <p class="row-title">{{#.has_open}}<a href="{{.open}}" dir="auto">{{.name}}</a>{{/.has_open}}{{^.has_open}}<span dir="auto">{{.name}}</span>{{/.has_open}}</p>
      <p class="row-more"><code>{{.slug}}</code> · {{.role}}{{#.has_state}} · <span class="tag">{{.state}}</span>{{/.has_state}}{{#.has_rename}} · <a href="{{.rename}}">Change<span class="unseen"> the short name of {{.name}}</span></a>{{/.has_rename}}</p>
      </div>
      {{#.has_open}}
      <a class="button quiet" href="{{.open}}">Open<span class="unseen"> {{.name}}</span></a>
      {{/.has_open}}
      </li>
      {{/.organizations}}
      </ul>
      </section>
      {{/regions}}
      {{/main}}
      {{/layout}}

      """##,
    "settings": ##"""
      {{<layout}}
      {{$main}}
      <div class="settings">
      <nav class="side" aria-label="Settings">
      {{#sections}}
      <a href="{{.target}}"{{#.isCurrent}} aria-current="page"{{/.isCurrent}}>{{.label}}</a>
      {{/sections}}
      </nav>
      <div class="panes">
      <h1>{{heading}}</h1>
      {{#has_lead}}
      <p>{{lead}}</p>
      {{/has_lead}}
      {{#cards}}
      <section class="card"{{#.has_id}} id="{{.id}}"{{/.has_id}}>
      {{#.has_title}}
      <h2>{{.title}}</h2>
      {{/.has_title}}
      {{#.lines}}
      <p>{{.text}}{{#.has_strong}} <strong dir="auto">{{.strong}}</strong>{{/.has_strong}}{{#.has_after}}{{.after}}{{/.has_after}}</p>
      {{/.lines}}
      {{#.qr}}
      <div class="qr"><svg viewBox="0 0 {{.size}} {{.size}}" role="img" aria-label="{{.label}}" shape-rendering="crispEdges"><path d="M0 0h{{.size}}v{{.size}}H0z" fill="#fff"/><path d="{{.path}}" fill="#000"/></svg></div>
      {{/.qr}}
      {{#.has_secret}}
      <p id="secret-label">{{.secretLabel}}</p>
      <code class="secret code" tabindex="0" aria-labelledby="secret-label">{{.secret}}</code>
      {{/.has_secret}}
      {{#.has_codes}}
      <ul class="codes" aria-label="{{.codesLabel}}">
      {{#.codes}}
      <li><code>{{.text}}</code></li>
      {{/.codes}}
      </ul>
      {{/.has_codes}}
      {{#.has_rows}}
      <ul class="list">
      {{#.rows}}
      <li class="item">
      <div class="row-text">
      <p class="row-title">{{#.has_target}}<a href="{{.target}}" dir="auto">{{.title}}</a>{{/.has_target}}{{^.has_target}}<span dir="auto">{{.title}}</span>{{/.has_target}}{{#.has_tag}} <span class="tag">{{.tag}}</span>{{/.has_tag}}</p>
      {{#.lines}}
      <p class="row-more">{{.text}}</p>
      {{/.lines}}
      </div>
      {{#.action}}
      <form method="post" action="{{.target}}">
      <input type="hidden" name="csrf" value="{{csrf}}">
      <button class="button quiet small" type="submit">{{.label}}<span class="unseen"> {{.what}}</span></button>
      </form>
      {{/.action}}
      </li>
      {{/.rows}}
      </ul>
      {{/.has_rows}}
      {{>form}}
      {{#.link}}
      <p class="actions"><a class="button{{#.isQuiet}} quiet{{/.isQuiet}}" href="{{.target}}">{{.label}}</a></p>
      {{/.link}}
      </section>
      {{/cards}}
      </div>
      </div>
      {{/main}}
      {{/layout}}

      """##,
  ]

  static let stylesheet = ##"""
    /* Atoll's pages: one sheet, light and dark, no scripts beside it. Contrast is AA in both schemes. */
    :root {
      color-scheme: light dark;
      --ground: #f4f7f7;
      --card: #ffffff;
      --text: #16222a;
      --soft: #53656d;
      --line: #dbe3e5;
      --edge: #75878e;
      --accent: #0b6b74;
      --accent-strong: #08545b;
      --on-accent: #ffffff;
      --tint: #e4f1f2;
      --danger: #b3261e;
      --danger-strong: #8c1d17;
      --on-danger: #ffffff;
      --danger-tint: #fdeeed;
      --focus: #0b6b74;
      --shadow: 0 1px 2px rgb(15 35 40 / 6%), 0 8px 24px rgb(15 35 40 / 6%);
    }

    @media (prefers-color-scheme: dark) {
      :root {
        --ground: #0e1518;
        --card: #162024;
        --text: #e7eef0;
        --soft: #a3b4ba;
        --line: #2a383d;
        --edge: #71858d;
        --accent: #67cdd5;
        --accent-strong: #8fdde3;
        --on-accent: #06282c;
        --tint: #17343a;
        --danger: #ff9a92;
        --danger-strong: #ffb8b2;
        --on-danger: #3d0804;
        --danger-tint: #3a1c1a;
        --focus: #8fdde3;
        --shadow: 0 1px 2px rgb(0 0 0 / 40%);
      }
    }

    *, *::before, *::after { box-sizing: border-box; }

    html { font-size: 100%; -webkit-text-size-adjust: 100%; }

    body {
      margin: 0;
      min-height: 100vh;
      display: flex;
      flex-direction: column;
      background: var(--ground);
      color: var(--text);
      font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", sans-serif;
    }

    h1, h2, h3, p, ul, ol, dl, dd, fieldset, legend { margin: 0; padding: 0; }
    h1 { font-size: 1.6rem; line-height: 1.25; font-weight: 650; letter-spacing: -0.012em; overflow-wrap: anywhere; }
    h2 { font-size: 1.1rem; line-height: 1.35; font-weight: 650; overflow-wrap: anywhere; }
    p { overflow-wrap: anywhere; }
    a { color: var(--accent); text-underline-offset: 0.18em; }
    a:hover { color: var(--accent-strong); }
    code, .code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: 0.92em; }
    :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 4px; }
    main:focus { outline: none; }

    .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    .skip { position: absolute; left: 1rem; top: -4rem; padding: 0.6rem 1rem; background: var(--card); color: var(--text); border-radius: 0 0 8px 8px; z-index: 1; }
    .skip:focus { top: 0; }

    .bar { background: var(--card); border-bottom: 1px solid var(--line); }
    .bar-inner { max-width: 62rem; margin: 0 auto; padding: 0.7rem 1.25rem; display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1.75rem; }
    .brand { display: inline-flex; align-items: center; gap: 0.55rem; color: var(--text); font-weight: 700; font-size: 1.1rem; letter-spacing: -0.01em; text-decoration: none; }
    .brand:hover { color: var(--text); }
    .mark { color: var(--accent); }
    .bar-nav { display: flex; gap: 0.25rem; }
    .bar-nav a { padding: 0.35rem 0.7rem; border-radius: 8px; color: var(--soft); text-decoration: none; font-weight: 550; }
    .bar-nav a:hover { color: var(--text); background: var(--ground); }
    .bar-nav a[aria-current] { color: var(--text); background: var(--tint); }
    .bar-out { margin-left: auto; display: flex; align-items: center; gap: 0.9rem; min-width: 0; }
    .bar-person { color: var(--soft); font-size: 0.92rem; max-width: 16rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }

    main { flex: 1; width: 100%; margin: 0 auto; padding: 2.25rem 1.25rem 3rem; }
    main.narrow { max-width: 30.5rem; }
    main.narrow { padding-top: max(2.25rem, 8vh); }
    main.wide { max-width: 62rem; }
    .foot { padding: 1.25rem; text-align: center; color: var(--soft); font-size: 0.88rem; }

    .card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1.75rem; box-shadow: var(--shadow); }
    .card > * + * { margin-top: 1rem; }
    .card > h1 + .lead { margin-top: 0.5rem; }
    .lead { color: var(--soft); }
    .way { color: var(--soft); font-size: 0.95rem; }
    .way + .way { margin-top: 0.4rem; }
    .card > .form + .way { margin-top: 1.4rem; padding-top: 1.2rem; border-top: 1px solid var(--line); }
    .reference { color: var(--soft); font-size: 0.85rem; }

    .form > * + * { margin-top: 1.15rem; }
    .field label, .field legend { display: block; font-weight: 600; }
    .hint { color: var(--soft); font-size: 0.92rem; }
    .field .error { color: var(--danger); font-weight: 600; font-size: 0.95rem; }
    .field input:not([type="checkbox"]), .field select {
      display: block;
      width: 100%;
      margin-top: 0.35rem;
      padding: 0.6rem 0.75rem;
      min-height: 2.9rem;
      font: inherit;
      color: var(--text);
      background: var(--card);
      border: 1px solid var(--edge);
      border-radius: 9px;
    }
    .field input:focus-visible, .field select:focus-visible { outline: 3px solid var(--focus); outline-offset: 1px; border-radius: 9px; }
    .field input[inputmode="numeric"] { font-variant-numeric: tabular-nums; letter-spacing: 0.12em; max-width: 14rem; }
    .field.wrong input, .field.wrong select { border-color: var(--danger); border-width: 2px; }
    .checks { border: 0; min-width: 0; }
    .check { display: flex !important; gap: 0.6rem; align-items: flex-start; margin-top: 0.5rem; font-weight: 400 !important; }
    .check input { width: 1.15rem; height: 1.15rem; margin: 0.2rem 0 0; accent-color: var(--accent); flex: none; }
    .actions { display: flex; flex-wrap: wrap; gap: 0.7rem; align-items: center; }

    .button {
      display: inline-flex;
      align-items: center;
      justify-content: center;
      min-height: 2.75rem;
      padding: 0.5rem 1.15rem;
      font: inherit;
      font-weight: 600;
      line-height: 1.25;
      color: var(--on-accent);
      background: var(--accent);
      border: 1px solid transparent;
      border-radius: 9px;
      text-decoration: none;
      cursor: pointer;
    }
    .button:hover { background: var(--accent-strong); color: var(--on-accent); }
    .button:focus-visible { border-radius: 9px; }
    .button.quiet { color: var(--text); background: transparent; border-color: var(--edge); }
    .button.quiet:hover { background: var(--ground); color: var(--text); }
    .button.danger { background: var(--danger); color: var(--on-danger); }
    .button.danger:hover { background: var(--danger-strong); color: var(--on-danger); }
    .button.small, .bar-out .button { min-height: 2.25rem; padding: 0.3rem 0.85rem; font-size: 0.94rem; }
    main.narrow .form > .actions > .button:only-child { width: 100%; }

    .notice { margin-bottom: 1.25rem; padding: 0.85rem 1.1rem; background: var(--tint); border: 1px solid var(--accent); border-radius: 10px; }
    .summary { padding: 1rem 1.15rem; background: var(--danger-tint); border: 1px solid var(--danger); border-left-width: 5px; border-radius: 10px; }
    .summary h2 { font-size: 1.02rem; }
    .summary ul { margin-top: 0.35rem; padding-left: 1.2rem; }
    .summary li::marker { color: var(--danger); }
    .summary a { color: var(--danger); font-weight: 600; }
    .summary a:hover { color: var(--danger-strong); }

    .head { display: flex; flex-wrap: wrap; gap: 0.75rem 1rem; align-items: center; justify-content: space-between; margin-bottom: 1.5rem; }
    .group + .group { margin-top: 1.75rem; }
    .group-title { margin-bottom: 0.6rem; color: var(--soft); font-size: 0.92rem; font-weight: 600; }
    .small-title { font-size: 1rem; }
    .rows { list-style: none; background: var(--card); border: 1px solid var(--line); border-radius: 14px; box-shadow: var(--shadow); }
    .row { display: flex; flex-wrap: wrap; align-items: center; gap: 0.6rem 1rem; padding: 0.95rem 1.15rem; }
    .row + .row { border-top: 1px solid var(--line); }
    .row-text { flex: 1 1 14rem; min-width: 0; }
    .row-title { font-weight: 600; }
    .row-more { color: var(--soft); font-size: 0.92rem; }
    .row .button { min-height: 2.4rem; padding: 0.35rem 0.95rem; }
    .badge { display: inline-grid; place-items: center; width: 2.5rem; height: 2.5rem; border-radius: 10px; background: var(--tint); color: var(--accent-strong); font-weight: 700; flex: none; overflow: hidden; }
    .tag { display: inline-block; padding: 0 0.5rem; border: 1px solid var(--edge); border-radius: 99px; font-size: 0.84rem; }
    .empty { text-align: center; padding: 2.5rem 1.75rem; color: var(--soft); }
    .empty h2 { color: var(--text); }
    .scopes { padding-left: 1.2rem; }
    .scopes li + li { margin-top: 0.3rem; }

    .settings { display: grid; grid-template-columns: 13rem minmax(0, 1fr); gap: 1.5rem 2.5rem; align-items: start; }
    .side { display: flex; flex-direction: column; gap: 0.15rem; }
    .side a { padding: 0.5rem 0.8rem; border-radius: 9px; color: var(--soft); text-decoration: none; font-weight: 550; }
    .side a:hover { background: var(--card); color: var(--text); }
    .side a[aria-current] { background: var(--tint); color: var(--text); }
    .panes > * + * { margin-top: 1.5rem; }
    .panes > h1 + p { margin-top: 0.4rem; color: var(--soft); }
    .card .form { max-width: 27rem; }
    main.narrow .card .form { max-width: none; }
    .facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.5rem 1.5rem; }
    .facts dt { color: var(--soft); }
    .facts dd { overflow-wrap: anywhere; }
    .qr { display: inline-block; padding: 0.9rem; background: #ffffff; border: 1px solid var(--line); border-radius: 12px; line-height: 0; }
    .qr svg { width: 12.5rem; height: 12.5rem; }
    .secret { display: block; padding: 0.8rem 1rem; background: var(--ground); border: 1px solid var(--line); border-radius: 10px; overflow-wrap: anywhere; user-select: all; }
    .codes { list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 0.45rem 1rem; padding: 0.9rem 1.1rem; background: var(--ground); border: 1px solid var(--line); border-radius: 10px; }
    .mail { white-space: pre-wrap; overflow-wrap: anywhere; }
    .trail { margin-bottom: 1rem; }

    @media (max-width: 44rem) {
      .settings { grid-template-columns: minmax(0, 1fr); }
      .side { flex-direction: row; flex-wrap: wrap; }
      .card { padding: 1.25rem; }
      main { padding-top: 1.5rem; }
      .bar-out { margin-left: 0; width: 100%; justify-content: space-between; }
      .facts { grid-template-columns: minmax(0, 1fr); gap: 0.1rem; }
      .facts dd { margin-bottom: 0.6rem; }
    }

    @media (prefers-reduced-motion: no-preference) {
      .button, .bar-nav a, .side a { transition: background-color 120ms ease, color 120ms ease; }
    }

    @media (forced-colors: active) {
      .button, .card, .rows { border: 1px solid ButtonText; }
    }

    .list { list-style: none; margin: 0 -0.25rem; }
    .item { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; padding: 0.9rem 0.25rem; }
    .item + .item { border-top: 1px solid var(--line); }
    .item:first-child { padding-top: 0; }
    .item:last-child { padding-bottom: 0; }

    """##
  static let stylesheetHash = "3c374dd88d51097f"

  static let icon = ##"""
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M12 2.5a9.5 9.5 0 1 0 9.1 6.8" fill="none" stroke="#0f7d86" stroke-width="3" stroke-linecap="round"/><circle cx="18.6" cy="4.6" r="1.9" fill="#0f7d86"/><circle cx="12" cy="12" r="3" fill="#0f7d86"/></svg>

    """##
  static let iconHash = "bdc29a9f2aef2375"
}
