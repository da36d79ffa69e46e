# SPDX-License-Identifier: Apache-2.0
"""Defends engines that pick themselves, from outside: what was decided is told with numbers, outputs are those of fixed engines,
options bound what is decided, and a signal in the middle of it ends the run."""
import re
import signal
import subprocess
import time

import pytest
from command import ENVIRONMENT, IMGBATCH, picture, run, save, tree

FILES = 150
WORDS = ["--resize", "20x20", "--progress", "never"]
TOLD = re.compile(r"--io auto: (\w+), (\d+) reads in flight: (.*)")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    top = tmp_path_factory.mktemp("auto")
    for i in range(FILES):
        save(top / f"in/{i:03}.jpg", picture(40, 30, seed=i))
    save(top / "large/one.png", picture(900, 800))
    run("--in", "in", "--out", "expected", *WORDS, "--io", "sync", "--cpu", "serial", cwd=top)
    return top


def told(result):
    """Engine, reads in flight, and why, as the last sentence about them has it."""
    return TOLD.findall(result.err)[-1]


def test_slow_storage_gets_more_reads(place):
    result = run("--in", "in", "--out", "slow", *WORDS, "-v", "--json", "--simulate-latency", "60", cwd=place)
    io, reads, why = told(result)
    assert int(reads) > 16
    assert "starved" in why or "too soon" in why
    assert result.summary["io"] == io and result.summary["profile"]["io_jobs"] == int(reads)
    assert tree(place / "slow") == tree(place / "expected")


def test_io_jobs_bounds_them(place):
    result = run("--in", "in", "--out", "bound", *WORDS, "-v", "--simulate-latency", "20", "--io-jobs", "10", cwd=place)
    io, reads, _ = told(result)
    assert io == "threads" and int(reads) <= 10
    assert tree(place / "bound") == tree(place / "expected")


def test_memory_bounds_them(place):
    """An eighth of it is for files, and every read in flight is counted as a MiB."""
    result = run("--in", "in", "--out", "tight", *WORDS, "-v", "--simulate-latency", "20", "--memory", "96M", cwd=place)
    assert int(told(result)[1]) <= 12
    assert tree(place / "tight") == tree(place / "expected")


def test_what_is_named_is_not_changed(place):
    result = run("--in", "in", "--out", "named", *WORDS, "-v", "--io", "threads", "--simulate-latency", "5", cwd=place)
    assert not TOLD.search(result.err)
    assert "io threads (8 in flight)" in result.err


def test_a_signal_in_the_middle(place):
    process = subprocess.Popen([IMGBATCH, "--in", "in", "--out", "stopped", *WORDS, "--simulate-latency", "400", "-j", "1"],
                               cwd=place, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until = time.monotonic() + 20
    while not (place / "stopped/.imgbatch").exists() and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.2)  # nothing has come back yet: more reads are being begun
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130
    assert run("--in", "in", "--out", "stopped", *WORDS, cwd=place).status == 0
    assert tree(place / "stopped") == tree(place / "expected")


@pytest.mark.parametrize("operation", [["--blur", "3"], ["--rotate", "10"], ["--crop", "800x700", "--resize", "300x300"]])
def test_one_image_is_shared_by_the_threads_of_one_process(place, operation):
    words = ["--in", "large", *operation, "--progress", "never"]
    shared = run(*words, "--out", f"shared{operation[0]}", "-v", "-j", "4", "--cpu", "processes", cwd=place)
    run(*words, "--out", f"alone{operation[0]}", "--cpu", "serial", cwd=place)
    assert "1 processes of 4 threads" in shared.err
    assert tree(place / f"shared{operation[0]}") == tree(place / f"alone{operation[0]}")


def test_no_more_threads_than_jobs(place):
    result = run("--in", "in", "--out", "jobs", *WORDS, "-v", "-j", "2", cwd=place)
    assert "processes of" not in result.err
    result = run("--in", "large", "--out", "single", *WORDS, "-v", "-j", "1", cwd=place)
    assert "processes of" not in result.err
