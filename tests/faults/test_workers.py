# SPDX-License-Identifier: Apache-2.0
"""Defends that workers may be killed, crash or stop at any moment: the run completes, and no picture pays for another."""
import pytest
import workers
from kit import runs_here, seed

pytestmark = pytest.mark.skipif(not runs_here("threads", "processes"), reason="no worker processes here")


def test_workers_hit_at_random():
    workers.torture(12, seed(), print)
