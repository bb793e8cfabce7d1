#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Checks that MANIFEST.json says of every reference file where it is from.

  check_manifest.py [FOLDER]     prints one line a violation; exit status 1 when there is one
  check_manifest.py --self-test  proves that each rule fires on a made-up folder
"""
import fnmatch
import json
import pathlib
import sys
import tempfile

FIELDS = ("files", "source", "made_with", "script", "seed_rule", "tolerance")


def violations(folder):
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()
                   and path.suffix != ".py" and path.name != "MANIFEST.json" and "__pycache__" not in path.parts)
    for group in manifest["groups"]:
        for field in FIELDS:
            if not group.get(field):
                yield f"group {group.get('files')} does not say its {field}"
        for pattern in group.get("files", []):
            if not fnmatch.filter(names, pattern):
                yield f"{pattern} names no file"
        script = group.get("script", "")
        if script.startswith("tests/golden/") and not (folder / script.removeprefix("tests/golden/")).is_file():
            yield f"{script} is not there"
    for name in names:
        count = sum(fnmatch.fnmatch(name, pattern) for group in manifest["groups"] for pattern in group.get("files", []))
        if count != 1:
            yield f"{name} is named {count} times, not once"
    for cases in folder.glob("*/cases.json"):
        listed = set(json.loads(cases.read_text()))
        there = {path.stem for path in cases.parent.glob("*.safetensors")}
        for name in sorted(listed ^ there):
            yield f"{cases.parent.name}/{name} is {'without tensors' if name in listed else 'not in cases.json'}"


def self_test():
    with tempfile.TemporaryDirectory() as root:
        folder = pathlib.Path(root)
        (folder / "a").mkdir()
        (folder / "a/cases.json").write_text('{"one": {}}')
        (folder / "a/two.safetensors").write_text("")
        (folder / "b.json").write_text("{}")
        good = {field: "x" for field in FIELDS}
        groups = [{**good, "files": ["a/*"]}, {**good, "files": ["a/cases.json", "c*"], "script": "tests/golden/no.py", "seed_rule": ""}]
        (folder / "MANIFEST.json").write_text(json.dumps({"groups": groups}))
        found = "\n".join(violations(folder))
        for expected in ("does not say its seed_rule", "c* names no file", "tests/golden/no.py is not there", "b.json is named 0 times",
                         "a/cases.json is named 2 times", "a/one is without tensors", "a/two is not in cases.json"):
            if expected not in found:
                print(f"no rule says: {expected}")
                return 1
    return 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent
    found = list(violations(folder))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
