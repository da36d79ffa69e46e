# SPDX-License-Identifier: Apache-2.0
"""What the walk over all operations (test_parity_operations.py) leaves out of moves and resizes: borders that reflect
more than once, sizes in words, a canvas around a resize and its parts, 16-bit grey."""
import numpy as np
import pytest

import parity
from oracles.oracle import fill, on_canvas

CASES = 240


@pytest.fixture
def runner():
    r = parity.Runner()
    yield r
    r.close()


def cases(rng, largest=90, count=CASES):
    for i in range(count):
        width, height = (int(n) for n in rng.integers(1, largest, 2))
        yield i, parity.random_pixels(rng, width, height, i % 4 + 1)


def same(runner, text, pixels, want):
    got = runner.run(text, pixels)
    assert parity.differing(got, np.asarray(want)) == 0, (text, pixels.shape)
    deep = runner.run(text, pixels.astype(np.uint16) * 257)
    assert parity.differing(deep, np.asarray(want).astype(np.uint16) * 257) == 0, (text, "16 bits")


def wave(size, before, after, mode):
    """Indices that go to and fro: a, b, c, b, a, b ... or a, b, c, c, b, a, a ..."""
    there = list(range(size))
    back = there[::-1][1:-1] if mode == "reflect" else there[::-1]
    period = there + back if size > 1 else [0]
    return [period[i % len(period)] for i in range(-before, size + after)]


@pytest.mark.parametrize("mode", ["reflect", "symmetric"])
def test_pad_goes_on_reflecting(runner, mode):
    rng = np.random.default_rng(parity.seed())
    for _, pixels in cases(rng, 12):
        height, width = pixels.shape[:2]
        l, t, r, b = (int(n) for n in rng.integers(0, 60, 4))
        want = pixels[wave(height, t, b, mode)][:, wave(width, l, r, mode)]
        same(runner, "pad %d,%d,%d,%d mode=%s" % (l, t, r, b, mode), pixels, want)


def test_grayscale_u16(runner):
    """Pillow has no 16-bit colour: its formula, on 16 bits."""
    rng = np.random.default_rng(parity.seed())
    for _ in range(200):
        pixels = rng.integers(0, 65536, (*rng.integers(1, 40, 2), 3)).astype(np.uint16)
        r, g, b = (pixels[:, :, c].astype(np.int64) for c in range(3))
        want = ((19595 * r + 38470 * g + 7471 * b + 32768) >> 16).astype(np.uint16)
        assert parity.differing(runner.run("grayscale", pixels), want) == 0


@parity.resizes_as_promised
@pytest.mark.parametrize("name", list(parity.FILTERS))
def test_fits(runner, name):
    """The sizes are tested with resize; here the pixels go through the same door."""
    rng = np.random.default_rng(parity.seed())
    for i, pixels in cases(rng, 200, 40):
        height, width = pixels.shape[:2]
        image = parity.image_of(pixels)
        n = int(rng.integers(1, 120))
        for text in ("resize %dx%d^" % (n, n), "resize 40%", "resize %dx" % n):
            if max(width, height) * n > 3000 * min(width, height):
                continue
            got = runner.run(text + ",filter=" + name, pixels)
            want = np.asarray(image.resize((got.shape[1], got.shape[0]), parity.FILTERS[name]))
            assert parity.differing(got, want) == 0, (text, name, pixels.shape)


def test_fit_pad(runner):
    rng = np.random.default_rng(parity.seed())
    for i, pixels in cases(rng, 200):
        w, h = (int(n) for n in rng.integers(1, 90, 2))
        color, pixel = fill(rng, i % 4 + 1)
        inner = runner.run("resize %dx%d filter=bilinear" % (w, h), pixels)
        want = on_canvas(parity.image_of(inner), w, h, (w - inner.shape[1]) // 2,
                         (h - inner.shape[0]) // 2, pixel)
        text = "resize %dx%d,fit=pad,filter=bilinear,fill=%s" % (w, h, color)
        whole = runner.run(text, pixels)
        assert parity.differing(whole, np.asarray(want)) == 0, (text, pixels.shape)
        x, y = int(rng.integers(w)), int(rng.integers(h))
        rect = x, y, int(rng.integers(1, w - x + 1)), int(rng.integers(1, h - y + 1))
        part = runner.part(text, pixels, rect)
        assert parity.differing(part, whole[y:y + rect[3], x:x + rect[2]]) == 0, (text, rect)
