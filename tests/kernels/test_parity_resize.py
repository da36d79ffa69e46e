# SPDX-License-Identifier: Apache-2.0
"""Defends the promise that resizing gives Pillow 9.4's pixels, bit for bit: every filter, window and channel
count, by every set of kernels that this CPU runs; and that a part of a result, or a result made by several
threads, has the same bytes as the whole."""
import numpy as np
import pytest

import parity
from oracles.light import pass_u16
from oracles.moves import random_size, random_window

CASES = 5000


@pytest.fixture(params=parity.kernel_sets())
def runner(request):
    """One for each set of kernels that this CPU runs."""
    r = parity.Runner(request.param)
    yield r
    r.close()


def random_side(rng, largest=2000):
    return random_size(rng, largest)


def random_case(rng, i):
    channels = i % 4 + 1
    name = list(parity.FILTERS)[i // 4 % 6]
    width, height = random_side(rng), random_side(rng)
    while width * height > 1000000:
        width, height = random_side(rng), random_side(rng)
    out = random_side(rng), random_side(rng)
    while out[0] * out[1] > 400000:
        out = random_side(rng), random_side(rng)
    kind = rng.integers(8)
    if kind == 0:
        out = width, out[1] if width * out[1] < 400000 else 1
    x0, x1 = random_window(rng, width)
    y0, y1 = random_window(rng, height)
    if kind == 1 and x1 == int(x1) and y1 == int(y1):
        out = int(x1 - x0) or 1, int(y1 - y0) or 1
    return channels, name, width, height, out, (x0, y0, x1, y1)


@parity.resizes_as_promised
def test_resize_is_pillows(runner):
    rng = np.random.default_rng(parity.seed())
    for i in range(CASES):
        channels, name, width, height, out, box = random_case(rng, i)
        pixels = parity.random_pixels(rng, width, height, channels)
        want = np.asarray(parity.image_of(pixels).resize(out, parity.FILTERS[name], box=box))
        text = "resize %dx%d! filter=%s window=%r,%r,%r,%r" % (*out, name, *box)
        got = runner.run(text, pixels)
        assert parity.differing(got, want) == 0, (i, width, height, channels, text)


def test_part_and_split_are_the_whole(runner):
    rng = np.random.default_rng(parity.seed())
    for i in range(300):
        channels, name, width, height, out, box = random_case(rng, i)
        pixels = parity.random_pixels(rng, width, height, channels)
        if i % 3 == 0:
            pixels = (pixels.astype(np.uint16) * 257)
        text = "resize %dx%d! filter=%s window=%r,%r,%r,%r" % (*out, name, *box)
        whole = runner.run(text, pixels)
        x, y = int(rng.integers(out[0])), int(rng.integers(out[1]))
        rect = x, y, int(rng.integers(1, out[0] - x + 1)), int(rng.integers(1, out[1] - y + 1))
        part = runner.part(text, pixels, rect)
        assert parity.differing(part, whole[y:y + rect[3], x:x + rect[2]]) == 0, (i, text, rect)


def test_split_is_the_whole(runner):
    rng = np.random.default_rng(parity.seed())
    for channels, name in ((3, "lanczos"), (4, "bilinear"), (1, "bicubic")):
        pixels = parity.random_pixels(rng, 2300, 1700, channels)
        for out in ((311, 257), (3, 900)):
            text = "resize %dx%d! filter=%s" % (*out, name)
            runner.split(False)
            alone = runner.run(text, pixels)
            runner.split(True)
            shared = runner.run(text, pixels)
            assert parity.differing(alone, shared) == 0, text


def test_u16_is_its_definition(runner):
    rng = np.random.default_rng(parity.seed())
    for i in range(60):
        name = ("bilinear", "lanczos", "box")[i % 3]
        width, height = (int(n) for n in rng.integers(1, 60, 2))
        out = tuple(int(n) for n in rng.integers(1, 80, 2))
        if (width, height) == out:
            continue
        pixels = rng.integers(0, 65536, (height, width, 3)).astype(np.uint16)
        got = runner.run("resize %dx%d! filter=%s" % (*out, name), pixels)
        across = pass_u16(pixels.transpose(1, 0, 2), out[0], name).transpose(1, 0, 2)
        want = pass_u16(across, out[1], name)
        assert parity.differing(got, want) == 0, (name, width, height, out)


def test_sizes(runner):
    """Sizes against exact rational arithmetic."""
    from fractions import Fraction

    def half_up(q):
        return max(1, int(q + Fraction(1, 2)))

    rng = np.random.default_rng(parity.seed())
    for _ in range(300):
        w, h = random_side(rng, 300), random_side(rng, 300)
        W, H, n = random_side(rng, 100), random_side(rng, 100), random_side(rng, 100)
        pixels = np.zeros((h, w), np.uint8)

        def size(text):
            try:
                height, width = runner.run(text, pixels).shape[:2]
            except RuntimeError as error:
                return str(error)
            return width, height

        scale = min(Fraction(W, w), Fraction(H, h))
        want = half_up(w * scale), half_up(h * scale)
        assert size("resize %dx%d filter=nearest" % (W, H)) == want
        small = want if scale <= 1 else (w, h)
        assert size("resize %dx%d> filter=nearest" % (W, H)) == small
        assert size("resize %dx%d no-upscale filter=nearest" % (W, H)) == small
        assert size("resize %dx%d< filter=nearest" % (W, H)) == (want if scale >= 1 else (w, h))
        assert size("resize %dx%d fit=pad filter=nearest" % (W, H)) == (W, H)
        assert size("resize %dx%d! filter=nearest" % (W, H)) == (W, H)
        if W * h < 4000 * w and H * w < 4000 * h:
            assert size("resize %dx filter=nearest" % W) == (W, half_up(Fraction(h * W, w)))
            assert size("resize x%d filter=nearest" % H) == (half_up(Fraction(w * H, h)), H)
            scale = max(Fraction(W, w), Fraction(H, h))
            assert size("resize %dx%d^ filter=nearest" % (W, H)) == (half_up(w * scale), half_up(h * scale))
            short, long = min(w, h), max(w, h)
            new = n * long // short
            want = (n, new) if w <= h else (new, n)
            assert size("short-edge %d filter=nearest" % n) == want
            limit = n + int(rng.integers(1, 50))
            if new > limit:
                cut = max(1, limit * n // new)
                want = (cut, limit) if w <= h else (limit, cut)
            assert size("short-edge %d max-size=%d filter=nearest" % (n, limit)) == want
        scale = Fraction(n, max(w, h))
        assert size("long-edge %d filter=nearest" % n) == (half_up(w * scale), half_up(h * scale))
