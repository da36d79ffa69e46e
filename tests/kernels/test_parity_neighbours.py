# SPDX-License-Identifier: Apache-2.0
"""Defends what the walk over the table cannot ask of operations on neighbours and of noise: that boxes are exact where
`blur` as a whole is allowed a bound, that bounds are hardly used, that kernel sets and splits make the same bytes, 16
bits, and that noise is distributed as it should be."""
import math

import numpy as np
import pytest

import parity
from oracles import neighbours as model

TEXTS = ("blur 2.3", "blur 0.4", "blur 40", "blur 3 kernel=61", "blur box 2.7", "blur pillow 4", "unsharp 3,90,1",
         "median 3", "median 5", "median 9", "motion 15,33", "motion 31,-70", "clahe 3,5", "noise 17 seed=5",
         "erase 90x40+3+2 noise seed=9", "downscale 0.4 down=box up=bicubic")

NOISE = [[120, 122, 107, 148, 109, 121, 156, 167], [154, 110, 137, 136, 76, 145, 180, 142]]
UNIFORM = [[132, 205, 155, 146, 96, 156, 46, 0], [79, 157, 171, 35, 0, 149, 134, 64]]


def runners():
    return [parity.Runner(name) for name in parity.kernel_sets()]


@pytest.fixture
def runner():
    r = parity.Runner()
    yield r
    r.close()


@pytest.mark.parametrize("draw", [model.draw_box, model.draw_pillow])
def test_boxes_are_exact(draw):
    rng, every = np.random.default_rng(parity.seed()), runners()
    for i in range(300):
        width, height = (int(n) for n in rng.integers(1, 100, 2))
        pixels = parity.random_pixels(rng, width, height, i % 4 + 1)
        text, want = draw(rng, width, height, i % 4 + 1)
        for r in every:
            assert parity.differing(r.run(text, pixels), want(pixels)) == 0, (text, r.kernels, pixels.shape)


@pytest.mark.parametrize("text", TEXTS)
def test_every_set_and_split_makes_the_same_bytes(text):
    rng, every = np.random.default_rng(parity.seed()), runners()
    for i in range(40):
        width, height = (int(n) for n in rng.integers(1, 150, 2))
        pixels = parity.random_pixels(rng, width, height, i % 4 + 1)
        first, *others = [r.run(text, pixels) for r in every]
        for other in others:
            assert parity.differing(first, other) == 0, (text, pixels.shape)
    pixels = rng.integers(0, 256, (1100, 1000, 3), np.uint8)  # large enough to be split
    whole = every[0].run(text, pixels)
    for r in every:
        r.split(True)
        assert parity.differing(r.run(text, pixels), whole) == 0, (text, r.kernels)


def test_gaussian_is_nearly_always_the_rounded_sum(runner):
    rng = np.random.default_rng(parity.seed())
    pixels = rng.integers(0, 256, (200, 200, 3), np.uint8)
    for sigma in (0.3, 1, 2.5, 9, 40):
        kernel = 2 * math.ceil(3 * sigma) + 1
        want = np.floor(model.gaussian(pixels, sigma, kernel) + 0.5)
        assert np.mean(runner.run("blur %r" % sigma, pixels) != want) < 0.03, sigma


def test_gaussian_at_its_worst(runner):
    """The largest sigma, and an image that is white wherever the rounded weights are too large."""
    sigma, half = 80.0, 240
    exact = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    exact /= exact.sum()
    for white in (np.rint(exact * 2 ** 17) > exact * 2 ** 17, np.rint(exact * 2 ** 17) < exact * 2 ** 17):
        pixels = np.outer(white, white).astype(np.uint8) * 255
        difference = runner.run("blur 80", pixels) - np.floor(model.gaussian(pixels, sigma, 481)[:, :, 0] + 0.5)
        assert np.abs(difference).max() <= 1


def deep_pixels(rng, channels):
    return rng.integers(0, 65536, (*rng.integers(1, 60, 2), channels)).astype(np.uint16)


def box16(color, radius, passes):
    """BoxBlur.c's formula along the second axis."""
    whole, one = int(radius), 1 << 24
    ww = int(np.float32(one) / np.float32(np.float32(radius) * 2 + 1))
    fw = (one - (2 * whole + 1) * ww) // 2
    width = color.shape[1]
    at = lambda shift: np.clip(np.arange(width) + shift, 0, width - 1)
    for _ in range(passes):
        color = (sum(color[:, at(k)] for k in range(-whole, whole + 1)) * ww +
                 (color[:, at(-whole - 1)] + color[:, at(whole + 1)]) * fw + (1 << 23)) >> 24
    return color


def boxes16(pixels, radius, passes):
    color = box16(model.color_of(pixels).astype(np.int64), radius, passes)
    return model.with_color(pixels, box16(color.swapaxes(0, 1), radius, passes).swapaxes(0, 1))


def median16(pixels, size):
    half = size // 2
    color = np.pad(model.color_of(pixels), ((half, half), (half, half), (0, 0)), "edge")
    windows = np.lib.stride_tricks.sliding_window_view(color, (size, size), (0, 1))
    return model.with_color(pixels, np.median(windows, (3, 4)))


def unsharp16(pixels, percent, threshold):
    blurred, v = boxes16(pixels, 1.0, 3).astype(np.int64), pixels.astype(np.int64)
    d = v - blurred
    more = np.where(np.abs(d) > threshold * 257, np.sign(d) * (np.abs(d) * percent // 100), 0)
    return model.with_color(pixels, model.color_of(np.clip(v + more, 0, 65535)))


def uniform16(width, height, pixels, seed):
    channels = parity.channels_of(pixels)
    each = width * channels
    raw = model.words(height, -(-each // 2), (seed, 0x65726173)).astype("<u4").view("<u2")
    return raw.reshape(height, -1)[:, :each].reshape(height, width, channels)


def erase16(pixels, value):
    """The rectangle 9x8+2+1."""
    out = pixels.copy()
    part = model.color_of(out)[1:9, 2:11]
    value = np.broadcast_to(value, (8, 9, 4)) if np.isscalar(value) else value
    part[:] = value[:part.shape[0], :part.shape[1], :part.shape[2]]
    return out


@pytest.mark.parametrize("text,want,bound", [
    ("blur 2", lambda p: model.with_color(p, np.floor(model.gaussian(p, 2, 13) + 0.5)), 1),
    ("blur 0.7 kernel=3", lambda p: model.with_color(p, np.floor(model.gaussian(p, 0.7, 3) + 0.5)), 1),
    ("blur box 2.75", lambda p: boxes16(p, 2.75, 1), 0),
    ("blur box 90", lambda p: boxes16(p, 90, 1), 0),
    ("unsharp %r,130,2" % math.sqrt(2), lambda p: unsharp16(p, 130, 2), 0),  # three boxes of radius 1
    ("median 3", lambda p: median16(p, 3), 0),
    ("median 7", lambda p: median16(p, 7), 0),
    ("motion 9,20", lambda p: model.motion(p, 9, 20), 0),
    ("noise 30 seed=4", lambda p: model.with_color(
        p, np.clip(np.floor(model.noisy(p, 30 * 257, 4) + 0.5), 0, 65535)), 2),
    ("erase 9x8+2+1 value=7", lambda p: erase16(p, 7 * 257), 0),
    ("erase 9x8+2+1 noise seed=6", lambda p: erase16(p, uniform16(9, 8, p, 6)), 0),
])
def test_16_bits(runner, text, want, bound):
    rng = np.random.default_rng(parity.seed())
    for i in range(60):
        pixels = deep_pixels(rng, i % 4 + 1)
        if pixels.shape[2] == 1:
            pixels = pixels[:, :, 0]
        got = runner.run(text, pixels)
        assert np.abs(got.astype(int) - want(pixels).astype(int)).max() <= bound, (text, pixels.shape)


def cumulative(z):
    return 0.5 * (1 + np.vectorize(math.erf)(z / math.sqrt(2)))


def test_noise_is_normal(runner):
    """Kolmogorov and Smirnov's distance, moments, tails and neighbours of a million numbers; the seed is fixed."""
    flat = np.full((1000, 1000), 32768, np.uint16)
    z = (runner.run("noise 20 seed=1", flat).astype(np.float64) - 32768) / (20 * 257)
    ordered = np.sort(z.ravel())
    distance = np.abs(cumulative(ordered[::50]) - (np.arange(z.size)[::50] + 0.5) / z.size).max()
    assert distance < 1.63 / math.sqrt(z.size)  # one time in a hundred it would be more
    assert abs(z.mean()) < 0.004 and abs(z.std() - 1) < 0.003
    assert abs((z ** 3).mean()) < 0.01 and abs((z ** 4).mean() - 3) < 0.03
    for sigmas, share in ((3, 0.0026998), (4, 6.334e-5)):
        expected = share * z.size
        assert abs((np.abs(z) > sigmas).sum() - expected) < 4 * math.sqrt(expected)
    for a, b in ((z[:, 1:], z[:, :-1]), (z[1:], z[:-1]), (z[:, 2:], z[:, :-2]), (z[:, 4:], z[:, :-4])):
        assert abs((a * b).mean()) < 0.004
    other = (runner.run("noise 20 seed=2", flat).astype(np.float64) - 32768) / (20 * 257)
    assert abs((z * other).mean()) < 0.004


def test_known_bytes(runner):
    """Whatever machine, compiler or instruction set: these."""
    grey = np.full((2, 8), 128, np.uint8)
    assert runner.run("noise 25 seed=42", grey).tolist() == NOISE
    assert runner.run("erase 8x2+0+0 noise seed=42", grey).tolist() == UNIFORM


def test_erased_noise_is_uniform(runner):
    got = runner.run("erase 1000x1000+0+0 noise seed=3", np.zeros((1000, 1000), np.uint8))
    counts = np.bincount(got.ravel(), minlength=256)
    chi = ((counts - counts.mean()) ** 2 / counts.mean()).sum()
    assert 180 < chi < 345  # 255 degrees of freedom, one time in a thousand on either side


def test_what_changes_nothing(runner):
    pixels = np.random.default_rng(1).integers(0, 256, (9, 11, 4), np.uint8)
    for text in ("blur 0", "blur 0.01", "blur 5 kernel=1", "blur box 0", "blur pillow 0", "unsharp 2,0,0", "median 1",
                 "motion 1,45", "noise 0 seed=3", "erase 3x3+11+0", "downscale 1"):
        assert parity.differing(runner.run(text, pixels), pixels) == 0, text
