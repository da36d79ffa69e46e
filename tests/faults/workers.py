# SPDX-License-Identifier: Apache-2.0
"""Workers killed, made to crash or stopped at random moments: each costs one picture a second try, and the run completes."""
import json
import os
import pathlib
import random
import signal
import subprocess
import time

from kit import Batch, IMGBATCH, left_over, tree

PART = "COUNT workers hit by SIGKILL, SIGSEGV or SIGSTOP at random moments: no picture is lost, none charged unhit"
COUNT = 200
SIGNALS = (signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP)
HITS = 6  # a run
CHARGED = {"E_CRASH", "E_TIMEOUT"}


def children(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(word) for word in text.split()]


def workers(pid):
    """The worker processes of a run: children of its children; its own threads may have started the helper."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    helpers = []
    for thread in threads:
        try:
            helpers += pathlib.Path(f"/proc/{pid}/task/{thread}/children").read_text(encoding="ascii").split()
        except OSError:
            pass
    return [worker for helper in helpers for worker in children(int(helper))]


def hit(process, rng, pause):
    """Hits one worker. Returns the signal, None: the run was over."""
    time.sleep(rng.uniform(0, pause))
    found = workers(process.pid)
    if not found or process.poll() is not None:
        return None
    number = rng.choice(SIGNALS)
    try:
        os.kill(rng.choice(found), number)
    except ProcessLookupError:
        return None
    return number


def check(batch, lines, hits, what):
    """Every picture told once; those that failed are no more than were hit twice; the others as they should be."""
    summary, images = lines[-1], lines[:-1]
    failed = [image for image in images if image["status"] != "ok"]
    assert summary["listed"] == batch.files == len(images) == len({image["in"] for image in images}), f"{what}: {summary}"
    for image in failed:
        assert image["code"] in CHARGED, f"{what}: {image}"
    assert 2 * len(failed) <= hits, f"{what}: {len(failed)} pictures charged for {hits} hits"
    made = tree(batch.top / "out")
    missing = set(batch.expected) - set(made)
    assert all(batch.expected.get(name) == data for name, data in made.items()), f"{what}: a file differs"
    assert len(missing) == sum(batch.outputs(image["in"]) for image in failed), f"{what}: {sorted(missing)[:4]} missing"
    assert not left_over(batch.top / "out"), f"{what}: temporary files are left"
    return len(failed)


class Large(Batch):
    """Pictures that take long enough to be hit at."""

    def __init__(self):
        super().__init__(files=60, size=(700, 500), words=["--copies", "2"])

    def outputs(self, _):
        return 2


def run(batch, rng, wanted):
    """One run with up to so many hits. Returns the signals, and how many pictures were charged."""
    batch.fresh("out")
    jobs = rng.choice((1, 2, 4))
    words = ["--cpu", "processes", "-j", str(jobs), "--timeout", "1", "--json", "-q"]
    with subprocess.Popen(batch.command("out", *words), cwd=batch.top, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        signals = []
        while len(signals) < wanted:
            number = hit(process, rng, 0.06)
            if number is None and process.poll() is not None:
                break
            signals += [number] if number else []
        what = f"-j {jobs}, {[number.name for number in signals]}"
        try:
            out, err = process.communicate(timeout=300)  # a busy machine
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(f"{what}: the run does not end") from None
    assert process.returncode in (0, 1), f"{what}: exit {process.returncode}: {err.decode(errors='replace')[-300:]}"
    return signals, check(batch, [json.loads(line) for line in out.splitlines()], len(signals), what)


def torture(count, seed, say):
    rng = random.Random(seed)
    counts, runs, charged = dict.fromkeys(SIGNALS, 0), 0, 0
    with Large() as batch:
        while sum(counts.values()) < count:
            signals, failed = run(batch, rng, min(HITS, count - sum(counts.values())))
            for number in signals:
                counts[number] += 1
            runs += 1
            charged += failed
            if runs % 10 == 0:
                say(f"{runs} runs, {sum(counts.values())} hits")
    told = ", ".join(f"{number.name} {n}" for number, n in counts.items())
    return [f"{IMGBATCH}: {sum(counts.values())} workers hit ({told}) in {runs} runs of {batch.files} pictures: "
            f"every run complete, {charged} pictures charged (hit twice), all others as undisturbed"]
