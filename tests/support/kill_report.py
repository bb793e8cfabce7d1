# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""The result of a program that kills programs, as JSON: what ran, where, and what it counted."""

import datetime
import json
import os
import pathlib
import sys


def write_report(path, machine, counts):
    """`machine`: its processor and system in words, without names. Folders are left out of the command."""
    command = " ".join([os.path.basename(sys.argv[0])] + [os.path.basename(word) for word in sys.argv[1:]])
    report = {"date": datetime.date.today().isoformat(), "machine": machine, "command": command, **counts}
    pathlib.Path(path).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
