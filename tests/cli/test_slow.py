# SPDX-License-Identifier: Apache-2.0
"""Defends the simulated slow store from outside: the same files as without it, waits that last as long as they say, and a
signal that ends them."""
import signal
import subprocess
import time

import pytest
from command import ENVIRONMENT, IMGBATCH, picture, run, save, tree

FILES = 12


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    top = tmp_path_factory.mktemp("slow")
    for i in range(FILES):
        save(top / f"in/{i}.jpg", picture(90 + i, 60, seed=i))
    run("--in", "in", "--out", "expected", "--resize", "40x40", cwd=top)
    return top


@pytest.mark.parametrize("io", ["sync", "threads", "event"])
def test_files_are_the_same_and_take_their_time(place, io):
    result = run("--in", "in", "--out", f"out-{io}", "--resize", "40x40", "--io", io, "--io-jobs", "4", "--json",
                 "--simulate-latency", "30", "--simulate-bandwidth", "5.5", cwd=place, expect=None)
    if result.status == 3 and "E_ENGINE" in result.err:
        pytest.skip(result.err)
    assert result.status == 0
    assert tree(place / f"out-{io}") == tree(place / "expected")
    assert len(result.images) == FILES
    assert all(image["ms"]["read"] >= 30 for image in result.images.values())
    if io == "sync":
        assert result.summary["seconds"] >= FILES * 0.030


def test_it_is_told_with_v(place):
    assert "--simulate-latency" in run("--in", "in", "--out", "told", "-v", "--simulate-latency", "1", cwd=place).err
    assert "simulate" not in run("--in", "in", "--out", "untold", "-v", cwd=place).err


@pytest.mark.parametrize("io", ["sync", "threads", "event"])
def test_a_signal_ends_the_wait(place, io):
    process = subprocess.Popen([IMGBATCH, "--in", "in", "--out", f"stop-{io}", "--io", io, "--simulate-latency", "10000"],
                               cwd=place, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    ledger = place / f"stop-{io}/.imgbatch"
    until = time.monotonic() + 20
    while not ledger.exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.3)
    if process.poll() == 3:
        pytest.skip(process.communicate()[1].decode())
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=9)  # a single file would take longer
    assert process.returncode == 130
    assert run("--in", "in", "--out", f"stop-{io}", "-q", cwd=place).status == 0


@pytest.mark.parametrize("words", [["--simulate-latency", "soon"], ["--simulate-latency", "10001"],
                                   ["--simulate-bandwidth", "-1"], ["--simulate-bandwidth"]])
def test_wrong_values(place, words):
    assert words[0] in run("--in", "in", "--out", "none", *words, cwd=place, expect=2).err
    assert not (place / "none").exists()
