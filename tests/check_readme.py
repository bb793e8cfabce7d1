#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Compares the parameter table of README.md with `seg-cli params --markdown`.

  check_readme.py README.md SEG_CLI [--write]   --write replaces the table instead of failing
"""

import pathlib
import subprocess
import sys

BEGIN = "<!-- params: tests/check_readme.py keeps this table equal to `seg-cli params --markdown` -->\n"
END = "<!-- /params -->\n"


def main():
    readme, program = pathlib.Path(sys.argv[1]), sys.argv[2]
    table = subprocess.run([program, "params", "--markdown"], capture_output=True, check=True,
                           encoding="utf-8").stdout
    text = readme.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        print(f"{readme.name} has no single block between {BEGIN.strip()} and {END.strip()}")
        return 1
    before, rest = text.split(BEGIN)
    shown, after = rest.split(END)
    if shown == table:
        return 0
    if "--write" in sys.argv[3:]:
        readme.write_text(before + BEGIN + table + END + after, encoding="utf-8")
        return 0
    for line in sorted(set(shown.splitlines()) ^ set(table.splitlines())):
        print(("only in README: " if line in shown.splitlines() else "only in seg-cli: ") + line)
    print("the table differs: run tests/check_readme.py README.md build/release/seg-cli --write")
    return 1


if __name__ == "__main__":
    sys.exit(main())
