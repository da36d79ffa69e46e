# SPDX-License-Identifier: Apache-2.0
"""Defends the promise that every fixed operation gives the pixels it says: Pillow 9.4's, or numpy's where Pillow
has none. Walks the table of operations; each has an oracle in oracles/, which draws its parameters. Every set of
kernels that this CPU runs is asked, for photos and for random pixels of odd sizes, packed and as views."""
import zlib

import numpy as np
import pytest

import parity
from oracles import ORACLES

CASES = 200  # each on photos and on random pixels
RESULTS = {}


@pytest.fixture(scope="module")
def runners():
    made = [parity.Runner(name) for name in parity.kernel_sets()]
    yield made
    for runner in made:
        runner.close()


@pytest.fixture(scope="module")
def photos():
    return parity.photos()


def cases(rng, oracle, photos):
    for i in range(CASES):
        width, height = (int(n) for n in rng.integers(1, 90, 2))
        yield parity.random_pixels(rng, width, height, oracle.channels[i % len(oracle.channels)])
    for i in range(CASES if oracle.photos else 0):
        photo = photos[i % len(photos)]
        width, height = (int(n) for n in rng.integers(16, 200, 2))
        yield parity.photo_pixels(rng, photo, width, height, oracle.channels[i % len(oracle.channels)])


def as_view(rng, text, pixels):
    """The same image inside of a larger one, and a recipe that crops first: rows have a stride."""
    left, top, right, bottom = (int(n) for n in rng.integers(0, 9, 4))
    border = ((top, bottom), (left, right)) + ((0, 0),) * (pixels.ndim - 2)
    height, width = pixels.shape[:2]
    return "crop %dx%d+%d+%d; %s" % (width, height, left, top, text), np.pad(pixels, border, "wrap")


def largest(got, want):
    if got.shape != want.shape:
        return 65535
    return int(np.abs(got.astype(np.int64) - want).max())


def check(runner, text, pixels, want, bound):
    before = pixels.copy()
    difference = largest(runner.run(text, pixels), want)
    assert difference <= bound, (text, runner.kernels, pixels.shape, pixels.dtype)
    assert np.array_equal(before, pixels), (text, "writes into its input")
    return difference


RESIZING = {"resize", "short-edge", "long-edge", "downscale"}


@pytest.mark.parametrize("name", [
    pytest.param(name, marks=parity.resizes_as_promised) if name in RESIZING else name
    for name in parity.operations()])
def test_operation(runners, photos, name):
    assert name in ORACLES, "each fixed operation needs an oracle: see tests/README.md"
    oracle, worst, count = ORACLES[name], 0, 0
    seed = parity.seed()
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    for pixels in cases(rng, oracle, photos):
        height, width = pixels.shape[:2]
        text, want = oracle.draw(rng, width, height, parity.channels_of(pixels))
        wanted = want(pixels)
        if rng.integers(4) == 0:
            text, pixels = as_view(rng, text, pixels)
        for runner in runners:
            worst = max(worst, check(runner, text, pixels, wanted, oracle.bound))
        if oracle.scales:
            check(runners[0], text, pixels.astype(np.uint16) * 257, wanted.astype(np.uint16) * 257, 0)
        count += 1
    RESULTS[name] = count, worst


def test_every_oracle_has_its_operation():
    assert set(ORACLES) <= set(parity.operations())


def test_table(capsys):
    """Prints what was found; runs last."""
    with capsys.disabled():
        print("\n%-20s %6s %s  (kernels: %s)" % ("operation", "cases", "max difference",
                                               ", ".join(parity.kernel_sets())))
        for name, (count, worst) in RESULTS.items():
            print("%-20s %6d %d" % (name, count, worst))
