#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Ends a sweep with SIGKILL at random moments, resumes it each time, and proves that nothing was lost.

  kill_sweep.py SEG_CLI [--kills N] [--seed S] [--steps N] [--model M] [--side PX]
                [--threads N] [--device D] [--keeper GALLERY_KEEPER] [--project DIR] [--json FILE --machine WORDS]

Runs one sweep after another, each in a folder of its own, until N runs have been killed; every sweep is
brought to its end. After each kill and at each end it asserts from the journal, the files and the
program's events:
  0 lost       every picture noted as finished is still there, with the hash that was noted
  0 repeated   no picture noted as finished is ever begun again
  0 corrupt    every PNG of the journal decodes and has the noted size and hash; no other PNG is cut off
  0 left over  at the end there is no temporary file, the grid and the page are there, all pictures too
  0 uncompared every picture has its distance to its twin, whichever run made that (the real engine only)
With --keeper the sweeps run in a project, beside the program that keeps its gallery's index, and both are
killed at the same moment, as they are when the studio is. Then it also asserts after each kill that the
index on disk is consistent, and after another start that its rows are the files.
Prints counts and what the program was doing at the kills; exit status 1 when an assertion fails.
"""

import argparse
import collections
import contextlib
import hashlib
import json
import os
import pathlib
import random
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from gallery_check import Wrong, check, compare_with_files, look_at_index, png_chunks  # noqa: E402
from kill_report import write_report  # noqa: E402

TERMINAL = {"finished", "failed", "cancelled"}


def decode_png(data):
    """Width and height; raises when a chunk, a checksum or the pixels are not whole."""
    pixels, size = b"", None
    for kind, body in png_chunks(data):
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
        elif kind == b"IDAT":
            pixels += body
    if size is None:
        raise ValueError("no header")
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


class Moment:
    """When to kill: so long after the start, or so long after so many events."""

    def __init__(self, seconds, events=0):
        self.seconds = seconds
        self.events = events

    def wait(self, process):
        """Returns what the program has written; then it is time, or the program has ended."""
        out, began = b"", time.monotonic()
        deadline = began + self.seconds if self.events == 0 else began + 600
        while out.count(b"\n") < self.events or self.events == 0:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
                return out
            piece = os.read(process.stdout.fileno(), 1 << 16)
            if not piece:
                return out
            out += piece
        time.sleep(self.seconds)
        return out


def doing_at(events):
    """What the program was about when it was killed, from the last it told."""
    doing = "starting"
    for event in events:
        if event["event"] == "started":
            doing = "between pictures"
        elif event["event"] == "phase":
            doing = {"loading_model": "loading the model", "denoising": "making a picture"}.get(
                event["phase"], event["phase"])
        elif event["event"] == "step":
            doing = "making a picture"
        elif event["event"] == "cell":
            doing = "making a picture" if event["state"] == "running" else "between pictures"
        elif event["event"] in TERMINAL:
            doing = "after its end"
    return doing


class Keeper:
    """The project's gallery beside the sweeps; without a program it does nothing."""

    def __init__(self, program, project):
        self.program, self.project, self.process = program, project, None
        self.compared = 0  # times that the rows were held against the files
        self.unfinished = 0  # indexes that a kill left in the middle of being made

    def start(self):
        if self.program:
            self.process = subprocess.Popen([self.program, str(self.project)], stdout=subprocess.DEVNULL)

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def check(self):
        if not self.program:
            return
        self.unfinished += look_at_index(self.project).state != "whole"
        ended = subprocess.run([self.program, str(self.project), "--once"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, timeout=300, check=False)
        check(ended.returncode == 0, f"the gallery's index was not brought in step: {ended.stderr.decode()[:500]}")
        compare_with_files(self.project, look_at_index(self.project))
        self.compared += 1


class Sweep:
    def __init__(self, arguments, folder, description, keeper):
        self.arguments = arguments
        self.folder = folder
        self.description = description
        self.keeper = keeper
        self.noted = {}  # key: the line that noted it as finished
        self.before = set()  # keys that were noted before this run
        self.doing = ""  # of the last run, when it was killed
        self.events = 0  # of the last run, when it ended

    def start(self, errors):
        command = [self.arguments.seg_cli, "sweep", str(self.description), "--out", str(self.folder), "--resume",
                   "--progress", "json"]
        if self.arguments.threads:
            command += ["--threads", str(self.arguments.threads)]
        if self.arguments.device:
            command += ["--device", self.arguments.device]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)

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
        return events

    def run(self, moment):
        """Kills the program at the moment, or lets it end (None). True: it was killed."""
        self.before = set(self.noted)
        with tempfile.TemporaryFile() as errors:
            self.keeper.start()
            process = self.start(errors)
            out = moment.wait(process) if moment else b""
            if moment:
                process.send_signal(signal.SIGKILL)
                self.keeper.kill()
            out += process.communicate()[0]
            self.keeper.kill()
            errors.seek(0)
            err = errors.read(500).decode(errors="replace")
        killed = process.returncode == -signal.SIGKILL
        check(killed or process.returncode == 0, f"exit status {process.returncode}: {err}")
        self.check_journal()
        self.check_files()
        events = self.check_events(out, not killed)
        self.doing = doing_at(events)
        if not killed:
            check(events[-1]["event"] == "finished" and events[-1]["failed"] == 0, f"ended with {events[-1]}")
            self.events = len(events)
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


def description(arguments, number):
    return {"format": "seg-studio/sweep", "version": 1,
            "base": {"model": arguments.model, "prompt": "red apple", "seed": number, "steps": arguments.steps,
                     "width": arguments.side, "height": arguments.side},
            "axes": [{"param": "guidance.seg.sigma", "values": "0.5, 1, 2, inf"},
                     {"param": "guidance.seg.scale", "values": "0..4[5]"}],
            "order": "coarse-to-fine", "twin": True}


def new_sweep(arguments, room, name, randomness, keeper):
    path = room / f"{name}.json"
    path.write_text(json.dumps(description(arguments, randomness.randrange(1 << 30))))
    return Sweep(arguments, room / "sweeps" / name, path, keeper)


def next_moment(randomness, seconds, events):
    """Anywhere in a run, soon after its start (opening is delicate), or right after some event (what is
    written to disk is written beside the events)."""
    way = randomness.randrange(3)
    if way == 0:
        return Moment(randomness.uniform(0, 0.02), events=randomness.randint(1, events))
    return Moment(randomness.uniform(0, seconds if way == 1 else 0.25 * seconds))


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


def left_overs(folder):
    """What a kill left for the next run to clear away: unfinished files, a line that was cut off."""
    journal = folder / "journal.jsonl"
    text = journal.read_bytes() if journal.exists() else b""
    return (sum(path.name.endswith(".tmp") for path in folder.rglob("*")), bool(text) and not text.endswith(b"\n"))


def work(arguments, room):
    randomness = random.Random(arguments.seed)
    keeper = Keeper(arguments.keeper, room)
    first = new_sweep(arguments, room, "measure", randomness, keeper)
    began = time.monotonic()
    check(not first.run(None), "the first run was killed by somebody else")
    seconds, events = time.monotonic() - began, first.events
    print(f"one sweep: {first.check_end()} pictures, {events} events, in {seconds:.2f} s", flush=True)
    counts = {"kills": 0, "sweeps": 0, "pictures": 0, "unfinished_files_cleared": 0, "torn_journal_lines_dropped": 0}
    doing = collections.Counter()
    while counts["kills"] < arguments.kills:
        sweep = new_sweep(arguments, room, f"sweep-{counts['sweeps'] + 1}", randomness, keeper)
        killed = True
        while killed:
            killed = sweep.run(next_moment(randomness, seconds, events) if counts["kills"] < arguments.kills else None)
            if killed:
                counts["kills"] += 1
                doing[sweep.doing] += 1
                unfinished, torn = left_overs(sweep.folder)
                counts["unfinished_files_cleared"] += unfinished
                counts["torn_journal_lines_dropped"] += torn
                keeper.check()
        counts["pictures"] += sweep.check_end()
        counts["sweeps"] += 1
        print(f"{counts['kills']} kills, {counts['sweeps']} sweeps ended, {counts['pictures']} pictures", flush=True)
    # One more run finds nothing to do.
    check(not sweep.run(None), "the last run was killed by somebody else")
    check(sweep.before == set(sweep.noted), "a complete sweep made pictures")
    prove_that_checks_fire(sweep)
    counts["killed_while"] = dict(doing.most_common())
    counts |= {"lost": 0, "repeated": 0, "corrupt": 0, "left_over": 0}  # anything else has raised
    if arguments.keeper:
        counts |= {"gallery_compared_with_files": keeper.compared, "gallery_index_was_being_made": keeper.unfinished,
                   "gallery_index_damaged": 0, "gallery_rows_wrong": 0}
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seg_cli", type=os.path.abspath)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--device", help="several with commas make pictures side by side")
    parser.add_argument("--model", default="emoji-sdxl")
    parser.add_argument("--keeper", type=os.path.abspath, help="gallery_keeper: keeps a gallery's index meanwhile")
    parser.add_argument("--project", type=pathlib.Path, help="a new project's folder, kept; else a temporary one")
    parser.add_argument("--json", help="file for the counts")
    parser.add_argument("--machine", default="", help="processor and system, in words, for that file")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        if arguments.project and arguments.project.exists() and any(arguments.project.iterdir()):
            parser.error(f"{arguments.project} holds something; a new folder is needed")
        room = arguments.project or pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kill-sweep-")))
        (room / "sweeps").mkdir(parents=True, exist_ok=True)
        try:
            counts = work(arguments, room)
        except Wrong as wrong:
            print(f"FAILED: {wrong}")
            return 1
    if not arguments.keeper:
        print("gallery index not checked: no --keeper was given")
    if arguments.json:
        write_report(arguments.json, arguments.machine, counts)
    print(", ".join(f"{count} {doing}" for doing, count in counts["killed_while"].items()))
    print(f"killed {counts['kills']} times over {counts['sweeps']} sweeps of {counts['pictures']} pictures: "
          "0 finished pictures lost, 0 repeated, 0 corrupt files, 0 temporary files left"
          + (f"; gallery index sound and equal to the files after {counts['gallery_compared_with_files']} kills"
             if arguments.keeper else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
