# SPDX-License-Identifier: Apache-2.0
"""Power cut at every moment of a run, by replay: the run's calls are recorded, and what the model of a disk (disk.py) may hold after a
cut before each of them is laid out, looked at, and handed to the next run.

What must hold of each: the ledger is sound; an output that it calls done is there, with all its bytes; under --durability file a file under a
final name is whole, whoever knows of it; once the run has ended well all of it stands; and the next run, of the same command or of
another one, comes to the tree that an undisturbed run makes.
"""
import contextlib
import functools
import hashlib
import json
import os
import pickle
import random
import shutil
import sqlite3
import subprocess
import tempfile
import time

from disk import EXTREMES, KeepsSome, Record, files, lay_out
from kit import Batch, SHIM, scratch, tree

PART = "a cut of power at every call of a run: five extremes and COUNT states by chance each; one in eight is resumed"
COUNT = 20
RECORDER = SHIM.with_name("fault_recorder.so")
DISK, OUT = "disk", "disk/out"
LEDGER = "out/.imgbatch/ledger.sqlite"
PRIVATE, TEMPORARY = "out/.imgbatch/", ".json.imgbatch"
RESUMED = 8  # one in so many states is handed to the next run
BIG, MOST = 1 << 30, 400_000


class Story:
    """A run on a disk that may hold an earlier one's outputs."""

    words = ()  # of the run that is cut, beside engines and durability
    recipe = ()  # of all its runs

    def __init__(self):
        self.batch = Batch(files=6, size=(48, 40), masks=True, words=["--sidecar", *self.recipe])

    def before(self, engine):
        """What was there before."""

    def after(self, words, what):
        """A next run that must come right, too."""
        self.batch.check_resumed(OUT, what, *words)

    def trees(self):
        """(digest of settings, tree) of each run there may be outputs of; the last one is the run's that is cut."""
        return [expected(self, self.words)]

    def begin(self, engine):
        shutil.rmtree(self.batch.top / DISK, ignore_errors=True)
        (self.batch.top / DISK).mkdir()
        self.before(engine)

    def recording(self, log):
        """The environment of a run that is recorded."""
        return {"LD_PRELOAD": str(RECORDER), "IMGBATCH_RECORD": str(log), "IMGBATCH_RECORD_BELOW": os.path.realpath(self.batch.top / DISK)}

    def first(self, _words, _log, _rng):
        """What is recorded before the run itself. Returns the record of the disk as it was before that; None: there is nothing."""

    def record(self, words, rng):
        """Runs on the disk as it is. Returns what was done to it."""
        log = self.batch.top / "record"
        log.unlink(missing_ok=True)
        record = self.first(words, log, rng) or Record(self.batch.top / DISK)
        done = self.batch.run(OUT, *words, env=self.recording(log))
        assert done.returncode == 0, done.stderr
        record.read(log)
        wrong = self.differs(record)
        assert not wrong, f"the record misses something: {wrong}"
        return record

    def differs(self, record):
        """Files that are not as the record of all that was done has them."""
        top = self.batch.top / DISK
        model = {name: data for name, (data, _) in files(record.state(BIG, EXTREMES[0])).items()}
        real = {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*")
                if path.is_file() and not path.name.endswith("-shm")}
        return sorted(name for name in {*model, *real} if model.get(name) != real.get(name))


def done(ledger):
    assert ledger.execute("PRAGMA integrity_check").fetchall() == [("ok",)], "the ledger is damaged"
    if not ledger.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        return []
    return [(os.path.normpath("out/" + os.fsdecode(path)), *rest) for path, *rest in ledger.execute(
        "SELECT ifnull(path, key), digest, bytes, mtime_ns FROM output WHERE made = 1 AND NOT flags & 16")]


def claims(found):
    """What the ledger on this disk calls done: (path, digest, bytes, time); after asking whether it is sound."""
    with tempfile.TemporaryDirectory(dir=scratch()) as place:
        for name, (data, _) in found.items():
            if name.startswith(LEDGER):
                with open(os.path.join(place, os.path.basename(name)), "wb") as file:
                    file.write(data)
        if not found.get(LEDGER):
            return []
        try:
            with contextlib.closing(sqlite3.connect(os.path.join(place, os.path.basename(LEDGER)))) as ledger:
                return done(ledger)
        except sqlite3.DatabaseError as error:
            raise AssertionError(f"the ledger is damaged: {error}") from None


class Cuts:
    """All that is looked at of one recorded run."""

    def __init__(self, story, record, words, trees, durability, rng):
        self.story, self.record, self.words, self.trees = story, record, words, trees
        self.durability, self.rng = durability, rng
        self.seen, self.states, self.resumed, self.claimed = set(), 0, 0, 0

    def check_claims(self, found, what):
        rows = claims(found)
        self.claimed += len(rows)
        for path, digest, size, time in rows:
            data, when = found.get(path, (None, None))
            own = digest == self.trees[-1][0] and path in self.trees[-1][1]
            trusted = data is not None and len(data) == size and when == time
            if own or trusted:
                assert data in [made.get(path) for other, made in self.trees if other == digest], \
                    f"{what}: {path} is done, and {'not there' if data is None else f'not whole ({len(data)} of {size} bytes)'}"

    def check_whole(self, found, what):
        """Final names without their bytes."""
        for name, (data, _) in found.items():
            assert name.startswith(PRIVATE) or name.endswith(TEMPORARY) or any(made.get(name) == data for _, made in self.trees), \
                f"{what}: {name} is not whole ({len(data)} bytes)"

    def look(self, event, keeps, what):
        state = self.record.state(event, keeps)
        mark = event == BIG, hashlib.sha256(pickle.dumps(state)).digest()
        if mark in self.seen:
            return
        self.seen.add(mark)
        self.states += 1
        found = files(state)
        self.check_claims(found, what)
        if self.durability == "file":
            self.check_whole(found, what)
        if event == BIG:
            left = {name: data for name, (data, _) in found.items() if not name.startswith(PRIVATE)}
            assert left == self.trees[-1][1], f"{what}: the run had ended well, and {sorted(left.items() ^ self.trees[-1][1].items())[0][0]}"
        if event == BIG or self.rng.randrange(RESUMED) == 0:
            lay_out(state, self.story.batch.top / DISK)
            self.resumed += 1
            if self.rng.random() < 0.5:
                self.story.after(self.words, what)
            else:
                self.story.batch.check_resumed(OUT, what, *self.words)

    def all(self, count, step):
        """Every step-th call, and the end."""
        for event in [*range(self.rng.randrange(step), self.record.events + 1, step), BIG]:
            for i, keeps in enumerate(EXTREMES + [KeepsSome(self.rng) for _ in range(count)]):
                self.look(event, keeps, f"{type(self.story).__name__}, {' '.join(self.words)}, cut {event} of {self.record.events}, state {i}")


def expected(story, words):
    """The digest of a run's settings, and the tree that it makes undisturbed, by names on the disk."""
    batch = story.batch
    batch.fresh("other")
    (batch.top / "other").mkdir()
    done = batch.run("other/out", *[word.replace(DISK, "other", 1) if word.startswith(f"{DISK}/") else word for word in words])
    assert done.returncode == 0, done.stderr
    with contextlib.closing(sqlite3.connect(batch.top / "other/out/.imgbatch/ledger.sqlite")) as ledger:
        digest = ledger.execute("SELECT digest FROM run").fetchone()[0]
    return digest, tree(batch.top / "other")


class Plain(Story):
    """A first run."""


class Killed(Story):
    """A run is killed, and the next one goes on with what no sync holds; then power is cut."""

    def before(self, engine):
        (self.batch.top / OUT).mkdir()

    def first(self, words, log, rng):
        """A kill between a call and its line spoils the record: then once more, on files that are new ones, and so is their record."""
        disk, kept = self.batch.top / DISK, self.batch.top / "kept"
        self.batch.fresh("kept")
        shutil.copytree(disk, kept)
        for _ in range(20):
            before, record = Record(disk), Record(disk)
            run = subprocess.Popen(self.batch.command(OUT, *words), cwd=self.batch.top, env={**os.environ, **self.recording(log)},
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            enough = rng.randrange(MOST)  # bytes that are written down
            while run.poll() is None and (not log.exists() or log.stat().st_size < enough):
                time.sleep(0.001)
            run.kill()
            run.wait()
            if log.exists():
                record.read(log)
                if not self.differs(record):
                    return before
                log.unlink()
            for path in disk.iterdir():
                shutil.rmtree(path)
            shutil.copytree(kept, disk, dirs_exist_ok=True)
        raise AssertionError("no run could be killed and recorded")


class Late(Story):
    """Names that are known when an output is made."""

    recipe = ("--name", "{dir}/{stem}-{w}.{ext}", "--on-collision", "suffix")


class Over(Story):
    """Other settings over an earlier run's outputs, of the same size and with the inputs' times: nothing tells them apart but their bytes."""

    recipe = ("--format", "png", "--png-level", "0", "--preserve-times")
    words = ("--seed", "2")
    old = ("--seed", "1")

    def before(self, engine):
        done = self.batch.run(OUT, *engine, *self.old)
        assert done.returncode == 0, done.stderr
        self.batch.expected = {name.removeprefix("out/"): data for name, data in self.trees()[1][1].items()}

    def after(self, words, what):
        """Back to the earlier settings."""
        words = [self.old[1] if word == self.words[1] and words[i - 1] == "--seed" else word for i, word in enumerate(words)]
        done = self.batch.run(OUT, *words)
        assert done.returncode == 0, f"{what}: {done.stderr}"
        made = {f"out/{name}": data for name, data in tree(self.batch.top / OUT).items()}
        assert made == self.trees()[0][1], f"{what}: back with {self.old}: {sorted(n for n in made if made[n] != self.trees()[0][1].get(n))[:4]}"

    @functools.cache
    def trees(self):
        return [expected(self, self.old), expected(self, self.words)]


class Skip(Story):
    """What stands is kept: but not what a cut left of a file."""

    words = ("--if-exists", "skip")


class Boxes(Story):
    """Boxes in one file, which is written at the end of all."""

    words = ("--boxes", "boxes.json", "--boxes-out", f"{DISK}/boxes.json")

    def __init__(self):
        super().__init__()
        names = sorted(str(path.relative_to(self.batch.top / "in")) for path in (self.batch.top / "in").rglob("*.*"))
        images = [{"id": i, "file_name": name, "width": 48, "height": 40} for i, name in enumerate(names)]
        boxes = [{"id": i, "image_id": i, "category_id": 1, "bbox": [4, 4, 30, 30], "area": 900, "iscrowd": 0} for i in range(len(names))]
        (self.batch.top / "boxes.json").write_text(json.dumps(
            {"images": images, "annotations": boxes, "categories": [{"id": 1, "name": "one"}]}), encoding="utf-8")


class Pruned(Story):
    """Inputs have gone, and their outputs go; then they are back."""

    words = ("--prune",)
    gone = ("a/000.jpg", "b/005.png")

    def away(self, aside):
        """Puts inputs aside, or back."""
        (self.batch.top / "aside").mkdir(exist_ok=True)
        for name in self.gone:
            places = self.batch.top / "in" / name, self.batch.top / "aside" / os.path.basename(name)
            os.rename(*(places if aside else places[::-1]))

    def before(self, engine):
        self.full = self.trees()[0][1]
        done = self.batch.run(OUT, *engine)
        assert done.returncode == 0, done.stderr
        self.batch.expected = {name.removeprefix("out/"): data for name, data in self.trees()[1][1].items()}
        self.away(True)

    def after(self, words, what):
        self.away(False)
        done = self.batch.run(OUT, *words)
        made = {f"out/{name}": data for name, data in tree(self.batch.top / OUT).items()}
        self.away(True)
        assert done.returncode == 0, f"{what}: with all inputs again: {done.stderr}"
        assert made == self.full, f"{what}: with all inputs again"

    @functools.cache
    def trees(self):
        full = expected(self, ())
        self.away(True)
        less = expected(self, ())
        self.away(False)
        return [full, less]


STORIES = (Plain, Killed, Late, Over, Skip, Boxes, Pruned)
PAIRS = (("sync", "serial"), ("threads", "threads"))
SECOND = 2  # cuts of a run after which the next run is cut, too


def cut(story, engine, durability, count, step, rng):
    """One story with one pair of engines. Returns its figures."""
    words = [*engine, "--durability", durability, *story.words]
    with story.batch:
        story.begin(engine)
        trees, total = story.trees(), [0, 0, 0]
        record = story.record(words, rng)
        for number in range(1 + SECOND):
            cuts = Cuts(story, record, words, trees, durability, rng)
            cuts.all(count if not number else count // 8, step)
            total = [a + b for a, b in zip(total, (cuts.states, cuts.resumed, cuts.claimed))]
            if number == 0:
                first = record
            lay_out(first.state(rng.randrange(first.events), KeepsSome(rng)), story.batch.top / DISK)
            record = story.record(words, rng)
    return first.events, *total


def torture(count, seed, say, stories=STORIES, pairs=PAIRS, durabilities=("batch", "file"), step=1):
    rng = random.Random(seed)
    figures, total = [], [0, 0, 0, 0]
    for make in stories:
        for io, cpu in pairs:
            for durability in durabilities:
                found = cut(make(), ["--io", io, "--cpu", cpu, "-j", "2"], durability, count, step, rng)
                total = [a + b for a, b in zip(total, found)]
                figures.append(f"{make.__name__} --io {io} --cpu {cpu} --durability {durability}: {found[0]} calls, {found[1]} states, "
                               f"{found[3]} rows that claim a file, {found[2]} resumed")
                say(figures[-1])
    return [*figures, f"{total[0]} calls, {total[1]} states of the disk, {total[3]} claims, {total[2]} resumed: nothing lost"]
