# SPDX-License-Identifier: Apache-2.0
"""Defends against files from strangers: cut photos are refused, turned bits lose no worker, bombs get their verdict early."""
import bombs
import cuts
import flips
from kit import seed


def test_cut_photos_are_refused():
    cuts.torture(6, seed(), print, offsets=12)


def test_turned_bits_lose_no_worker_and_no_png_lies():
    flips.torture(400, seed(), print)


def test_bombs_get_their_verdict_early():
    bombs.torture(1, seed(), print)
