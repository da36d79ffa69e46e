# SPDX-License-Identifier: Apache-2.0
"""Defends what a run does with too little: of descriptors, processes, room for its ledger; and with an output folder that is
somebody else's at the moment."""
import fcntl
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest
from kit import Batch, accounts, runs_here, tree

ENGINES = [pair for pair in (("sync", "serial"), ("threads", "threads"), ("threads", "processes"), ("event", "threads"))
           if runs_here(*pair)]


@pytest.fixture(scope="module")
def batch():
    with Batch(files=40, size=(48, 40)) as made:
        yield made


@pytest.mark.parametrize("io, cpu", ENGINES)
def test_few_descriptors(batch, io, cpu):
    """With ever fewer, a run is as good as any, until it cannot be had at all: then it says so, once, and blames no image."""
    enough = 0
    for most in range(40, 4, -3):
        batch.fresh("out")
        done = batch.run("out", "--json", "--io", io, "--cpu", cpu,
                         preexec_fn=lambda most=most: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most)))
        assert done.returncode in (0, 3), (most, done.stderr)
        if done.returncode:
            assert done.stderr.count(b"imgbatch: ") == 1, (most, done.stderr)
        else:
            assert tree(batch.top / "out") == batch.expected
            enough += 1
    assert enough >= 4


def held(batch, out):
    """A run that waits for names for ever, with OUT in its hands."""
    process = subprocess.Popen([os.environ["IMGBATCH"], "--files-from", "-", "--out", out], cwd=batch.top,
                               stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 20
    lock = batch.top / out / ".imgbatch/lock"
    while not lock.exists() or not lock.read_text(encoding="utf-8").endswith("\n"):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.005)
    return process


def test_a_folder_that_another_run_holds(batch):
    batch.fresh("out")
    process = held(batch, "out")
    try:
        done = batch.run("out")
        assert done.returncode == 3
        assert f"E_LOCKED: process {process.pid} on {os.uname().nodename} holds".encode() in done.stderr, done.stderr
        assert tree(batch.top / "out") == {}
    finally:
        process.kill()
        process.wait()
    batch.check_resumed("out", "after the holder was killed")


def test_a_lock_without_a_holder_means_nothing(batch):
    """A file called lock is no lock: what holds is flock, and it falls with its process."""
    batch.fresh("out")
    (batch.top / "out/.imgbatch").mkdir(parents=True)
    (batch.top / "out/.imgbatch/lock").write_text("1 elsewhere 0\n", encoding="utf-8")
    batch.check_resumed("out", "beside an old lock")
    with open(batch.top / "out/.imgbatch/lock", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = batch.run("out")
        assert done.returncode == 3 and b"E_LOCKED" in done.stderr


def spoil_text(ledger):
    ledger.write_bytes(b"not a ledger at all\n" * 500)


def spoil_middle(ledger):
    data = bytearray(ledger.read_bytes())
    data[100:] = b"\xa5" * (len(data) - 100)
    ledger.write_bytes(data)


def spoil_foreign(ledger):
    ledger.unlink()
    with sqlite3.connect(ledger) as other:
        other.execute("CREATE TABLE theirs (x)")
        other.commit()
    other.close()


def spoil_newer(ledger):
    with sqlite3.connect(ledger) as ours:
        ours.execute("PRAGMA user_version = 999")
        ours.commit()
    ours.close()


@pytest.mark.parametrize("spoil, words", [
    (spoil_text, b"not a database"), (spoil_middle, b"malformed"), (spoil_foreign, b"not a ledger of imgbatch"),
    (spoil_newer, b"newer imgbatch"),
])
def test_a_ledger_that_cannot_be_used(batch, spoil, words):
    """Nothing is written, nothing is lost, and it is said what is wrong; without it the folder is a stranger's."""
    batch.fresh("out")
    assert batch.run("out").returncode == 0
    spoil(batch.top / "out/.imgbatch/ledger.sqlite")
    done = batch.run("out", "--if-exists", "overwrite")
    assert done.returncode == 3 and b"E_LEDGER" in done.stderr and words in done.stderr, done.stderr
    assert done.stderr.count(b"imgbatch: ") == 1
    assert tree(batch.top / "out") == batch.expected
    status = subprocess.run([os.environ["IMGBATCH"], "status", "out"], cwd=batch.top, capture_output=True, check=False)
    assert status.returncode == 3 and words in status.stderr, status.stderr
    shutil.rmtree(batch.top / "out/.imgbatch")
    assert batch.run("out").returncode == 1, "E_EXISTS, since no row knows them"
    batch.check_resumed("out", "overwritten on request", "--if-exists", "overwrite")


def test_a_ledger_that_somebody_else_writes(batch):
    """SQLite's own lock, held from outside: waited for, then told, with nothing written."""
    batch.fresh("out")
    assert batch.run("out").returncode == 0
    other = sqlite3.connect(batch.top / "out/.imgbatch/ledger.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        done = batch.run("out")
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert done.returncode == 3 and b"locked" in done.stderr, done.stderr
    batch.check_resumed("out", "after it was let go")


def test_a_stop_while_files_are_synced(batch):
    """SIGTERM at any time: two seconds, and what was made durable stays done."""
    for wait in (0.01, 0.03, 0.06, 0.1):
        batch.fresh("out")
        process = subprocess.Popen(batch.command("out", "--durability", "batch", "--json"), cwd=batch.top,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        time.sleep(wait)
        process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        stdout, _ = process.communicate(timeout=20)
        assert time.monotonic() - begun < 2
        assert process.returncode in (0, 143, -signal.SIGTERM)
        if process.returncode == 143:
            accounts(stdout, "stopped")
        batch.check_whole("out", "stopped")
        batch.check_resumed("out", "stopped")
