# SPDX-License-Identifier: Apache-2.0
"""Defends random-erasing and coarse-dropout: how many rectangles of what sizes at what places, against torchvision v2's
and albumentations' rules in words of our own, and that their pixels are Pillow's."""
import math
import re

import numpy as np
import pytest

import parity
import pillow_steps
from chance import (DRAWS, assert_chance, assert_independent, assert_same_distribution, assert_shares, assert_uniform)


@pytest.fixture(scope="module")
def runner():
    r = parity.Runner()
    yield r
    r.close()


def hole(op):
    """width, height, x, y."""
    return [int(n) for n in re.match(r"erase (\d+)x(\d+)\+(\d+)\+(\d+) ", op).groups()]


def holes_of(drawn):
    return np.array([hole(op) for ops in drawn for op in ops])


def model_erasing(rng, width, height, scale, ratio):
    """torchvision v2's RandomErasing; None: no trial fitted, or an empty rectangle."""
    low, high = np.log(ratio)
    for _ in range(10):
        area = width * height * rng.uniform(*scale)
        aspect = math.exp(rng.uniform(low, high))
        h, w = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if h < height and w < width:
            y, x = rng.integers(0, height - h + 1), rng.integers(0, width - w + 1)
            return [w, h, x, y] if w and h else None
    return None


@pytest.mark.parametrize("width,height,scale,ratio", [
    (224, 224, (0.02, 0.33), (0.3, 3.3)),
    (500, 60, (0.02, 0.33), (0.3, 3.3)),  # tall ones seldom fit
    (300, 40, (0.3, 0.9), (0.3, 1)),  # often none does
    (20, 15, (0, 0.02), (0.3, 3.3)),  # sides that round to nothing
])
def test_random_erasing(runner, width, height, scale, ratio):
    text = "random-erasing 1 scale=%r,%r ratio=%r,%r" % (*scale, *ratio)
    drawn = runner.draw(text, DRAWS, width, height)
    ours = holes_of(drawn)
    rng = np.random.default_rng(5)
    model = [model_erasing(rng, width, height, scale, ratio) for _ in range(DRAWS)]
    missed = sum(m is None for m in model)
    model = np.array([m for m in model if m])
    assert_same_distribution([len(ops) for ops in drawn], [1] * len(model) + [0] * missed)
    for column in range(4):
        assert_same_distribution(ours[:, column], model[:, column])
    assert_same_distribution(ours[:, 0] * ours[:, 1], model[:, 0] * model[:, 1])
    assert_same_distribution(ours[:, 0] / ours[:, 1], model[:, 0] / model[:, 1])
    assert (ours[:, 0] < width).all() and (ours[:, 1] < height).all()
    assert all(ops[0].endswith(" value=#000000ff") for ops in drawn if ops)


@pytest.mark.parametrize("p", [0, 0.5, 0.9])
def test_random_erasing_by_chance(runner, p):
    drawn = runner.draw("random-erasing %r value=1,2,3" % p, DRAWS, 100, 100)
    assert_chance(sum(map(len, drawn)), DRAWS, p)
    assert all(ops[0].endswith(" value=#010203ff") for ops in drawn if ops)


def test_random_erasing_with_noise(runner):
    """Every image has a seed of its own."""
    drawn = runner.draw("random-erasing 1 value=random", DRAWS, 100, 100)
    seeds = np.array([int(re.search(r" noise seed=(\d+)$", ops[0])[1]) for ops in drawn])
    assert_uniform(seeds >> 24, 256)
    assert_uniform(seeds & 255, 256)
    assert len(set(seeds)) > DRAWS - 5
    plain = runner.draw("random-erasing 1", DRAWS, 100, 100)
    assert [hole(a[0]) for a in drawn] == [hole(b[0]) for b in plain]


def test_coarse_dropout(runner):
    """albumentations' CoarseDropout."""
    width, height = 300, 200
    drawn = runner.draw("coarse-dropout", DRAWS, width, height)
    assert_shares([sum(len(ops) == n for ops in drawn) for n in range(3)], [2, 1, 1])
    drawn = runner.draw("coarse-dropout 1 holes=2,5 height=0.1,0.4 width=0.05,0.3", DRAWS, width, height)
    assert_uniform([len(ops) - 2 for ops in drawn], 4)
    rng = np.random.default_rng(6)
    n = 4 * DRAWS
    h, w = (height * rng.uniform(0.1, 0.4, n)).astype(int), (width * rng.uniform(0.05, 0.3, n)).astype(int)
    model = np.stack([w, h, rng.integers(0, width - w + 1), rng.integers(0, height - h + 1)], 1)
    for place in range(5):
        ours = np.array([hole(ops[place]) for ops in drawn if len(ops) > place])
        for column in range(4):
            assert_same_distribution(ours[:, column], model[:, column])
    first, second = (np.array([hole(ops[i]) for ops in drawn]) for i in range(2))
    for column in range(4):
        assert_independent(first[:, column] + rng.random(DRAWS), second[:, column] + rng.random(DRAWS))


def test_coarse_dropout_in_pixels(runner):
    drawn = runner.draw("coarse-dropout 1 holes=1,1 height=3,9 width=10,400", DRAWS, 20, 30)
    holes = holes_of(drawn)
    assert_uniform(holes[:, 1] - 3, 7)
    assert_uniform(holes[:, 0] - 10, 11)  # at most what the image has
    for width in range(10, 21):
        assert_uniform(holes[holes[:, 0] == width, 2], 21 - width)


def test_a_hole_draws_apart_from_how_many_there_are(runner):
    """Fewer holes are the first of the more."""
    many = runner.draw("coarse-dropout 1 holes=4,4", 300, 100, 80)
    few = runner.draw("coarse-dropout 1 holes=2,2", 300, 100, 80)
    assert [ops[:2] for ops in many] == few


@pytest.mark.parametrize("text", ["random-erasing 0.9", "random-erasing 0.9 value=200,100,50",
                                  "coarse-dropout 0.9 holes=1,6 value=white", "coarse-dropout 1 holes=9,9 width=30,30"])
def test_pixels_are_pillows(runner, text):
    rng = np.random.default_rng(parity.seed())
    for ops in runner.draw(text, 300, 61, 43, seed=int(rng.integers(2**32))):
        pixels = parity.random_pixels(rng, 61, 43, 3)
        want = np.asarray(pillow_steps.run(ops, parity.image_of(pixels)))
        assert parity.differing(runner.run("\n".join(ops), pixels), want) == 0, ops
