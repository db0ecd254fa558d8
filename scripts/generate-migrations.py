#!/usr/bin/env python3
"""Writes the SQL files under migrations/ into Swift source, so that the one binary carries them.

    scripts/generate-migrations.py           write Sources/<Module>/Generated/Migrations.swift
    scripts/generate-migrations.py --check   write nothing; exit 1 when a generated file differs from its SQL

A migration is named NNNN_name.sql. Numbers begin at 0001, have no gaps and are never used twice; a published file is
never edited, because databases remember its SHA-256.
"""
import hashlib
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SETS = {
    "outbox": ("Outbox", "public", "OutboxMigrations"),
    "control": ("ControlPlane", "package", "ControlMigrations"),
    "region": ("RegionAgent", "package", "RegionMigrations"),
}
NAME = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")


def fail(message):
    print(f"generate-migrations: {message}", file=sys.stderr)
    sys.exit(1)


def read(folder):
    migrations = []
    for path in sorted(folder.glob("*")):
        match = NAME.match(path.name)
        if not match:
            fail(f"{path.relative_to(ROOT)}: name it NNNN_name.sql (digits, then a-z, 0-9 and _)")
        text = path.read_bytes().decode("utf-8")
        if '"""##' in text:
            fail(f'{path.relative_to(ROOT)}: contains """## which ends a Swift string')
        if "\0" in text or "\r" in text:
            fail(f"{path.relative_to(ROOT)}: contains NUL or CR")
        if not text.endswith("\n") or text.endswith("\n\n"):
            fail(f"{path.relative_to(ROOT)}: must end with exactly one line feed")
        migrations.append((int(match[1]), match[2], text))
    numbers = [number for number, _, _ in migrations]
    if numbers != list(range(1, len(numbers) + 1)):
        fail(f"{folder.relative_to(ROOT)}: numbers must be 1, 2, 3 … without gaps or repeats, not {numbers}")
    return migrations


def render(set_name, access, type_name, migrations):
    out = [
        f"// Made by scripts/generate-migrations.py from migrations/{set_name}. Change the SQL, then run it again.",
        "",
        f"{access} import Postgres",
        "",
        f"/// The schema of `{set_name}`, in the order in which it is applied.",
        f"{access} enum {type_name} {{",
        f"  {access} static let all: [Migration] = [",
        "    " + ", ".join(f"migration{number:04}" for number, _, _ in migrations) + ",",
        "  ]",
    ]
    for number, name, text in migrations:
        digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
        body = "\n".join(f"      {line}" if line else "" for line in text.rstrip("\n").split("\n"))
        out += [
            "",
            f"  private static let migration{number:04} = Migration(",
            f"    version: {number},",
            f'    name: "{name}",',
            '    sql: ##"""',
            body,
            "",
            '      """##,',
            f'    sha256: "{digest}")',
        ]
    return "\n".join(out + ["}", ""])


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        fail("the only argument is --check")
    stale = []
    for set_name, (module, access, type_name) in SETS.items():
        folder = ROOT / "migrations" / set_name
        migrations = read(folder) if folder.is_dir() else []
        if not migrations:
            continue
        target = ROOT / "Sources" / module / "Generated" / "Migrations.swift"
        text = render(set_name, access, type_name, migrations)
        if target.exists() and target.read_text(encoding="utf-8") == text:
            continue
        if check:
            stale.append(str(target.relative_to(ROOT)))
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        print(f"wrote {target.relative_to(ROOT)}")
    if stale:
        fail(f"{', '.join(stale)}: not what migrations/ says; run scripts/generate-migrations.py and commit the result")


main()
