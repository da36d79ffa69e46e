# SPDX-License-Identifier: Apache-2.0
"""Defends the promise that crop, pad, flips, turns, transposes, grayscale and the edge resizes give Pillow 9.4's
(where Pillow has none: numpy's) pixels, bit for bit, over random sizes, channel counts and settings."""
import numpy as np
import pytest
from PIL import Image, ImageOps

import parity

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


@pytest.mark.parametrize("text,method", [
    ("flip h", Image.FLIP_LEFT_RIGHT), ("flip v", Image.FLIP_TOP_BOTTOM), ("rotate180", Image.ROTATE_180),
    ("rotate90 cw", Image.ROTATE_270), ("rotate90", Image.ROTATE_270), ("rotate90 ccw", Image.ROTATE_90),
    ("transpose", Image.TRANSPOSE), ("transverse", Image.TRANSVERSE)])
def test_moves(runner, text, method):
    rng = np.random.default_rng(parity.seed())
    for _, pixels in cases(rng):
        same(runner, text, pixels, parity.image_of(pixels).transpose(method))


def test_crop_absolute(runner):
    """Inside, partly outside and wholly outside; Pillow fills with zeros."""
    rng = np.random.default_rng(parity.seed())
    for _, pixels in cases(rng):
        w, h = (int(n) for n in rng.integers(1, 120, 2))
        x, y = (int(n) for n in rng.integers(-130, 130, 2))
        same(runner, "crop %dx%d%+d%+d" % (w, h, x, y), pixels,
             parity.image_of(pixels).crop((x, y, x + w, y + h)))


def center_crop(image, w, h):
    """torchvision's rule, with Pillow's crop."""
    width, height = image.size
    left, top = max(0, (w - width) // 2), max(0, (h - height) // 2)
    right, bottom = max(0, (w - width + 1) // 2), max(0, (h - height + 1) // 2)
    image = image.crop((-left, -top, width + right, height + bottom))
    x, y = int(round((image.width - w) / 2.0)), int(round((image.height - h) / 2.0))
    return image.crop((x, y, x + w, y + h))


def test_crop_center(runner):
    rng = np.random.default_rng(parity.seed())
    for _, pixels in cases(rng):
        w, h = (int(n) for n in rng.integers(1, 120, 2))
        same(runner, "crop %dx%d" % (w, h), pixels, center_crop(parity.image_of(pixels), w, h))


def test_crop_gravity(runner):
    rng = np.random.default_rng(parity.seed())
    for _, pixels in cases(rng):
        height, width = pixels.shape[:2]
        w, h = (int(n) for n in rng.integers(1, 120, 2))
        name, sx, sy = (("northwest", 0, 0), ("southeast", 1, 1), ("northeast", 1, 0),
                        ("southwest", 0, 1))[rng.integers(4)]
        x, y = sx * (width - w), sy * (height - h)
        same(runner, "crop %dx%d,gravity=%s" % (w, h, name), pixels,
             parity.image_of(pixels).crop((x, y, x + w, y + h)))


def fill_of(rng, channels):
    color = [int(n) for n in rng.integers(0, 256, 4)]
    if channels < 3:
        color[1] = color[2] = color[0]
    text = "#%02x%02x%02x%02x" % tuple(color)
    return text, {1: color[0], 2: (color[0], color[3]), 3: tuple(color[:3]), 4: tuple(color)}[channels]


def test_pad_constant(runner):
    rng = np.random.default_rng(parity.seed())
    for i, pixels in cases(rng):
        l, t, r, b = (int(n) for n in rng.integers(0, 40, 4))
        text, fill = fill_of(rng, i % 4 + 1)
        want = ImageOps.expand(parity.image_of(pixels), (l, t, r, b), fill)
        if i % 4 == 1:  # Pillow's expand has no LA fill: paste instead
            want = Image.new("LA", want.size, fill)
            want.paste(parity.image_of(pixels), (l, t))
        same(runner, "pad %d,%d,%d,%d fill=%s" % (l, t, r, b, text), pixels, want)


def test_pad_to_size_multiple_square(runner):
    rng = np.random.default_rng(parity.seed())
    for i, pixels in cases(rng):
        height, width = pixels.shape[:2]
        n = int(rng.integers(1, 70))
        kind = i // 4 % 3
        w, h = ((max(width, n), max(height, 50)), (-(-width // n) * n, -(-height // n) * n),
                (max(width, height),) * 2)[kind]
        text = ("pad %dx50" % n, "pad multiple=%d" % n, "pad square")[kind]
        color, fill = fill_of(rng, i % 4 + 1)
        want = Image.new(parity.MODES[i % 4 + 1], (w, h), fill)
        want.paste(parity.image_of(pixels), ((w - width) // 2, (h - height) // 2))
        same(runner, text + ",fill=" + color, pixels, want)


@pytest.mark.parametrize("mode", ["edge", "reflect", "symmetric"])
def test_pad_modes(runner, mode):
    """numpy's, as far as one reflection goes; numpy 1.24 has a fault beyond."""
    rng = np.random.default_rng(parity.seed())
    for _, pixels in cases(rng, 40):
        height, width = pixels.shape[:2]
        most = 100 if mode == "edge" else 0 if mode == "symmetric" else -1
        l, r = (int(n) for n in rng.integers(0, max(1, width + most + 1), 2))
        t, b = (int(n) for n in rng.integers(0, max(1, height + most + 1), 2))
        border = ((t, b), (l, r)) + ((0, 0),) * (pixels.ndim - 2)
        same(runner, "pad %d,%d,%d,%d mode=%s" % (l, t, r, b, mode), pixels, np.pad(pixels, border, mode))


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


def test_grayscale(runner):
    rng = np.random.default_rng(parity.seed())
    for i, pixels in cases(rng):
        channels = i % 4 + 1
        grey = np.asarray(parity.image_of(pixels).convert("L"))
        alpha = [pixels[:, :, -1]] if channels in (2, 4) else []
        one = np.dstack([grey] + alpha) if alpha else grey
        three = np.dstack([grey] * 3 + alpha)
        for text, want in (("grayscale", one), ("grayscale 1", one), ("grayscale 3", three),
                           ("grayscale keep", three if channels > 2 else one)):
            assert parity.differing(runner.run(text, pixels), want) == 0, (text, pixels.shape)


def test_grayscale_u16(runner):
    """Pillow has no 16-bit colour: its formula, on 16 bits."""
    rng = np.random.default_rng(parity.seed())
    for _ in range(200):
        pixels = rng.integers(0, 65536, (*rng.integers(1, 40, 2), 3)).astype(np.uint16)
        r, g, b = (pixels[:, :, c].astype(np.int64) for c in range(3))
        want = ((19595 * r + 38470 * g + 7471 * b + 32768) >> 16).astype(np.uint16)
        assert parity.differing(runner.run("grayscale", pixels), want) == 0


@pytest.mark.parametrize("name", list(parity.FILTERS))
def test_edges_and_fits(runner, name):
    """The sizes are tested with resize; here the pixels go through the same door."""
    rng = np.random.default_rng(parity.seed())
    for i, pixels in cases(rng, 200, 40):
        height, width = pixels.shape[:2]
        image = parity.image_of(pixels)
        n = int(rng.integers(1, 120))
        for text in ("short-edge %d" % n, "long-edge %d" % n, "resize %dx%d^" % (n, n), "resize 40%",
                     "resize %dx" % n):
            if max(width, height) * n > 3000 * min(width, height):
                continue
            got = runner.run(text + ",filter=" + name, pixels)
            want = np.asarray(image.resize((got.shape[1], got.shape[0]), parity.FILTERS[name]))
            assert parity.differing(got, want) == 0, (text, name, pixels.shape)


def test_fit_pad(runner):
    rng = np.random.default_rng(parity.seed())
    for i, pixels in cases(rng, 200):
        w, h = (int(n) for n in rng.integers(1, 90, 2))
        color, fill = fill_of(rng, i % 4 + 1)
        inner = runner.run("resize %dx%d filter=bilinear" % (w, h), pixels)
        want = Image.new(parity.MODES[i % 4 + 1], (w, h), fill)
        want.paste(parity.image_of(inner), ((w - inner.shape[1]) // 2, (h - inner.shape[0]) // 2))
        text = "resize %dx%d,fit=pad,filter=bilinear,fill=%s" % (w, h, color)
        whole = runner.run(text, pixels)
        assert parity.differing(whole, np.asarray(want)) == 0, (text, pixels.shape)
        x, y = int(rng.integers(w)), int(rng.integers(h))
        rect = x, y, int(rng.integers(1, w - x + 1)), int(rng.integers(1, h - y + 1))
        part = runner.part(text, pixels, rect)
        assert parity.differing(part, whole[y:y + rect[3], x:x + rect[2]]) == 0, (text, rect)
