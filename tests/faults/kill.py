# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the parent at random moments, from its first instruction to its last."""
import os
import random
import signal
import subprocess
import time

from kit import Batch, IMGBATCH, pairs, session, tree

PART = "kill -9 of the parent at COUNT random moments, for each pair of engines"
COUNT = 100


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


def kill_pair(batch, io, cpu, count, rng):
    """Counts moments in which the run was going on, and files that stood then."""
    words = ["--io", io, "--cpu", cpu, "-j", "2"]
    begun = time.monotonic()
    batch.fresh("timed")
    batch.run("timed", *words)
    most = time.monotonic() - begun
    met = seen = 0
    for i in range(count):
        what = f"--io {io} --cpu {cpu}, kill {i}"
        batch.fresh("out")
        files = moment(batch, "out", words, rng, most)
        met += files is not None
        seen += files or 0
        batch.check_whole("out", what)
        batch.check_resumed("out", what, *words)
    return met, seen


def torture(count, seed, say, chosen=None):
    rng = random.Random(seed)
    figures = [f"{IMGBATCH}: {count} kills a pair: 0 partial files, 0 orphans after 1 s, every resumed tree identical"]
    with Batch(files=40, size=(320, 240), words=["--copies", "2", "--sidecar"]) as batch:
        for io, cpu in chosen or pairs():
            met, seen = kill_pair(batch, io, cpu, count, rng)
            figures.append(f"--io {io} --cpu {cpu}: {met} of {count} while it ran, {seen} files stood then")
            say(figures[-1])
    return figures
