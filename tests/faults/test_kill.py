# SPDX-License-Identifier: Apache-2.0
"""Defends that kill -9 at any moment leaves whole files only, no process, and a tree that the same command finishes."""
import kill
import pytest
from kit import pairs, seed


@pytest.mark.parametrize("io, cpu", pairs()[:3])
def test_killed_parents(io, cpu):
    kill.torture(4, seed(), print, [(io, cpu)])
