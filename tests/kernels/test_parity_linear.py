# SPDX-License-Identifier: Apache-2.0
"""Defends what `linear` says: levels become light, light is averaged by the 16-bit resize, and comes back as levels."""
import numpy as np
import pytest

import parity
from oracles.light import resized

FILTERS = ("bilinear", "lanczos", "box")


@pytest.fixture(params=parity.kernel_sets())
def runner(request):
    r = parity.Runner(request.param)
    yield r
    r.close()


def random_case(rng, i):
    width, height = (int(n) for n in rng.integers(1, 60, 2))
    pixels = parity.random_pixels(rng, width, height, i % 4 + 1)
    if i % 8 > 3:
        pixels = pixels.astype(np.uint16) * 257 + rng.integers(0, 2, pixels.shape, np.uint16) * (pixels < 255)
    return pixels, FILTERS[i % 3], tuple(int(n) for n in rng.integers(1, 80, 2))


def test_linear_is_its_definition(runner):
    rng = np.random.default_rng(parity.seed())
    for i in range(200):
        pixels, name, size = random_case(rng, i)
        text = "resize %dx%d! filter=%s linear" % (*size, name)
        got = runner.run(text, pixels)
        assert parity.differing(got, resized(pixels, size, name)) == 0, (i, text, pixels.shape, pixels.dtype)


def test_flat_images_stay(runner):
    for level in range(256):
        pixels = np.full((9, 7, 3), level, np.uint8)
        assert (runner.run("resize 5x4! linear", pixels) == level).all(), level


def test_a_part_is_the_whole_cut(runner):
    rng = np.random.default_rng(parity.seed())
    for i in range(40):
        pixels, name, (w, h) = random_case(rng, i)
        text = "resize %dx%d fit=pad filter=%s linear fill=#123" % (w, h, name)
        whole = runner.run(text, pixels)
        x, y = int(rng.integers(w)), int(rng.integers(h))
        rect = x, y, int(rng.integers(1, w - x + 1)), int(rng.integers(1, h - y + 1))
        part = runner.part(text, pixels, rect)
        assert parity.differing(part, whole[y:y + rect[3], x:x + rect[2]]) == 0, (text, rect)


def test_several_threads_make_the_same(runner):
    pixels = parity.random_pixels(np.random.default_rng(parity.seed()), 1900, 1300, 3)
    alone = runner.run("resize 311x257! linear", pixels)
    runner.split(True)
    assert parity.differing(runner.run("resize 311x257! linear", pixels), alone) == 0


@pytest.mark.parametrize("words, same", [
    ("linear; short-edge 20 filter=box", "short-edge 20 filter=box linear"),
    ("long-edge 20 filter=box; linear", "long-edge 20 filter=box linear"),
    ("resize 9x9! filter=nearest linear", "resize 9x9! filter=nearest"),
    ("resize 30x40! window=2,3,32,43 linear", "crop 30x40+2+3"),
])
def test_words(words, same):
    runner = parity.Runner()
    pixels = parity.random_pixels(np.random.default_rng(parity.seed()), 50, 60, 3)
    assert parity.differing(runner.run(words, pixels), runner.run(same, pixels)) == 0
    runner.close()
