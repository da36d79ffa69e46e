# SPDX-License-Identifier: Apache-2.0
"""Defends that a stopped run leaves whole files only, and that the same command goes on from there."""
import os
import shutil
import signal
import subprocess
import time

import pytest
from command import ENVIRONMENT, IMGBATCH, accounts_add_up, picture, pixels, run, save, tree

WORDS = ["--in", "in", "--random-resized-crop", "200", "--copies", "2", "--json"]
FILES = 120


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    top = tmp_path_factory.mktemp("signals")
    first = save(top / "in/000.jpg", picture(700, 500).resize((2100, 1500)), quality=90)
    for i in range(1, FILES):
        shutil.copyfile(first, top / f"in/{i:03}.jpg")
    run(*WORDS, "--out", "expected", cwd=top)
    return top


def start(place, out, *words):
    return subprocess.Popen([IMGBATCH, *WORDS, "--out", out, *words], cwd=place, env=ENVIRONMENT,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


def wait_for_files(out, count, process):
    until = time.monotonic() + 20
    while not out.exists() or len(os.listdir(out)) <= count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.002)


def check_stopped(place, out):
    made = tree(place / out)
    expected = tree(place / "expected")
    assert 0 < len(made) < len(expected)
    assert all(expected[name] == data for name, data in made.items())
    private = place / out / ".imgbatch"
    assert not (private / "tmp").exists() or not os.listdir(private / "tmp")


@pytest.mark.parametrize("number, group, words", [
    (signal.SIGINT, False, ["--cpu", "threads", "--io", "threads"]),
    (signal.SIGTERM, False, ["--cpu", "serial", "--io", "sync"]),
    (signal.SIGINT, True, ["--cpu", "processes"]),  # as a terminal does it: to the workers, too
])
def test_a_signal_stops_and_the_same_command_goes_on(place, number, group, words):
    out = f"out-{number}-{group}"
    process = start(place, out, *words)
    wait_for_files(place / out, 8, process)
    sent = time.monotonic()
    (os.killpg if group else os.kill)(process.pid, number)
    stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == 128 + number, stderr
    assert time.monotonic() - sent < 2
    assert b"SIG" + (b"INT" if number == signal.SIGINT else b"TERM") in stderr
    check_stopped(place, out)
    lines = stdout.splitlines()
    assert lines[-1].startswith(b'{"type":"summary"') and len(lines) == FILES + 1
    status = run("status", out, "--json", cwd=place).objects[0]
    assert status["listed"] == FILES and status["not_attempted"] > 0
    again = run(*WORDS, "--out", out, *words, cwd=place)
    accounts_add_up(again.summary)
    assert again.summary["skipped"] == status["ok"] > 0
    assert tree(place / out) == tree(place / "expected")


def test_a_kill_leaves_whole_files_and_the_same_command_goes_on(place):
    process = start(place, "killed")
    wait_for_files(place / "killed", 8, process)
    process.kill()
    process.communicate()
    made, expected = tree(place / "killed"), tree(place / "expected")
    assert all(expected[name] == data for name, data in made.items())
    run(*WORDS, "--out", "killed", cwd=place)
    assert tree(place / "killed") == expected
    assert sorted(os.listdir(place / "killed/.imgbatch")) == sorted(os.listdir(place / "expected/.imgbatch"))
    assert pixels(place / "killed/000-0.jpg").size == (200, 200)


def test_a_signal_ignored_at_the_start_stays_ignored(place):
    process = subprocess.run(["sh", "-c", 'trap "" INT; "$0" "$@" & pid=$!; sleep 0.2; kill -INT $pid; wait $pid',
                              IMGBATCH, "--in", "in", "--include", "00*", "--out", "ignoring", "-q"],
                             cwd=place, env=ENVIRONMENT, check=False)
    assert process.returncode == 0
    assert len(tree(place / "ignoring")) == 10


def test_the_second_signal_kills_what_does_not_stop(place):
    """Waiting for names is all it does: the first signal may not wake it, the second one ends it."""
    with subprocess.Popen([IMGBATCH, "--files-from", "-", "--out", "waiting"], cwd=place, env=ENVIRONMENT,
                          stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        while not (place / "waiting/.imgbatch/lock").exists():
            assert process.poll() is None
        for _ in range(2):
            time.sleep(0.1)
            process.send_signal(signal.SIGINT)
        assert process.wait(timeout=2) in (130, -signal.SIGINT)
    assert tree(place / "waiting") == {}
