# SPDX-License-Identifier: Apache-2.0
"""Defends `imgbatch bench`: what it says it measures is there or has a reason, nothing but its reports is left behind, failures are
counted, ^C prints what there is. No speed is judged."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest
from command import ENVIRONMENT, IMGBATCH, picture, run, save, tree

QUICK = ["--time", "5", "--io", "sync", "--cpu", "serial", "--cache", "warm"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    top = tmp_path_factory.mktemp("bench")
    for i in range(12):
        save(top / f"in/{i % 3}/{i}.jpg", picture(150 + 10 * i, 120, seed=i), quality=85)
    (top / "tmp").mkdir()
    return top


def bench(place, *words, expect=0, **env):
    before = tree(place / "in")
    result = run("bench", "--in", "in", "--resize", "64x64", *map(str, words), cwd=place, expect=expect,
                 TMPDIR=str(place / "tmp"), **env)
    assert os.listdir(place / "tmp") == []
    assert tree(place / "in") == before
    return result


def cells(place, *words, **env):
    return json.loads(bench(place, *words, "--json", "-", **env).out)


def engines(kind):
    return [line.split()[1] for line in run("engines").out.splitlines()
            if line.startswith(f"--{kind} ") and line.split()[2] == "yes"]


def test_every_pair_is_measured_or_has_a_reason(place):
    result = cells(place, "--time", "12", "-j", "2")
    asked = {(io, cpu, 1 if cpu == "serial" else 2, store)
             for io in engines("io") for cpu in engines("cpu") for store in ("warm", "cold")}
    asked |= {("auto", "auto", 2, store) for store in ("warm", "cold")}
    assert {(c["io"], c["cpu"], c["workers"], c["store"]) for c in result["cells"]} == asked
    measured = [c for c in result["cells"] if c["rounds"]]
    assert measured
    for cell in measured:
        assert 0 < cell["low"] <= cell["median"] <= cell["high"] and cell["images"] >= 4 and cell["cpu_ms"] > 0
    assert all(c["reason"] for c in result["cells"] if not c["rounds"])
    for store in {c["store"] for c in measured if c["io"] != "auto"}:
        best, = [c for c in measured if c["store"] == store and c["best"]]
        assert best["median"] == max(c["median"] for c in measured if c["store"] == store and c["io"] != "auto")
    assert result["files"] == result["listed"] == 12 and result["seconds"] < 60 and 0 <= result["others"] <= 1
    assert result["recipe"].startswith("resize 64x64")


def test_workers_are_1_2_4_and_all(place):
    cpus = len(os.sched_getaffinity(0))
    result = cells(place, "--time", "3", "--io", "sync", "--cpu", "threads", "--cache", "warm")
    if cpus <= 2:  # a quota may allow fewer than the affinity does
        assert [c["workers"] for c in result["cells"]] in ([1], [1, 2])
    else:
        assert [c["workers"] for c in result["cells"]][:2] == [1, 2]


def test_a_run_may_go_through_a_small_sample_many_times(place):
    cell, = cells(place, *QUICK)["cells"]
    assert cell["images"] > 12 and cell["failed"] == 0


def test_text_and_files(place):
    result = bench(place, *QUICK, "--json", "b.json", "--html", "b.html")
    assert "warm cache, images/s" in result.out and "best (*): --io sync --cpu serial -j 1" in result.out
    assert json.loads((place / "b.json").read_text())["type"] == "bench"
    assert (place / "b.html").read_text().startswith("<!doctype html>")
    assert bench(place, *QUICK, "--html", "-").out.startswith("<!doctype html>")


def test_sync_pays_for_each_wait(place):
    """What one after another waits 20 ms makes at most 50 in a second, whatever the machine; without it the same cell is there too."""
    said = bench(place, *QUICK, "--time", "20", "--simulate-latency", "20", "--json", "slow.json").out
    result = json.loads((place / "slow.json").read_text())
    warm, slow = result["cells"]
    assert (warm["store"], slow["store"]) == ("warm", "slow") and result["latency_ms"] == 20
    assert warm["rounds"] and 0 < slow["high"] <= 50
    assert "of what the warm cache gives" in said


def test_failures_are_counted(place):
    other = place / "other"
    shutil.copytree(place / "in", other / "in", dirs_exist_ok=True)
    (other / "tmp").mkdir(exist_ok=True)
    (other / "in/bad.jpg").write_bytes((other / "in/0/9.jpg").read_bytes()[:-700])
    said = bench(other, *QUICK, "--json", "b.json", expect=1).out
    assert "warm cache, images/s" in said and re.search(r"Up to \d+ of \d+ images failed", said)
    result = json.loads((other / "b.json").read_text())
    cell, = result["cells"]
    assert cell["rounds"] and cell["failed"] >= 1 and result["failed"] >= cell["failed"]
    assert json.loads(bench(place, *QUICK, "--time", "2", "--json", "-").out)["failed"] == 0


@contextlib.contextmanager
def begun(place, until):
    """A bench that goes on for minutes unless somebody ends it, as soon as it says so."""
    process = subprocess.Popen([IMGBATCH, "bench", "--in", "in", "--resize", "64x64", "--time", "300", "--io", "sync",
                                "--cpu", "serial", "--cache", "warm", "--progress", "always"], cwd=place,
                               env={**ENVIRONMENT, "TMPDIR": str(place / "tmp")}, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    try:
        assert any(re.search(until, line) for line in process.stderr)
        yield process
    finally:
        process.kill()
        process.communicate()


def test_what_a_killed_one_left_goes_with_the_next(place):
    with begun(place, "round") as killed:
        killed.kill()
        killed.wait()
    left, = os.listdir(place / "tmp")
    assert {"lock", "in", "list"} <= set(os.listdir(place / "tmp" / left))
    (place / "tmp/imgbatch-bench-Ab3dEf").mkdir()  # killed before it had a lock
    bench(place, *QUICK, "--time", "2")


def test_what_others_use_stays(place):
    """Of another bench that runs; and what only has such a name."""
    named, linked, other = (place / "tmp" / f"imgbatch-bench-{name}" for name in ("named1", "linked", "long-name"))
    for folder in named, other:
        folder.mkdir()
        (folder / "kept").touch()
    linked.symlink_to(place / "in")
    with begun(place, "round 2") as living:
        before = set(os.listdir(place / "tmp"))
        assert len(before) == 4
        run("bench", "--in", "in", *QUICK, "--time", "2", cwd=place, TMPDIR=str(place / "tmp"))
        assert set(os.listdir(place / "tmp")) == before
        living.send_signal(signal.SIGINT)
        assert "Stopped early" in living.communicate(timeout=60)[0] and living.returncode == 130
    assert sorted(path.name for path in (place / "tmp").iterdir()) == sorted(path.name for path in (named, linked, other))
    assert (named / "kept").exists() and (other / "kept").exists()
    linked.unlink()
    for folder in named, other:
        shutil.rmtree(folder)


def test_nothing_to_measure(place, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "tmp").mkdir()
    bench(tmp_path, *QUICK, expect=2)
    (tmp_path / "in/notes.txt").write_text("no picture")
    assert "E_NOTHING" in bench(tmp_path, *QUICK, expect=2).err


def test_files_in_memory_have_no_cold_cache(place):
    shm = pathlib.Path("/dev/shm")
    if not shm.is_dir() or "tmpfs" not in subprocess.run(["stat", "-fc", "%T", shm], capture_output=True, text=True,
                                                         check=False).stdout:
        pytest.skip("no tmpfs here")
    top = shm / f"imgbatch-test-{os.getpid()}"
    try:
        shutil.copytree(place / "in", top / "in")
        (top / "tmp").mkdir()
        result = cells(top, "--time", "4", "--io", "sync", "--cpu", "serial")
        assert [(c["store"], c["rounds"] > 0) for c in result["cells"]] == [("warm", True), ("cold", False)]
        assert result["cells"][1]["reason"] == "the inputs stay in memory"
        assert "no cold cache" in result["notes"][0]
    finally:
        shutil.rmtree(top, ignore_errors=True)


def test_scratch_and_masks(place):
    for path in sorted((place / "in").rglob("*.jpg")):
        name = path.relative_to(place / "in")
        save(place / "masks" / f"{name}.png", picture(150 + 10 * int(path.stem), 120, "L"))
        save(place / "masks" / name.with_suffix(".png"), picture(150 + 10 * int(path.stem), 120, "L"))
    (place / "scratch").mkdir(exist_ok=True)
    cell, = cells(place, *QUICK, "--scratch", "scratch", "--masks", "masks")["cells"]
    assert cell["rounds"] and cell["failed"] == 0 and cell["images"] <= 12
    assert os.listdir(place / "scratch") == []
    assert not (place / "masks-out").exists()


def test_names_that_collide_are_taken_once(place, tmp_path):
    for folder in ("one", "two"):
        save(tmp_path / folder / "same.jpg", picture(90, 60))
    result = run("bench", "--in", "one", "two", *QUICK, "--json", "-", cwd=tmp_path)
    assert json.loads(result.out)["files"] == 1


def test_ctrl_c_prints_what_there_is(place):
    with begun(place, "round [23]") as process:
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 130 and time.monotonic() - sent < 30
    assert "warm cache, images/s" in out and "Stopped early" in out
    assert os.listdir(place / "tmp") == []


@pytest.mark.parametrize("words", [["--time", "soon"], ["--time", "0"], ["--time"], ["--cache", "tepid"],
                                   ["--scratch", "nowhere/at/all"], ["--cpu", "abacus"], ["--bogus"]])
def test_wrong_usage(place, words):
    result = bench(place, *words, expect=2)
    assert result.out == "" and result.err.startswith("imgbatch: ")


def test_without_inputs(place):
    assert "--in" in run("bench", "--time", "2", expect=2).err


def test_help_and_completion():
    text = run("bench", "--help").out
    for word in ("--time SECONDS", "--cache", "--scratch", "--json", "--html", "--simulate-latency"):
        assert word in text
    assert "Options of bench: bench" in run("--man").out
    for shell in ("bash", "zsh", "fish"):
        assert "scratch" in run("--completion", shell).out
