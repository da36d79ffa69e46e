# SPDX-License-Identifier: Apache-2.0
"""Defends the distributions: what random operations draw against models of torchvision v2's rules that share no code
with them. Here: what crops and flips. The other test_draws_*.py do the same for the rest."""
import math

import numpy as np
import pytest

import parity
from chance import DRAWS, assert_chance, assert_same_distribution, assert_shares, assert_uniform, crops_of

@pytest.fixture(scope="module")
def runner():
    r = parity.Runner()
    yield r
    r.close()


@pytest.mark.parametrize("name,step", [("hflip", "flip h"), ("vflip", "flip v")])
@pytest.mark.parametrize("p", [0, 0.1, 0.5, 1])
def test_flips(runner, name, step, p):
    drawn = runner.draw("%s %r" % (name, p), DRAWS, 100, 80)
    assert all(ops in ([], [step]) for ops in drawn)
    hits = sum(ops == [step] for ops in drawn)
    assert_chance(hits, DRAWS, p)


def test_positions_are_independent(runner):
    """Two equal operations in one recipe draw apart."""
    drawn = runner.draw("hflip; hflip", DRAWS, 100, 80)
    counts = [sum(len(ops) == n for ops in drawn) for n in range(3)]
    assert_shares(counts, [0.25, 0.5, 0.25])


def test_random_crop(runner):
    crops = crops_of(runner.draw("random-crop 32x24", DRAWS, 52, 37))
    assert (crops[:, 0] == 32).all() and (crops[:, 1] == 24).all()
    assert_uniform(crops[:, 2], 21)
    assert_uniform(crops[:, 3], 14)
    assert_uniform(crops[:, 2] * 14 + crops[:, 3], 21 * 14)


def test_random_crop_pads(runner):
    drawn = runner.draw("random-crop 32,padding=4,mode=reflect", 5000, 32, 32)
    assert all(ops[0].startswith("pad 4,4,4,4 mode=reflect") for ops in drawn)
    crops = crops_of(drawn)
    assert_uniform(crops[:, 2] * 9 + crops[:, 3], 81)
    drawn = runner.draw("random-crop 32,pad-if-needed", 5000, 30, 40)
    assert all(ops[0].startswith("pad 2,0,2,0 ") for ops in drawn)
    crops = crops_of(drawn)
    assert_uniform(crops[:, 2] * 9 + crops[:, 3], 3 * 9)
    with pytest.raises(RuntimeError):
        runner.draw("random-crop 32", 1, 31, 40)


def model_resized_crop(rng, width, height, scale, ratio):
    """torchvision v2's RandomResizedCrop.make_params, in words of our own."""
    low, high = np.log(ratio)
    for _ in range(10):
        area = width * height * rng.uniform(*scale)
        aspect = math.exp(rng.uniform(low, high))
        w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < w <= width and 0 < h <= height:
            return w, h, int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1))
    w, h = width, height
    if width / height < min(ratio):
        h = round(w / min(ratio))
    elif width / height > max(ratio):
        w = round(h * max(ratio))
    return w, h, (width - w) // 2, (height - h) // 2


@pytest.mark.parametrize("width,height,scale,ratio", [
    (500, 375, (0.08, 1), (3 / 4, 4 / 3)),
    (333, 500, (0.2, 0.9), (0.5, 2)),
    (1200, 90, (0.08, 1), (3 / 4, 4 / 3)),  # often falls back
    (40, 900, (0.5, 1), (3 / 4, 4 / 3)),  # always falls back
])
def test_random_resized_crop(runner, width, height, scale, ratio):
    text = "random-resized-crop 224,scale=%r,%r,ratio=%r,%r" % (*scale, *ratio)
    drawn = runner.draw(text, DRAWS, width, height)
    assert all(ops[1] == "resize 224x224! filter=bilinear" for ops in drawn)
    ours = crops_of(drawn)
    rng = np.random.default_rng(20240)
    model = np.array([model_resized_crop(rng, width, height, scale, ratio) for _ in range(DRAWS)])
    assert (ours[:, 0] + ours[:, 2] <= width).all() and (ours[:, 1] + ours[:, 3] <= height).all()
    for column in range(4):
        assert_same_distribution(ours[:, column], model[:, column])
    assert_same_distribution(ours[:, 0] * ours[:, 1], model[:, 0] * model[:, 1])
    assert_same_distribution(ours[:, 0] / ours[:, 1], model[:, 0] / model[:, 1])


def test_draws_repeat(runner):
    text = "random-resized-crop 64; hflip; random-crop 32; vflip"
    assert runner.draw(text, 500, 300, 200) == runner.draw(text, 500, 300, 200)
