# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the parent at random moments, from its first instruction to its last."""
import os
import random
import signal
import subprocess
import time

from kit import Batch, IMGBATCH, pairs, session, tree

PART = "kill -9 of the parent at COUNT random moments of a run, for each pair of engines"
COUNT = 100
TRIES = 4  # for each: a busy machine makes one run shorter than another, and what came too late is tried again


def moment(batch, out, words, rng, most):
    """Starts a run and kills it after a random time. Returns how many files stood then, None: it was over."""
    process = subprocess.Popen(batch.command(out, *words), cwd=batch.top, start_new_session=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(rng.uniform(0, most))
    over = process.poll() is not None
    process.kill()
    process.wait()
    until = time.monotonic() + 1
    while session(process.pid) and time.monotonic() < until:
        time.sleep(0.01)
    orphans = session(process.pid)
    for pid in orphans:
        os.kill(pid, signal.SIGKILL)
    assert not orphans, f"{len(orphans)} processes outlived their parent by a second"
    return None if over else len(tree(batch.top / out))


def length(batch, words):
    """Seconds that a run takes, about."""
    taken = []
    for _ in range(3):
        batch.fresh("timed")
        begun = time.monotonic()
        batch.run("timed", *words)
        taken.append(time.monotonic() - begun)
    return sorted(taken)[1]


def kill_pair(batch, io, cpu, count, rng):
    """Counts moments in which the run was going on, kills in all, and files that stood then."""
    words = ["--io", io, "--cpu", cpu, "-j", "2"]
    most = length(batch, words)
    met = seen = tries = 0
    while met < count and tries < TRIES * count:
        tries += 1
        what = f"--io {io} --cpu {cpu}, kill {tries}"
        batch.fresh("out")
        files = moment(batch, "out", words, rng, most)
        met += files is not None
        seen += files or 0
        batch.check_whole("out", what)
        batch.check_resumed("out", what, *words)
    return met, tries, seen


def torture(count, seed, say, chosen=None):
    rng = random.Random(seed)
    figures = [f"{IMGBATCH}: {count} kills of a pair that runs: 0 partial files, 0 orphans after 1 s, every resumed tree identical"]
    with Batch(files=40, size=(320, 240), words=["--copies", "2", "--sidecar"]) as batch:
        for io, cpu in chosen or pairs():
            met, tries, seen = kill_pair(batch, io, cpu, count, rng)
            figures.append(f"--io {io} --cpu {cpu}: {met} of {tries} kills while it ran, {seen} files stood then")
            say(figures[-1])
    return figures
