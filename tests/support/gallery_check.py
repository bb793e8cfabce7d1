# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 SEG Studio authors
"""What a project's gallery must be after its program was killed, read without any of the program's code.

look_at_index() opens a copy of gallery.sqlite as the next start would find it; compare_with_files() holds it
against the PNG files themselves.
"""

import contextlib
import json
import pathlib
import shutil
import sqlite3
import struct
import tempfile
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
UNREAD, MADE, FOREIGN, BROKEN = 0, 1, 2, 3  # GalleryKind
TABLES = {"meta", "picture", "param", "words"}


class Wrong(Exception):
    """Something that must never be after a kill."""


def check(condition, message):
    if not condition:
        raise Wrong(message)


def png_chunks(data):
    """Pairs of type and body; raises ValueError when the file is not whole."""
    if data[:8] != SIGNATURE:
        raise ValueError("no PNG signature")
    at, kind = 8, b""
    while at < len(data):
        if len(data) < at + 12:
            raise ValueError("cut off between chunks")
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if len(data) < at + 12 + length:
            raise ValueError("cut off in a chunk")
        if zlib.crc32(kind + body) != struct.unpack(">I", data[at + 8 + length:at + 12 + length])[0]:
            raise ValueError("wrong checksum")
        yield kind, body
        at += 12 + length
    if kind != b"IEND":
        raise ValueError("no end")


def png_bytes(chunks):
    parts = [SIGNATURE]
    for kind, body in chunks:
        parts += [struct.pack(">I4s", len(body), kind), body, struct.pack(">I", zlib.crc32(kind + body))]
    return b"".join(parts)


def job_of(data):
    """The job that a picture of the program carries, and its size."""
    job, size = None, None
    for kind, body in png_chunks(data):
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
        if kind == b"tEXt" and body.startswith(b"seg-studio\0"):
            job = json.loads(body.split(b"\0", 1)[1])["job"]
    check(job is not None, "a picture carries no job")
    return job, size


def pictures_in(project):
    """Relative paths of the files that the gallery lists, by its rules."""
    found = []
    for path in project.rglob("*"):
        parts = path.relative_to(project).parts
        if path.suffix.lower() != ".png" or not path.is_file() or any(part.startswith(".") for part in parts):
            continue
        if parts[0] == "presets" and len(parts) > 1:
            continue
        if parts[0] == "sweeps" and (len(parts) < 4 or parts[2] != "cells"):
            continue
        found.append("/".join(parts))
    return found


class Index:
    """What one look at an index found."""

    def __init__(self, state, pictures=None, params=None):
        self.state = state  # "missing", "empty" (ended while it was made) or "whole"
        self.pictures = pictures or {}  # path: row
        self.params = params or {}  # id: number of parameters


def check_tables(database, names):
    """All or nothing was written of each picture."""
    pictures = {row["path"]: dict(row) for row in database.execute("SELECT * FROM picture")}
    ids = {row["id"] for row in pictures.values()}
    params = dict(database.execute("SELECT picture, count(*) FROM param GROUP BY picture").fetchall())
    stray = set(params) - ids
    check(not stray, f"the index has parameters of {len(stray)} pictures that it does not list")
    worded = {row[0] for row in database.execute("SELECT rowid FROM words")}
    check(worded <= ids, f"the index has words of {len(worded - ids)} pictures that it does not list")
    for row in pictures.values():
        if row["kind"] != UNREAD:
            check(row["id"] in worded, f"{row['path']} is noted as read, but its words are missing")
        if row["kind"] == MADE:
            check(params.get(row["id"], 0) > 0, f"{row['path']} is noted as read, but its parameters are missing")
    if names["words"].startswith("CREATE VIRTUAL"):
        database.execute("INSERT INTO words(words) VALUES('integrity-check')")
    return Index("whole", pictures, params)


def look_at_index(project):
    """Opens a copy, for opening the file itself would repair what the program must repair."""
    file = pathlib.Path(project) / "gallery.sqlite"
    if not file.exists():
        return Index("missing")
    with tempfile.TemporaryDirectory(prefix="index-") as folder:
        for end in ("", "-journal", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(f"{file}{end}", f"{folder}/gallery.sqlite{end}")
        with contextlib.closing(sqlite3.connect(f"{folder}/gallery.sqlite")) as database:
            database.row_factory = sqlite3.Row
            try:
                verdict = database.execute("PRAGMA integrity_check").fetchone()[0]
                check(verdict == "ok", f"{file}: {verdict}")
                names = dict(database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall())
                if not names:
                    return Index("empty")
                check(TABLES <= set(names), f"{file} has only the tables {sorted(names)}")
                return check_tables(database, names)
            except sqlite3.DatabaseError as error:
                raise Wrong(f"{file}: {error}") from None


def compare_with_files(project, index):
    """After the program said that it is in step: the rows are the files. Returns their number."""
    project = pathlib.Path(project)
    check(index.state == "whole", f"the index is {index.state} although the program said that it is in step")
    files = set(pictures_in(project))
    lost, gone = files - set(index.pictures), set(index.pictures) - files
    check(not lost, f"the index lacks {len(lost)} of {len(files)} pictures: {sorted(lost)[:3]}")
    check(not gone, f"the index lists {len(gone)} pictures that are not there: {sorted(gone)[:3]}")
    for path, row in index.pictures.items():
        data, about = (project / path).read_bytes(), (project / path).stat()
        check(row["kind"] == MADE, f"{path} is of kind {row['kind']} in the index: {row['problem']}")
        check(row["bytes"] == len(data), f"{path} has {len(data)} bytes, but {row['bytes']} in the index")
        check(row["modified_ms"] == about.st_mtime_ns // 1_000_000, f"{path} has another date in the index")
        job, size = job_of(data)
        check((row["width"], row["height"]) == size, f"{path} has another size in the index")
        check(row["seed"] == int(job["seed"]), f"{path} has seed {job['seed']}, but {row['seed']} in the index")
        check(row["prompt"] == job["prompt"], f"{path} has the prompt {row['prompt']!r} in the index")
    return len(files)


def read_ratings(project):
    """Path to stars, from ratings.jsonl; a last line that was cut off does not count."""
    file = pathlib.Path(project) / "ratings.jsonl"
    ratings = {}
    if not file.exists():
        return ratings
    for line in file.read_bytes().split(b"\n")[:-1]:
        with contextlib.suppress(ValueError, KeyError):
            mark = json.loads(line)
            ratings[mark["path"]] = mark.get("rating", 0)
    return ratings
