# SPDX-License-Identifier: Apache-2.0
"""Defends that a full disk and a limit on files end a run soon, with one message, and cost nothing that was finished."""
import enospc
import pytest
from kit import pairs, seed


@pytest.mark.parametrize("io, cpu", pairs()[:3])
def test_no_room(io, cpu):
    enospc.torture(4, seed(), print, [(io, cpu)])


@pytest.mark.skipif(not enospc.can_mount(), reason="no mounts here")
def test_a_file_system_that_is_read_only():
    with enospc.Batch(files=2) as batch:
        place = batch.top / "sealed"
        place.mkdir()
        enospc.mount(place, 1 << 20, enospc.MS_RDONLY)
        try:
            for out in ("sealed", "sealed/out"):
                done = batch.run(out)
                assert done.returncode == 3 and b"E_WRITE" in done.stderr and b"Read-only" in done.stderr, done.stderr
                assert done.stderr.count(b"imgbatch: ") == 1
        finally:
            enospc.unmount(place)
