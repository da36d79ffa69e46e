# SPDX-License-Identifier: Apache-2.0
"""Defends that workers may be killed, crash or stop at any moment: the run completes, and no picture pays for another."""
import os
import pathlib
import signal
import subprocess
import time

import pytest
import workers
from kit import Batch, SHIM, runs_here, seed

pytestmark = pytest.mark.skipif(not runs_here("threads", "processes"), reason="no worker processes here")


def test_workers_hit_at_random():
    workers.torture(12, seed(), print)


def wait_for(what):
    for _ in range(400):
        found = what()
        if found:
            return found
        time.sleep(0.05)
    return None


def stopped(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "T"
    except OSError:
        return False


def gone(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def parent(pid):
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1])


@pytest.mark.parametrize("victim", ["server", "run"])
def test_workers_stopped_at_birth_stay_not(victim):
    """Stopped before they could ask to die with their server, they are sent on when it or the whole run is killed."""
    with Batch() as batch:
        process = subprocess.Popen(batch.command("out", "--cpu", "processes", "--jobs", "2"), cwd=batch.top,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env={**os.environ, "LD_PRELOAD": str(SHIM.resolve()), "IMGBATCH_FAULT_NEWBORN": "stop"})
        try:
            newborn = wait_for(lambda: [pid for pid in workers.workers(process.pid) if stopped(pid)])
            assert newborn, "no worker stopped at its birth"
            os.kill(parent(newborn[0]) if victim == "server" else process.pid, signal.SIGKILL)
            assert wait_for(lambda: all(map(gone, newborn))), f"{newborn} stay, stopped for good"
        finally:
            process.kill()
            process.wait()
