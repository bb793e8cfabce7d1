#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Ends a sweep with SIGKILL at random moments, resumes it each time, and proves that nothing was lost.

  kill_sweep.py SEG_CLI [--kills N] [--seed S] [--steps N] [--model M] [--side PX] [--project DIR]

Runs one sweep after another, each in a folder of its own, until N runs have been killed; every sweep is
brought to its end. After each kill and at each end it asserts from the journal, the files and the
program's events:
  0 lost       every picture noted as finished is still there, with the hash that was noted
  0 repeated   no picture noted as finished is ever begun again
  0 corrupt    every PNG of the journal decodes and has the noted size and hash; no other PNG is cut off
  0 left over  at the end there is no temporary file, the grid and the page are there, all pictures too
  0 uncompared every picture has its distance to its twin, whichever run made that (the real engine only)
With --project the sweeps run in that project's folder and the gallery's index is compared with the files.
Prints one line of counts; exit status 1 when an assertion fails.
"""

import argparse
import hashlib
import json
import os
import pathlib
import random
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import zlib

TERMINAL = {"finished", "failed", "cancelled"}


class Wrong(Exception):
    pass


def check(condition, message):
    if not condition:
        raise Wrong(message)


def decode_png(data):
    """Width and height; raises when a chunk, a checksum or the pixels are not whole."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("no PNG signature")
    at, pixels, size, ended = 8, b"", None, False
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if len(body) != length or len(data) < at + 12 + length:
            raise ValueError("cut off in a chunk")
        if zlib.crc32(kind + body) != struct.unpack(">I", data[at + 8 + length:at + 12 + length])[0]:
            raise ValueError("wrong checksum")
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
        elif kind == b"IDAT":
            pixels += body
        elif kind == b"IEND":
            ended = True
        at += 12 + length
    if size is None or not ended:
        raise ValueError("no end")
    raw = zlib.decompress(pixels)
    if len(raw) < size[1] * (size[0] + 1):  # at least a byte a pixel and a filter a row
        raise ValueError("too few pixels")
    return size


def read_journal(folder):
    """The whole lines. A last line without its line feed is torn and does not count."""
    path = folder / "journal.jsonl"
    if not path.exists():
        return []
    text = path.read_bytes()
    whole = text[:text.rfind(b"\n") + 1]
    return [json.loads(line) for line in whole.splitlines()]


class Sweep:
    def __init__(self, arguments, folder, description):
        self.arguments = arguments
        self.folder = folder
        self.description = description
        self.noted = {}  # key: the line that noted it as finished
        self.begun_after = set()

    def start(self):
        command = [self.arguments.seg_cli, "sweep", str(self.description), "--out", str(self.folder), "--resume",
                   "--progress", "json"]
        if self.arguments.threads:
            command += ["--threads", str(self.arguments.threads)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def check_journal(self):
        """Every earlier finish is still noted, and none of them was begun again."""
        finished, begun_again = {}, set()
        for line in read_journal(self.folder):
            key = line.get("key")
            if line["state"] == "running" and key in finished:
                begun_again.add(key)
            if line["state"] == "finished":
                if key in finished:
                    begun_again.add(key)
                finished[key] = line
        check(not begun_again, f"{len(begun_again)} finished pictures were made again: {sorted(begun_again)[:3]}")
        lost = set(self.noted) - set(finished)
        check(not lost, f"{len(lost)} finished pictures are in the journal no more: {sorted(lost)[:3]}")
        for key, line in self.noted.items():
            check(finished[key] == line, f"the journal's line on {key} has changed")
        self.noted = finished

    def check_files(self):
        for key, line in self.noted.items():
            path = self.folder / "cells" / f"{key}.png"
            check(path.exists(), f"{path} was finished and is gone")
            data = path.read_bytes()
            check(len(data) == line["bytes"], f"{path} has {len(data)} bytes, not {line['bytes']}")
            check(hashlib.sha256(data).hexdigest() == line["sha256"], f"{path} is not what was noted")
        for path in (self.folder / "cells").glob("*.png"):
            try:
                decode_png(path.read_bytes())
            except (ValueError, zlib.error, struct.error) as error:
                raise Wrong(f"{path} is no whole PNG: {error}") from None

    def check_events(self, out, ended):
        lines = out.split(b"\n")
        events = [json.loads(line) for line in lines[:-1] if line]
        terminal = [event for event in events if event["event"] in TERMINAL]
        check(len(terminal) == (1 if ended else len(terminal[:1])), f"{len(terminal)} terminal events")
        for event in events:
            if event["event"] == "cell" and event["state"] == "finished":
                check(event["key"] in self.noted, f"{event['key']} was reported as finished, but is not in the journal")
            if event["event"] == "cell" and event["state"] == "running":
                check(event["key"] not in self.before, f"{event['key']} was finished and ran again")
        return terminal[0] if terminal else None

    def run(self, kill_after):
        """Kills the program after so many seconds, or lets it end (None). True: the sweep is complete."""
        self.before = set(self.noted)
        process = self.start()
        try:
            out, err = process.communicate(timeout=kill_after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            out, err = process.communicate()
        killed = process.returncode == -signal.SIGKILL
        check(killed or process.returncode == 0, f"exit status {process.returncode}: {err.decode(errors='replace')[:500]}")
        self.check_journal()
        self.check_files()
        terminal = self.check_events(out, not killed)
        if not killed:
            check(terminal["event"] == "finished" and terminal["failed"] == 0, f"ended with {terminal}")
        return killed

    def check_end(self):
        journal = read_journal(self.folder)
        plan = [line for line in journal if line["state"] == "plan"][-1]
        missing = set(plan["pictures"]) - set(self.noted)
        check(not missing, f"{len(missing)} pictures are not finished")
        check(journal[-1]["state"] == "end", "the journal has no end")
        left = [path for path in self.folder.rglob("*") if path.name.endswith(".tmp")]
        check(not left, f"temporary files are left: {left[:3]}")
        for name in ("grid.png", "index.html", "sweep.json"):
            path = self.folder / name
            check(path.exists() and path.stat().st_size > 0, f"{path} is missing or empty")
        decode_png((self.folder / "grid.png").read_bytes())
        self.check_distances(plan)
        return len(plan["pictures"])

    def check_distances(self, plan):
        """The tests' engine compares nothing; a twin is at distance 0 from itself."""
        distances = {key: line["twin_distance"] for key, line in self.noted.items()}
        if all(distance < 0 for distance in distances.values()):
            return
        without = {plan["pictures"][picture] for picture in plan["picture_of_cell"]}
        without = {key for key in without if distances[key] < 0}
        check(not without, f"{len(without)} pictures were not compared with their twins: {sorted(without)[:3]}")


def check_gallery(project):
    """Pictures that the index names exist; it may lack new ones, since it is rebuilt from the files."""
    index = project / "gallery.sqlite"
    if not index.exists():
        return "gallery index not checked: the project has none (it is made when the studio opens it)"
    with sqlite3.connect(f"file:{index}?mode=ro", uri=True) as database:
        verdict = database.execute("PRAGMA integrity_check").fetchone()[0]
        check(verdict == "ok", f"{index}: {verdict}")
        gone = 0
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            columns = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
            if "path" not in columns:
                continue
            for (path,) in database.execute(f'SELECT path FROM "{table}"'):
                gone += not (project / str(path)).exists()
        check(gone == 0, f"{index} names {gone} files that are not there")
    return "gallery index consistent"


def description(arguments, number):
    return {"format": "seg-studio/sweep", "version": 1,
            "base": {"model": arguments.model, "prompt": "red apple", "seed": number, "steps": arguments.steps,
                     "width": arguments.side, "height": arguments.side},
            "axes": [{"param": "guidance.seg.sigma", "values": "0.5, 1, 2, inf"},
                     {"param": "guidance.seg.scale", "values": "0..4[5]"}],
            "order": "coarse-to-fine", "twin": True}


def time_of_one_run(arguments, folder, randomness):
    """How long a sweep takes unharmed, so that kills fall into all of it."""
    path = folder / "measure.json"
    path.write_text(json.dumps(description(arguments, randomness.randrange(1 << 30))))
    sweep = Sweep(arguments, folder / "measure", path)
    began = time.monotonic()
    check(not sweep.run(None), "the first run was killed by somebody else")
    seconds = time.monotonic() - began
    pictures = sweep.check_end()
    return seconds, pictures


def prove_that_checks_fire(sweep):
    """Each kind of damage must be noticed, or the counts below mean nothing."""
    key = sorted(sweep.noted)[0]
    picture, journal = sweep.folder / "cells" / f"{key}.png", sweep.folder / "journal.jsonl"
    whole, lines = picture.read_bytes(), journal.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    again = json.dumps({"state": "running", "key": key}).encode() + b"\n"
    left_out = b"".join(line for line in lines.splitlines(True) if not (key.encode() in line and b'"finished"' in line))
    damages = [("a picture cut off", picture, whole[:-9], sweep.check_files),
               ("a picture changed", picture, bytes(flipped), sweep.check_files),
               ("a picture made again", journal, lines + again, sweep.check_journal),
               ("a picture lost", journal, left_out, sweep.check_journal),
               ("a temporary file", sweep.folder / "cells" / ".seg-1-1.tmp", b"x", sweep.check_end)]
    noted = dict(sweep.noted)
    for name, path, damaged, checking in damages:
        before = path.read_bytes() if path.exists() else None
        path.write_bytes(damaged)
        try:
            checking()
        except Wrong:
            pass
        else:
            raise Wrong(f"{name} was not noticed")
        finally:
            sweep.noted = dict(noted)
            if before is None:
                path.unlink()
            else:
                path.write_bytes(before)


def work(arguments, folder):
    randomness = random.Random(arguments.seed)
    seconds, pictures = time_of_one_run(arguments, folder, randomness)
    print(f"one sweep: {pictures} pictures in {seconds:.2f} s", flush=True)
    kills, sweeps, finished, number = 0, 0, 0, 0
    while kills < arguments.kills:
        number += 1
        path = folder / f"sweep-{number}.json"
        path.write_text(json.dumps(description(arguments, randomness.randrange(1 << 30))))
        sweep = Sweep(arguments, folder / f"sweep-{number}", path)
        killed = True
        while killed:
            # Half of the kills fall anywhere in a run, half soon after its start: opening is delicate.
            longest = seconds if randomness.random() < 0.5 else 0.25 * seconds
            moment = randomness.uniform(0, longest) if kills < arguments.kills else None
            killed = sweep.run(moment)
            kills += killed
        finished += sweep.check_end()
        sweeps += 1
        print(f"{kills} kills, {sweeps} sweeps ended, {finished} pictures", flush=True)
    # One more run finds nothing to do.
    check(not sweep.run(None), "the last run was killed by somebody else")
    check(sweep.before == set(sweep.noted), "a complete sweep made pictures")
    prove_that_checks_fire(sweep)
    return kills, sweeps, finished


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seg_cli")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--model", default="emoji-sdxl")
    parser.add_argument("--project", type=pathlib.Path, help="a project's folder; sweeps run in its sweeps/")
    arguments = parser.parse_args()
    arguments.seg_cli = os.path.abspath(arguments.seg_cli)
    try:
        if arguments.project:
            sweeps = arguments.project / "sweeps"
            sweeps.mkdir(parents=True, exist_ok=True)
            counts = work(arguments, pathlib.Path(tempfile.mkdtemp(prefix="kill-", dir=sweeps)))
            print(check_gallery(arguments.project))
        else:
            with tempfile.TemporaryDirectory(prefix="kill-sweep-") as folder:
                counts = work(arguments, pathlib.Path(folder))
            print("gallery index not checked: no --project was given")
    except Wrong as wrong:
        print(f"FAILED: {wrong}")
        return 1
    print(f"killed {counts[0]} times over {counts[1]} sweeps of {counts[2]} pictures: "
          "0 finished pictures lost, 0 repeated, 0 corrupt files, 0 temporary files left")
    return 0


if __name__ == "__main__":
    sys.exit(main())
