# SPDX-License-Identifier: Apache-2.0
"""Defends what --durability says: what is synced before what, seen by a shim in front of libc, and that no row of the ledger
claims what could not be synced.

What a cut of power may leave is worked out in test_power.py. What holds the promise are the orders that are asked for: bytes
before names under `file`, files and folders before rows under `batch`, planned names before the first file under both.
"""
import contextlib
import os
import sqlite3

import pytest
from kit import Batch, SHIM, left_over, runs_here, tree

PAIRS = [pair for pair in (("sync", "serial"), ("threads", "processes"), ("event", "threads")) if runs_here(*pair)]


@pytest.fixture(scope="module")
def batch():
    with Batch(files=12, size=(48, 40), words=["--sidecar"], masks=True) as made:
        yield made


def calls(batch, durability, io, cpu, *words):
    """The syncs and renames of a run, in order: ("fsync", path) and ("rename", from, to), below OUT."""
    batch.fresh("out")
    log = batch.top / "log"
    log.unlink(missing_ok=True)
    done = batch.run("out", "--durability", durability, "--io", io, "--cpu", cpu, *words,
                     env={"LD_PRELOAD": str(SHIM), "IMGBATCH_FAULT_LOG": str(log)})
    assert done.returncode == 0, done.stderr
    out = os.path.realpath(batch.top / "out")
    return [tuple(os.path.relpath(word, out) if word.startswith("/") else word for word in line.split())
            for line in log.read_text(encoding="utf-8").splitlines()]


def rows(batch):
    with contextlib.closing(sqlite3.connect(batch.top / "out/.imgbatch/ledger.sqlite")) as ledger:
        return ledger.execute("SELECT count(*) FROM output WHERE made = 1").fetchone()[0], \
            ledger.execute("SELECT count(*) FROM image WHERE state = 1").fetchone()[0]


LOG = ".imgbatch/ledger.sqlite-wal"


@pytest.mark.parametrize("io, cpu", PAIRS)
def test_batch_syncs_every_file_and_folder_then_the_ledger(batch, io, cpu):
    seen = calls(batch, "batch", io, cpu)
    synced = [call[1] for call in seen if call[0] == "fsync"]
    files = set(tree(batch.top / "out"))
    assert files == set(batch.expected)
    assert files <= set(synced)
    assert {os.path.dirname(name) or "." for name in files} <= set(synced) and "." in synced
    first_file = min(synced.index(name) for name in files)
    last_file = max(i for i, name in enumerate(synced) if name in files)
    assert LOG in synced[:first_file], "planned names are durable before the first file"
    assert LOG in synced[last_file:], "and the rows after the last one"


def test_batches_do_not_wait_for_the_end(batch):
    """While one file stalls, what is done is made durable, its rows are committed, and the ledger's log is synced."""
    batch.fresh("out")
    log = batch.top / "log"
    log.unlink(missing_ok=True)
    done = batch.run("out", "--io", "threads", "--cpu", "threads",
                     env={"LD_PRELOAD": str(SHIM), "IMGBATCH_FAULT_LOG": str(log), "IMGBATCH_FAULT": "read:1:4000:stall",
                          "IMGBATCH_FAULT_PATH": "in/b/011.png"})
    assert done.returncode == 0, done.stderr
    seen = [line.split() for line in log.read_text(encoding="utf-8").splitlines()]
    late = next(i for i, call in enumerate(seen) if call[0] == "rename" and call[2] == "b/011.png")
    files = [i for i, call in enumerate(seen[:late]) if call[0] == "fsync" and call[1].endswith("a/000.jpg")]
    assert files, "files are synced meanwhile"
    assert any(call[1].endswith(LOG) for call in seen[files[0]:late] if call[0] == "fsync"), "and so is the log, for their rows"


@pytest.mark.parametrize("io, cpu", [pair for pair in PAIRS if pair[0] != "event"])
def test_file_syncs_each_before_it_gets_its_name(batch, io, cpu):
    """The ring's own syncs are not seen by a shim, so this is not asked of event."""
    synced, renamed = set(), 0
    for call in calls(batch, "file", io, cpu):
        if call[0] == "fsync":
            synced.add(call[1])
        elif call[1].startswith(".imgbatch/tmp/"):
            assert call[1] in synced, f"{call[2]} got its name before its bytes"
            renamed += 1
    assert renamed == len(batch.expected)
    assert {"a", "b", "masks/a", "."} <= synced, "names, too"


def test_none_syncs_nothing(batch):
    assert [call for call in calls(batch, "none", "threads", "threads") if call[0] == "fsync"] == []


def test_the_default_is_batch(batch):
    with_word = {call[1] for call in calls(batch, "batch", "sync", "serial") if call[0] == "fsync"}
    batch.fresh("out")
    log = batch.top / "log"
    log.unlink()
    batch.run("out", "--io", "sync", "--cpu", "serial", env={"LD_PRELOAD": str(SHIM), "IMGBATCH_FAULT_LOG": str(log)})
    words = [line.split() for line in log.read_text(encoding="utf-8").splitlines()]
    out = os.path.realpath(batch.top / "out")
    assert {os.path.relpath(call[1], out) for call in words if call[0] == "fsync"} == with_word


def test_no_file_is_written_before_the_plan_is_durable(batch):
    """The first sync of the ledger's log that is ours fails (SQLite has one of its own before, whose failure it tells)."""
    refused = 0
    for k in (1, 2, 3):
        batch.fresh("out")
        done = batch.run("out", env={"LD_PRELOAD": str(SHIM), "IMGBATCH_FAULT": f"fsync:{k}:5:once",
                                     "IMGBATCH_FAULT_PATH": LOG})
        if b"ledger.sqlite-wal: cannot be made durable" in done.stderr:
            assert done.returncode == 3 and (refused or tree(batch.top / "out") == {})
            refused += 1
        batch.check_resumed("out", f"fsync {k} of the log")
    assert refused


def test_late_names_are_durable_before_their_files(batch):
    """Each output's name is known when it is made: its claim is synced before the file gets that name."""
    late = ["--name", "{dir}/{stem}-{w}.{ext}", "--on-collision", "suffix"]
    claims = renamed = 0
    for call in calls(batch, "batch", "sync", "serial", *late):
        claims += call == ("fsync", LOG)
        if call[0] == "rename" and call[1].startswith(".imgbatch/tmp/"):
            renamed += 1
            assert claims > renamed, f"{call[2]} before its claim"
    assert renamed == len(batch.expected)


@pytest.mark.parametrize("io, cpu", PAIRS)
def test_no_row_claims_what_could_not_be_synced(batch, io, cpu):
    batch.fresh("out")
    done = batch.run("out", "--durability", "batch", "--io", io, "--cpu", cpu,
                     env={"LD_PRELOAD": str(SHIM), "IMGBATCH_FAULT": "fsync:1:5:once", "IMGBATCH_FAULT_PATH": "out/a/"})
    assert done.returncode == 3 and b"cannot be made durable: Input/output error" in done.stderr, done.stderr
    assert tree(batch.top / "out") == batch.expected, "they were all written"
    assert rows(batch) == (0, 0)
    batch.check_resumed("out", "after a sync that failed", "--io", io, "--cpu", cpu)
    assert rows(batch) == (len(batch.expected), 12)


@pytest.mark.parametrize("io, cpu", [pair for pair in PAIRS if pair[0] != "event"])
@pytest.mark.parametrize("call, error, words", [
    ("write", 28, b"No space left on device"), ("write", 122, b"Disk quota exceeded"), ("close", 5, b"Input/output error"),
    ("rename", 28, b"No space left on device"), ("fsync", 5, b"Input/output error"),
])
def test_an_output_that_is_refused_ends_the_run(batch, io, cpu, call, error, words):
    """Each step of an output, the name of a mask: exit 3, one message, no temporary file, and all goes on from there."""
    path = "masks/" if call == "rename" else ".imgbatch/tmp/"
    batch.fresh("out")
    done = batch.run("out", "--durability", "file", "--io", io, "--cpu", cpu,
                     env={"LD_PRELOAD": str(SHIM), "IMGBATCH_FAULT": f"{call}:2:{error}:once", "IMGBATCH_FAULT_PATH": path})
    errors = [line for line in done.stderr.splitlines() if line.startswith(b"imgbatch: ")]
    assert done.returncode == 3 and len(errors) == 1 and b"E_WRITE" in errors[0] and words in errors[0], done.stderr
    batch.check_whole("out", call)
    assert len(tree(batch.top / "out")) < len(batch.expected)
    assert not left_over(batch.top / "out")
    batch.check_resumed("out", call, "--io", io, "--cpu", cpu)
