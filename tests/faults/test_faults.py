# SPDX-License-Identifier: Apache-2.0
"""Defends that no call of the system that fails loses an image, leaves half a file, or is answered by a hang or a crash.

A few k of each kind, others each time; tools/torture faults walks all of them.
"""
import random

import faults
import pytest
from kit import SHIM, runs_here, seed, tree


@pytest.mark.parametrize("engines", [name for name, pair in faults.ENGINES.items() if runs_here(*pair)])
def test_calls_that_fail(engines):
    rng = random.Random(seed())

    def ks(call):
        return sorted({1 + int(rng.random() ** 2 * {"malloc": 1500, "thread": 5, "fork": 2}.get(call, 60)) for _ in range(3)})

    faults.walk(engines, faults.FULL + faults.ODD + faults.SCARCE + faults.MEMORY, ks, print)


@pytest.mark.skipif(not runs_here("threads", "processes"), reason="no worker processes here")
def test_calls_that_fail_in_workers():
    rng = random.Random(seed())
    faults.walk("processes", faults.WORKERS, lambda call: sorted({rng.randrange(1, 120) for _ in range(4)}), print,
                "imgbatch-worker")


@pytest.mark.parametrize("path, fault", [
    ("out/.imgbatch/tmp/", "write:1:0:short"), ("out/.imgbatch/tmp/", "write:1:4:once"), ("in/", "read:1:0:short"),
    ("in/", "read:1:4:once"), ("000.jpg", "open:1:4:once"),
])
def test_what_is_short_or_interrupted_goes_on(path, fault):
    """Half of the bytes, or EINTR: nothing has happened."""
    with faults.batch() as small:
        mark = small.top / "fired"
        done = small.run("out", "--io", "sync", "--cpu", "serial",
                         env={"LD_PRELOAD": str(SHIM), "IMGBATCH_FAULT": fault, "IMGBATCH_FAULT_PATH": path,
                              "IMGBATCH_FAULT_FIRED": str(mark)})
        assert done.returncode == 0 and mark.exists(), done.stderr
        assert tree(small.top / "out") == small.expected
