# SPDX-License-Identifier: Apache-2.0
"""Defends what operations on values say of 16-bit samples, which Pillow has not: the 8-bit formulas, in numpy."""
import numpy as np
import pytest

import parity
from oracles.oracle import whole
from oracles.values import SEPIA, as_color, with_color

FULL = 65535


@pytest.fixture
def runner():
    r = parity.Runner()
    yield r
    r.close()


def random_pixels(rng, channels):
    height, width = (int(n) for n in rng.integers(1, 40, 2))
    pixels = rng.integers(0, 65536, (height, width, channels)).astype(np.uint16)
    if rng.integers(3) == 0:
        pixels //= 300
    return pixels[:, :, 0] if channels == 1 else pixels


def colors_of(pixels):
    """Colours as three-dimensional int64, without alpha."""
    channels = parity.channels_of(pixels)
    return pixels.reshape(*pixels.shape[:2], channels)[:, :, :1 if channels < 3 else 3].astype(np.int64)


def rebuilt(pixels, colors):
    colors = np.asarray(colors).astype(np.uint16)
    if parity.channels_of(pixels) % 2 == 0:
        return np.dstack([colors, pixels[:, :, -1]])
    return colors[:, :, 0] if colors.shape[2] == 1 else colors


def blend(base, colors, factor):
    base, factor = np.asarray(base, np.float32), np.float32(factor)
    return np.clip(base + factor * (colors.astype(np.float32) - base), 0, FULL).astype(np.int64)


def grey_of(colors):
    if colors.shape[2] == 1:
        return colors
    return (colors @ np.array([19595, 38470, 7471]) + 32768 >> 16)[:, :, None]


def smoothed(colors):
    if min(colors.shape[:2]) < 3:
        return colors
    height, width = colors.shape[:2]
    total = 4 * colors[1:-1, 1:-1] + sum(
        colors[y:height - 2 + y, x:width - 2 + x] for y in range(3) for x in range(3))
    out = colors.copy()
    out[1:-1, 1:-1] = (2 * total + 13) // 26
    return out


def sharpness(rng, colors):
    factor = float(rng.uniform(-1, 3))
    out = blend(smoothed(colors), colors, factor)
    if min(colors.shape[:2]) < 3:
        return "sharpness %r" % factor, colors
    edge = np.ones(colors.shape[:2], bool)
    edge[1:-1, 1:-1] = False
    out[edge] = colors[edge]
    return "sharpness %r" % factor, out


def brightness(rng, colors):
    factor = float(rng.uniform(-1, 3))
    return "brightness %r" % factor, blend(np.zeros_like(colors), colors, factor)


def contrast(rng, colors):
    factor = float(rng.uniform(-1, 3))
    grey = grey_of(colors)
    mean = (2 * int(grey.sum()) + grey.size) // (2 * grey.size)
    return "contrast %r" % factor, blend(np.full_like(colors, mean), colors, factor)


def saturation(rng, colors):
    factor = float(rng.uniform(-1, 3))
    return "saturation %r" % factor, blend(grey_of(colors) + np.zeros_like(colors), colors, factor)


def invert(rng, colors):
    return "invert", FULL - colors


def posterize(rng, colors):
    bits = whole(rng, 0, 8)
    return "posterize %d" % bits, colors & (FULL << (16 - bits))


def solarize(rng, colors):
    threshold = float(rng.uniform(0, 256))
    return "solarize %r" % threshold, np.where(colors < threshold * 257, colors, FULL - colors)


def gamma(rng, colors):
    power, gain = float(rng.uniform(0.3, 3)), float(rng.uniform(0.5, 2))
    table = [min(FULL, int((FULL + 1 - 1e-3) * gain * pow(v / FULL, power))) for v in range(FULL + 1)]
    return "gamma %r %r" % (power, gain), np.array(table)[colors]


def autocontrast(rng, colors):
    out = colors.copy()
    for c in range(colors.shape[2]):
        low, high = int(colors[:, :, c].min()), int(colors[:, :, c].max())
        if high > low:
            scale = FULL / (high - low)
            out[:, :, c] = np.clip(colors[:, :, c] * scale + -low * scale, 0, FULL)
    return "autocontrast", out


def channel_order(rng, colors):
    return "channel-order bgr", colors[:, :, ::-1]


@pytest.mark.parametrize("operation", [
    brightness, contrast, saturation, sharpness, invert, posterize, solarize, gamma, autocontrast, channel_order])
def test_by_the_same_formula(runner, operation):
    rng = np.random.default_rng(parity.seed())
    for i in range(40 if operation is not gamma else 8):
        pixels = random_pixels(rng, i % 4 + 1)
        text, want = operation(rng, colors_of(pixels))
        got = runner.run(text, pixels)
        assert parity.differing(got, rebuilt(pixels, want)) == 0, (text, pixels.shape)


def test_what_makes_colour_images(runner):
    rng = np.random.default_rng(parity.seed())
    coefficients = np.floor(SEPIA * 32768 + 0.5).astype(np.int64)
    for i in range(40):
        pixels = random_pixels(rng, i % 4 + 1)
        color = as_color(pixels)
        levels = color[:, :, :3].astype(np.int64)
        shift = [whole(rng, -255, 255) for _ in range(3)]
        sepia = np.minimum(levels @ coefficients.T + 16384 >> 15, FULL).astype(np.uint16)
        shifted = np.clip(levels + np.array(shift) * 257, 0, FULL).astype(np.uint16)
        for text, want in (("sepia", sepia), ("rgb-shift %d,%d,%d" % tuple(shift), shifted)):
            got = runner.run(text, pixels)
            assert parity.differing(got, with_color(color, want)) == 0, (text, pixels.shape)


@pytest.mark.parametrize("text", ["hue 0.1", "equalize"])
def test_what_is_of_8_bits_says_so(runner, text):
    with pytest.raises(RuntimeError, match="works on 8-bit samples only"):
        runner.run(text, np.zeros((4, 4, 3), np.uint16))
