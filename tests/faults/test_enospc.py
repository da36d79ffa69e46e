# SPDX-License-Identifier: Apache-2.0
"""Defends that a full disk and a limit on files end a run soon, with one message, and cost nothing that was finished."""
import enospc
import pytest
from kit import pairs, seed


@pytest.mark.parametrize("io, cpu", pairs()[:3])
def test_no_room(io, cpu):
    enospc.torture(4, seed(), print, [(io, cpu)])
