# SPDX-License-Identifier: Apache-2.0
"""Defends random-blur, -noise, -jpeg, -gamma and -downscale: chances and amounts against torchvision v2's and
albumentations' rules, and that the pixels of what was drawn are Pillow's where Pillow has the operation."""
import re

import numpy as np
import pytest

import parity
import pillow_steps
from chance import DRAWS, assert_chance, assert_independent, assert_reals, assert_uniform


@pytest.fixture(scope="module")
def runner():
    r = parity.Runner()
    yield r
    r.close()


def amounts(drawn, pattern):
    """The one line of each draw that has one: its numbers."""
    assert all(len(ops) <= 1 for ops in drawn)
    matches = [re.fullmatch(pattern, ops[0]) for ops in drawn if ops]
    assert all(matches), drawn[:3]
    return np.array([[float(n) for n in match.groups()] for match in matches]).T


NUMBER = r"(\d+(?:\.\d+)?(?:e-\d+)?)"


def test_random_blur(runner):
    """torchvision v2's GaussianBlur."""
    sigma, = amounts(runner.draw("random-blur 5", DRAWS, 50, 40), "blur " + NUMBER + " kernel=5")
    assert len(sigma) == DRAWS
    assert_reals(sigma, 0.1, 2)
    sigma, = amounts(runner.draw("random-blur 31,sigma=3,4.5", DRAWS, 50, 40), "blur " + NUMBER + " kernel=31")
    assert_reals(sigma, 3, 4.5)


def test_random_noise(runner):
    drawn = runner.draw("random-noise", DRAWS, 50, 40)
    sigma, seed = amounts(drawn, "noise " + NUMBER + r" seed=(\d+)")
    assert (sigma == 25.5).all() and len(set(seed)) > DRAWS - 5
    assert_uniform((seed.astype(np.int64) >> 24), 256)
    assert_uniform((seed.astype(np.int64) & 255), 256)
    sigma, seed = amounts(runner.draw("random-noise 2,9", DRAWS, 50, 40), "noise " + NUMBER + r" seed=(\d+)")
    assert_reals(sigma, 2, 9)
    assert_independent(sigma, seed)


def test_random_jpeg(runner):
    """torchvision v2's JPEG: both ends may come."""
    quality, = amounts(runner.draw("random-jpeg 30,95", DRAWS, 50, 40), r"jpeg (\d+) 420")
    assert len(quality) == DRAWS
    assert_uniform(quality.astype(int) - 30, 66)
    assert runner.draw("random-jpeg 75 subsampling=444", 2, 50, 40) == [["jpeg 75 444"]] * 2


@pytest.mark.parametrize("text,pattern,low,high", [
    ("random-gamma", "gamma " + NUMBER + " 1", 0.8, 1.2),
    ("random-gamma 0.5,3", "gamma " + NUMBER + " 1", 0.5, 3),
    ("random-downscale 0.25,0.75", "downscale " + NUMBER + " down=nearest up=nearest", 0.25, 0.75)])
def test_by_chance(runner, text, pattern, low, high):
    for line, p in ((text, 0.5), (text + " p=0.2", 0.2), (text + " p=1", 1)):
        values, = amounts(runner.draw(line, DRAWS, 50, 40), pattern)
        assert_chance(len(values), DRAWS, p)
        assert_reals(values, low, high)
    assert runner.draw(text + " p=0", 50, 50, 40) == [[]] * 50


def test_random_downscale_by_default(runner):
    drawn = runner.draw("random-downscale", DRAWS, 50, 40)
    assert {tuple(ops) for ops in drawn} == {(), ("downscale 0.25 down=nearest up=nearest",)}
    assert_chance(sum(map(len, drawn)), DRAWS, 0.5)


@pytest.mark.parametrize("text", ["random-gamma 0.3,3,p=0.9", "random-downscale 0.1,0.9,p=0.9", "random-jpeg 20,95",
                                  "random-jpeg 20,95,subsampling=444"])
def test_pixels_are_pillows(runner, text):
    rng = np.random.default_rng(parity.seed())
    for ops in runner.draw(text, 200, 61, 43, seed=int(rng.integers(2**32))):
        pixels = parity.random_pixels(rng, 61, 43, 3)
        want = np.asarray(pillow_steps.run(ops, parity.image_of(pixels)))
        assert parity.differing(runner.run("\n".join(ops), pixels), want) == 0, ops
