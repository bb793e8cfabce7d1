#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""Ends the program that keeps a gallery's index with SIGKILL at random moments, while its project's files
change, and proves that the index is sound or made again each time.

  kill_gallery.py GALLERY_KEEPER SEG_CLI [--kills N] [--pictures N] [--seed S] [--json FILE --machine WORDS]

One run in four starts without an index, one in eight with a damaged one; the others find one that is older
than the files. Pictures are added, replaced and removed before and during each run, and rated all the time.
After each kill it asserts from the index on disk (a copy of it: opening it would repair it)
  sound     PRAGMA integrity_check and that of the full text say ok; of each picture that is noted as read
            everything is there; or the index was still without tables
  0 lost    every rating that was reported as kept is in ratings.jsonl
and, after another start in two of three, once the program says that it is in step:
  equal     rows and files are the same pictures, with the same dates, sizes, seeds and prompts as the PNGs
            themselves say, and the stars of ratings.jsonl
Prints one line of counts; exit status 1 when an assertion fails.
"""

import argparse
import collections
import contextlib
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from gallery_check import (  # noqa: E402
    Wrong, check, compare_with_files, look_at_index, pictures_in, png_bytes, png_chunks, read_ratings)
from kill_report import write_report  # noqa: E402

FOLDERS = ("", "images/", "images/older/", "sweeps/one/cells/", "sweeps/two/cells/")
MOST_STARS = 5


class Project:
    """A folder of pictures, each with a job of its own."""

    def __init__(self, folder, template, randomness):
        self.folder, self.randomness, self.serial = folder, randomness, 0
        self.template = list(png_chunks(template))

    def picture(self):
        """The template with another seed and prompt."""
        self.serial += 1
        chunks = []
        for kind, body in self.template:
            if kind == b"tEXt" and body.startswith(b"seg-studio\0"):
                text = json.loads(body.split(b"\0", 1)[1])
                text["job"]["seed"] = self.serial
                text["job"]["prompt"] = f"picture number {self.serial}"
                body = b"seg-studio\0" + json.dumps(text).encode()
            chunks.append((kind, body))
        return png_bytes(chunks)

    def write(self, path):
        """Beside and renamed, as the program does."""
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.tmp")
        beside.write_bytes(self.picture())
        beside.rename(path)

    def add(self):
        self.write(self.folder / (self.randomness.choice(FOLDERS) + f"{self.serial:05}-guided.png"))

    def change(self):
        """One picture more, one less or another one in its place; their number stays about the same."""
        files = pictures_in(self.folder)
        way = self.randomness.randrange(3)
        if way == 0:
            self.add()
        elif way == 1:
            (self.folder / self.randomness.choice(files)).unlink()
        else:
            self.write(self.folder / self.randomness.choice(files))

    def damage(self):
        """A part of the index becomes noise, or is cut off."""
        file = self.folder / "gallery.sqlite"
        data = bytearray(file.read_bytes()) if file.exists() else bytearray()
        if len(data) < 8192:
            return
        if self.randomness.random() < 0.5:
            del data[len(data) // 2:]
        else:
            for at in range(4096 + 100, len(data), 4096):
                data[at:at + 2000] = bytes(2000)
        file.write_bytes(data)


class Keeper:
    def __init__(self, program, project):
        self.program, self.project = program, project
        self.kept = {}  # path: the stars that were last reported as kept

    def start(self, *options):
        return subprocess.Popen([self.program, str(self.project.folder), *options], stdout=subprocess.PIPE)

    def take(self, out):
        """How often the index came in step."""
        in_step = 0
        for line in out.split(b"\n")[:-1]:
            event = json.loads(line)
            check(event["event"] != "problem", f"the program said: {event.get('message')}")
            if event["event"] == "rated":
                self.kept[event["path"]] = event["stars"]
            in_step += event["event"] == "in_step"
        return in_step

    def run_and_kill(self, seconds, changes):
        """Changes files meanwhile. Returns whether the index had come in step before."""
        began = time.monotonic()
        process = self.start("--rate")
        for moment in sorted(self.project.randomness.uniform(0, seconds) for _ in range(changes)):
            time.sleep(max(0, began + moment - time.monotonic()))
            self.project.change()
        time.sleep(max(0, began + seconds - time.monotonic()))
        process.send_signal(signal.SIGKILL)
        out = process.communicate()[0]
        check(process.returncode == -signal.SIGKILL, f"it ended by itself with {process.returncode}")
        return self.take(out) > 0

    def run_to_the_end(self):
        process = self.start("--once")
        try:
            out = process.communicate(timeout=120)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            raise Wrong("the index does not come in step with the files in two minutes") from None
        check(process.returncode == 0, f"exit status {process.returncode}")
        check(self.take(out) == 1, "the program did not say that it is in step")

    def check_ratings(self):
        """A rating may be kept and not reported, if the kill came between; then it is the next one."""
        stars = read_ratings(self.project.folder)
        for path, kept in self.kept.items():
            check(stars.get(path) in (kept, kept % MOST_STARS + 1), f"{path} was given {kept} stars and has {stars.get(path)}")
        self.kept = {path: stars[path] for path in self.kept}

    def compare(self):
        index = look_at_index(self.project.folder)
        count = compare_with_files(self.project.folder, index)
        stars = read_ratings(self.project.folder)
        for path, row in index.pictures.items():
            check(row["rating"] == stars.get(path, 0), f"{path} has {row['rating']} stars in the index, not {stars.get(path, 0)}")
        return count


def prove_that_checks_fire(keeper):
    """Each kind of damage must be noticed, or the counts below mean nothing."""
    folder = keeper.project.folder
    file = folder / "gallery.sqlite"
    picture = folder / pictures_in(folder)[0]
    whole, whole_picture = file.read_bytes(), picture.read_bytes()

    def noticed(name, checking):
        try:
            checking()
        except Wrong:
            return
        raise Wrong(f"{name} was not noticed")

    one = "(SELECT id FROM picture LIMIT 1 OFFSET 3)"
    for name, sql in (("a row that is missing", f"DELETE FROM picture WHERE id = {one}"),
                      ("a wrong seed", f"UPDATE picture SET seed = seed + 1 WHERE id = {one}"),
                      ("a wrong prompt", f"UPDATE picture SET prompt = 'x' WHERE id = {one}"),
                      ("parameters that are missing", f"DELETE FROM param WHERE picture = {one}"),
                      ("words that are missing", f"DELETE FROM words WHERE rowid = {one}"),
                      ("an old date", f"UPDATE picture SET modified_ms = 1 WHERE id = {one}"),
                      ("a wrong rating", f"UPDATE picture SET rating = rating - 1 WHERE id = {one}"),
                      ("a row without a file", "UPDATE picture SET path = 'none.png' WHERE id = " + one)):
        with contextlib.closing(sqlite3.connect(file)) as database, database:
            database.execute(sql)
        noticed(name, keeper.compare)
        file.write_bytes(whole)
    for name, bad in (("noise", whole[:4096] + b"\xa5" * (len(whole) - 4096)), ("half an index", whole[:len(whole) // 2])):
        file.write_bytes(bad)
        noticed(name, lambda: look_at_index(folder))
        file.write_bytes(whole)
    picture.unlink()
    noticed("a picture that is gone", keeper.compare)
    picture.write_bytes(whole_picture + b"x")
    noticed("a picture that has changed", keeper.compare)
    path = sorted(keeper.kept)[0]
    keeper.kept[path] = (keeper.kept[path] + 1) % MOST_STARS + 1
    noticed("a rating that is lost", keeper.check_ratings)


def seconds_in_step(keeper):
    began = time.monotonic()
    keeper.run_to_the_end()
    return time.monotonic() - began


def work(arguments, folder):
    randomness = random.Random(arguments.seed)
    template = folder / "template.png"
    subprocess.run([arguments.seg_cli, "generate", "--prompt", "red apple", "--seed", "1", "--steps", "1", "--width",
                    "64", "--height", "64", "--out", str(template), "--progress", "json"],
                   check=True, stdout=subprocess.DEVNULL)
    project = Project(folder / "project", template.read_bytes(), randomness)
    for _ in range(arguments.pictures):
        project.add()
    keeper = Keeper(arguments.keeper, project)
    making, opening = seconds_in_step(keeper), seconds_in_step(keeper)
    print(f"{keeper.compare()} pictures: index made in {making:.2f} s, opened in {opening:.2f} s", flush=True)
    file = project.folder / "gallery.sqlite"
    counts = collections.Counter(kills=0)
    may_be_damaged = False  # until a run had the time to find it
    while counts["kills"] < arguments.kills:
        way = randomness.randrange(8)
        if way < 2:
            file.unlink(missing_ok=True)
            may_be_damaged = False
        elif way == 2:
            project.damage()
            may_be_damaged = True
        for _ in range(randomness.randrange(40)):
            project.change()
        longest = 1.2 * (making if way < 3 else opening + 0.25 * (making - opening))
        was_in_step = keeper.run_and_kill(randomness.uniform(0, longest), randomness.randrange(6))
        may_be_damaged = may_be_damaged and not was_in_step
        counts["kills"] += 1
        counts["killed_when_in_step" if was_in_step else "killed_while_made_anew" if way < 3
               else "killed_while_brought_in_step"] += 1
        keeper.check_ratings()
        try:
            index = look_at_index(project.folder)
            counts["sound_after_a_kill"] += 1
            counts["of_them_without_tables_yet"] += index.state != "whole"
        except Wrong:
            if not may_be_damaged:
                raise
            counts["killed_before_damage_was_found"] += 1
        if randomness.random() < 2 / 3 or counts["kills"] == arguments.kills:
            keeper.run_to_the_end()
            keeper.compare()
            may_be_damaged = False
            counts["equal_to_the_files_after_the_next_start"] += 1
        if counts["kills"] % 20 == 0:
            print(f"{counts['kills']} kills", flush=True)
    counts["ratings_kept"] = len(keeper.kept)
    prove_that_checks_fire(keeper)
    return {"pictures": arguments.pictures, **counts, "unsound": 0, "rows_wrong": 0, "ratings_lost": 0}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("keeper", type=os.path.abspath)
    parser.add_argument("seg_cli", type=os.path.abspath)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--pictures", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", help="file for the counts")
    parser.add_argument("--machine", default="", help="processor and system, in words, for that file")
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="kill-gallery-") as folder:
            counts = work(arguments, pathlib.Path(folder))
    except Wrong as wrong:
        print(f"FAILED: {wrong}")
        return 1
    if arguments.json:
        write_report(arguments.json, arguments.machine, counts)
    print(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
