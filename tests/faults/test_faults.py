# SPDX-License-Identifier: Apache-2.0
"""Defends that no call of the system that fails loses an image, leaves half a file, or is answered by a hang or a crash.

A few k of each kind, others each time; tools/torture faults walks all of them.
"""
import random

import faults
import pytest
from kit import runs_here, seed


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
