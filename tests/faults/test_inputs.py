# SPDX-License-Identifier: Apache-2.0
"""Defends how inputs are met that are no files, that move, or that nobody can read: each costs itself at most, and none stops a
run. What cannot be arranged from outside, a file that changes or stalls while it is read, is done by the shim in front of libc.
"""
import json
import os
import socket
import time

import pytest
from kit import Batch, SHIM, accounts, runs_here

ENGINES = [pair for pair in (("sync", "serial"), ("threads", "processes"), ("event", "threads")) if runs_here(*pair)]


@pytest.fixture
def batch():
    with Batch(files=6, size=(48, 40)) as made:
        yield made


def told(batch, out, *words, expect=0, env=None):
    done = batch.run(out, "--json", *words, env=env)
    assert done.returncode == expect, done.stderr
    accounts(done.stdout, out)
    images = [json.loads(line) for line in done.stdout.splitlines()][:-1]
    return {image["in"]: (image["status"], image.get("code")) for image in images}


def strange(top):
    """A FIFO, a socket, a device where that is allowed, and loops of links. Returns their names."""
    names = ["pipe.jpg", "socket.jpg", "loop.jpg", "mutual-a", "mutual-b", "around"]
    os.mkfifo(top / "pipe.jpg")
    here = os.getcwd()
    os.chdir(top)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket.jpg")
    os.chdir(here)
    os.symlink("loop.jpg", top / "loop.jpg")
    os.symlink("mutual-b", top / "mutual-a")
    os.symlink("mutual-a", top / "mutual-b")
    os.symlink("..", top / "around")
    try:
        os.mknod(top / "device.jpg", 0o20600, os.makedev(1, 5))  # /dev/zero: endless
        names.append("device.jpg")
    except PermissionError:
        pass
    return names


@pytest.mark.parametrize("follow", [[], ["--follow"]])
@pytest.mark.parametrize("io, cpu", ENGINES)
def test_what_is_no_file_is_met(batch, io, cpu, follow):
    names = strange(batch.top / "in/a")
    seen = told(batch, "out", "--io", io, "--cpu", cpu, *follow, expect=1)
    for name in names:
        if name in ("loop.jpg", "mutual-a", "mutual-b", "around"):
            assert seen.get(f"a/{name}", ("ignored",))[0] in (("ignored", "failed") if follow else ("ignored",)), name
        else:
            assert seen[f"a/{name}"] == ("failed", "E_NOT_REGULAR"), name
    assert sum(status == "ok" for status, _ in seen.values()) == 6


@pytest.mark.parametrize("follow", [[], ["--follow"]])
@pytest.mark.parametrize("io, cpu", ENGINES)
def test_what_is_no_file_is_named(batch, io, cpu, follow):
    names = strange(batch.top / "in/a")
    listed = batch.top / "list"
    listed.write_text("".join(f"in/a/{name}\n" for name in names + ["000.jpg", "no-such.jpg"]), encoding="utf-8")
    batch.words = ["--files-from", "list", "--resize", "8x8"]
    seen = told(batch, "out", "--io", io, "--cpu", cpu, *follow, expect=1)
    codes = {os.path.basename(name): said for name, said in seen.items()}
    for name in ("pipe.jpg", "socket.jpg"):
        assert codes[name] == ("failed", "E_NOT_REGULAR"), codes
    assert codes["no-such.jpg"] == ("failed", "E_VANISHED")
    assert codes["around"] == (("failed", "E_NOT_REGULAR") if follow else ("ignored", None))
    assert codes["loop.jpg"] == (("failed", "E_OPEN") if follow else ("ignored", None))
    assert codes["000.jpg"][0] == "ok"


@pytest.mark.parametrize("io, cpu", [pair for pair in ENGINES if pair[0] != "event"])
@pytest.mark.parametrize("fault, code", [("open:1:2:once", "E_VANISHED"), ("open:1:13:once", "E_OPEN"),
                                         ("read:1:5:once", "E_READ"), ("read:1:0:grow", "E_CHANGED")])
def test_what_moves_costs_itself(batch, io, cpu, fault, code):
    """Gone, locked, broken, or longer by a byte at the moment it is read."""
    env = {"LD_PRELOAD": str(SHIM), "IMGBATCH_FAULT": fault, "IMGBATCH_FAULT_PATH": "b/001.jpg"}
    seen = told(batch, "out", "--io", io, "--cpu", cpu, expect=1, env=env)
    assert seen.pop("b/001.jpg") == ("failed", code)
    assert {status for status, _ in seen.values()} == {"ok"}


def test_a_file_that_changes_under_the_ring(batch):
    """io_uring passes the shim by, so here a file grows by itself, all the time."""
    if not runs_here("event", "threads"):
        pytest.skip("no io_uring here")
    big = batch.top / "in/a/000.jpg"
    data = big.read_bytes()
    big.write_bytes(data + b"\0" * (24 << 20))
    stop = os.fork()
    if not stop:
        while True:
            os.utime(big)
    try:
        seen = told(batch, "out", "--io", "event", "--cpu", "threads", expect=1)
    finally:
        os.kill(stop, 9)
        os.waitpid(stop, 0)
    assert seen.pop("a/000.jpg") == ("failed", "E_CHANGED")
    assert {status for status, _ in seen.values()} == {"ok"}


def test_a_stalled_file_does_not_stop_the_others(batch):
    """One read sleeps for two seconds; all others are told before."""
    env = {"LD_PRELOAD": str(SHIM), "IMGBATCH_FAULT": "read:1:2000:stall", "IMGBATCH_FAULT_PATH": "a/000.jpg"}
    begun = time.monotonic()
    done = batch.run("out", "--json", "--io", "threads", "--cpu", "threads", env=env)
    assert done.returncode == 0 and time.monotonic() - begun >= 2
    names = [json.loads(line).get("in") for line in done.stdout.splitlines()]
    assert names[-2] == "a/000.jpg" and len(names) == 7
    assert accounts(done.stdout, "stalled")["ok"] == 6


def as_nobody():
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody who may not read everything")
def test_what_may_not_be_read(batch):
    """A folder and a file that this user cannot open: told, counted, and the rest is done."""
    os.chmod(batch.top, 0o777)
    (batch.top / "in/locked").mkdir(mode=0o700)
    os.chmod(batch.top / "in/a/000.jpg", 0o600)
    done = batch.run("out", "--json", preexec_fn=as_nobody)
    assert done.returncode == 1, done.stderr
    accounts(done.stdout, "unreadable")
    images = [json.loads(line) for line in done.stdout.splitlines()][:-1]
    codes = {image["in"]: image.get("code") for image in images if image["status"] == "failed"}
    assert codes == {"a/000.jpg": "E_OPEN", "locked": "E_OPEN"}
    assert sum(image["status"] == "ok" for image in images) == 5


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody who may not write everywhere")
def test_an_output_that_may_not_be_written(batch):
    os.chmod(batch.top, 0o755)
    (batch.top / "sealed").mkdir(mode=0o755)
    for out in ("sealed", "sealed/deeper"):
        done = batch.run(out, preexec_fn=as_nobody)
        assert done.returncode == 3 and done.stderr.count(b"\n") == 2, done.stderr
        assert b"E_WRITE" in done.stderr and b"Permission denied" in done.stderr
    assert os.listdir(batch.top / "sealed") == []


ODD = [b"new\nline.jpg", b"-dash.jpg", b"--out", b"esc\x1b[31m.jpg", b"\xff\xfe.jpg", b"l" * 251 + b".jpg", b" blank ", b"q\"'\\.jpg"]


@pytest.mark.parametrize("io, cpu", ENGINES)
def test_odd_names_are_bytes(batch, io, cpu):
    top = os.fsencode(batch.top)
    with open(top + b"/in/a/000.jpg", "rb") as file:
        data = file.read()
    for name in ODD:
        with open(top + b"/in/b/" + name, "wb") as file:
            file.write(data)
    done = batch.run("out", "-v", "--durability", "file", "--io", io, "--cpu", cpu)
    assert done.returncode == 0, done.stderr
    assert set(ODD) <= set(os.listdir(top + b"/out/b"))
    assert b"\x1b" not in done.stderr and b"\xff" not in done.stderr
    again = batch.run("out", "--json", "--io", io, "--cpu", cpu)
    assert accounts(again.stdout, "odd names")["skipped"] == 6 + len(ODD)
