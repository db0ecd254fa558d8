#!/usr/bin/env python3
"""Writes pages/ (templates, stylesheet, icon) into Swift source, so that the one binary carries them.

    scripts/generate-pages.py           write Sources/ControlPlane/Generated/PageFiles.swift
    scripts/generate-pages.py --check   write nothing; exit 1 when the generated file differs

Templates are named name.mustache. Refused are scripts, style attributes and event handlers, which the pages' policy would block anyway, and
unescaped values ({{{ or {{&).
"""
import hashlib
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "Sources" / "ControlPlane" / "Generated" / "PageFiles.swift"
NAME = re.compile(r"^[a-z][a-z-]*\.mustache$")
REFUSED = [
    (re.compile(r"<script", re.I), "a script"),
    (re.compile(r"<style|\sstyle=", re.I), "an inline style"),
    (re.compile(r"\son[a-z]+=", re.I), "an event handler"),
    (re.compile(r"\{\{\{|\{\{&"), "an unescaped value"),
    (re.compile(r"javascript:", re.I), "a script in an address"),
    (re.compile(r"\{\{[#^]\.?(text|label|value|error|hint|notice|target|lead)\}\}"), "a section about text (use has_…)"),
]


def fail(message):
    print(f"generate-pages: {message}", file=sys.stderr)
    sys.exit(1)


def read(path):
    text = path.read_bytes().decode("utf-8")
    place = path.relative_to(ROOT)
    if '"""##' in text:
        fail(f'{place}: contains """## which ends a Swift string')
    if "\0" in text or "\r" in text:
        fail(f"{place}: contains NUL or CR")
    if not text.endswith("\n") or text.endswith("\n\n"):
        fail(f"{place}: must end with exactly one line feed")
    if path.suffix == ".mustache":
        for pattern, what in REFUSED:
            if pattern.search(text):
                fail(f"{place}: contains {what}")
    return text


def literal(text, indent):
    body = "\n".join(f"{indent}{line}" if line else "" for line in text.rstrip("\n").split("\n"))
    return f'##"""\n{body}\n\n{indent}"""##'


def render():
    folder = ROOT / "pages"
    out = [
        "// Made by scripts/generate-pages.py from pages/. Change those files, then run it again.",
        "",
        "/// Templates, stylesheet and icon of the pages, as text.",
        "enum PageFiles {",
        "  static let templates: [String: String] = [",
    ]
    templates = sorted(path for path in folder.glob("*") if path.suffix == ".mustache")
    for path in templates:
        if not NAME.match(path.name):
            fail(f"{path.relative_to(ROOT)}: name it name.mustache (a-z and -)")
        out.append(f'    "{path.stem}": {literal(read(path), "      ")},')
    out.append("  ]")
    for name, file in [("stylesheet", "atoll.css"), ("icon", "icon.svg")]:
        text = read(folder / file)
        out += [
            "",
            f"  static let {name} = {literal(text, '    ')}",
            f'  static let {name}Hash = "{hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]}"',
        ]
    return "\n".join(out + ["}", ""])


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        fail("the only argument is --check")
    text = render()
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return
    if check:
        fail(f"{TARGET.relative_to(ROOT)}: not what pages/ says; run scripts/generate-pages.py and commit the result")
    TARGET.write_text(text, encoding="utf-8")
    print(f"wrote {TARGET.relative_to(ROOT)}")


main()
