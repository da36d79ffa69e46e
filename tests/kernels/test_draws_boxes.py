# SPDX-License-Identifier: Apache-2.0
"""Defends iou-crop, box-safe-crop and zoom-out: what they draw against torchvision v2's and albumentations' rules, in words
of our own, and that boxes are seen where the steps before have moved them."""
import re

import numpy as np
import pytest

import chance
import parity

WIDTH, HEIGHT = 160, 120
BOXES = np.array([[20, 30, 70, 90], [90.5, 10, 150, 50.25], [100, 80, 112, 92]])
SIMULATED = 60000


@pytest.fixture(scope="module")
def runner():
    r = parity.Runner()
    yield r
    r.close()


def crops(drawn):
    """Left, top, right, bottom of each image's crop; NaN where there is none."""
    found = np.full((len(drawn), 4), np.nan)
    for i, ops in enumerate(drawn):
        assert len(ops) <= 1
        for op in ops:
            w, h, x, y = map(int, re.match(r"crop (\d+)x(\d+)([+-]\d+)([+-]\d+) fill=#00000000$", op).groups())
            found[i] = x, y, x + w, y + h
    return found


def iou(boxes, crop):
    """Of each crop (n x 4) with each box: n x m."""
    low, high = np.maximum(boxes[None, :, :2], crop[:, None, :2]), np.minimum(boxes[None, :, 2:], crop[:, None, 2:])
    both = np.clip(high - low, 0, None).prod(axis=2)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)[None] + (crop[:, 2:] - crop[:, :2]).prod(axis=1)[:, None]
    return both / (areas - both)


def suits(boxes, crop, least):
    centre = (boxes[None, :, :2] + boxes[None, :, 2:]) / 2
    inside = ((crop[:, None, :2] < centre) & (centre < crop[:, None, 2:])).all(axis=2)
    best = np.where(inside, iou(boxes, crop), -1).max(axis=1)
    return (best >= 0) & (best >= least)


def simulate_iou_crop(rng, scale, aspect, options, trials):
    """RandomIoUCrop for many images at once; NaN: left as it is."""
    found, open_ = np.full((SIMULATED, 4), np.nan), np.arange(SIMULATED)
    while len(open_):
        least = rng.choice(options, len(open_))
        open_, least = open_[least < 1], least[least < 1]
        for _ in range(trials):
            n = len(open_)
            size = np.floor([WIDTH, HEIGHT] * rng.uniform(scale[0], scale[1], (n, 2)))
            corner = np.floor(([WIDTH, HEIGHT] - size) * rng.random((n, 2)))
            crop = np.concatenate([corner, corner + size], axis=1)
            ratio = size[:, 0] / np.maximum(size[:, 1], 1)
            good = (size > 0).all(axis=1) & (ratio >= aspect[0]) & (ratio <= aspect[1]) & suits(BOXES, crop, least)
            found[open_[good]] = crop[good]
            open_, least = open_[~good], least[~good]
    return found


@pytest.mark.parametrize("text, how", [
    ("iou-crop", ((0.3, 1), (0.5, 2), (0, 0.1, 0.3, 0.5, 0.7, 0.9, 1), 40)),
    ("iou-crop scale=0.4,0.8 aspect=0.7,1.2 options=0.2,0.4,1 trials=5", ((0.4, 0.8), (0.7, 1.2), (0.2, 0.4, 1), 5))])
def test_iou_crop(runner, text, how):
    found = crops(runner.draw(text, chance.DRAWS, WIDTH, HEIGHT, boxes=BOXES))
    want = simulate_iou_crop(np.random.default_rng(11), *how)
    kept, share = np.isnan(found[:, 0]), np.isnan(want[:, 0]).mean()
    chance.assert_chance(kept.sum(), len(found), share)
    found, want = found[~kept], want[~np.isnan(want[:, 0])]
    for values in (lambda c: c[:, 0], lambda c: c[:, 1], lambda c: c[:, 2] - c[:, 0], lambda c: c[:, 3] - c[:, 1],
                   lambda c: iou(BOXES, c).max(axis=1)):
        chance.assert_same_distribution(values(found), values(want))
    assert suits(BOXES, found, min(how[2])).all()


def test_iou_crop_without_boxes_is_nothing(runner):
    assert set(map(tuple, runner.draw("iou-crop", 50, WIDTH, HEIGHT, boxes=np.zeros((0, 4))))) == {()}
    outside = runner.draw("iou-crop", 50, WIDTH, HEIGHT, boxes=[[-50, 0, -10, 40]])
    assert set(map(tuple, outside)) == {()}


@pytest.mark.parametrize("op", ["iou-crop", "box-safe-crop"])
def test_boxes_have_to_be_known(runner, op):
    with pytest.raises(Exception, match="boxes"):
        runner.draw(op, 1, WIDTH, HEIGHT)


@pytest.mark.parametrize("erosion", [0, 0.2])
def test_box_safe_crop(runner, erosion):
    found = crops(runner.draw(f"box-safe-crop erosion={erosion}", chance.DRAWS, WIDTH, HEIGHT, boxes=BOXES))
    cut = erosion * (BOXES[:, 2:] - BOXES[:, :2])
    low, high = (BOXES[:, :2] + cut).min(axis=0), (BOXES[:, 2:] - cut).max(axis=0)
    for axis, side in ((0, WIDTH), (1, HEIGHT)):
        # Whole pixels outward: a floor of U(0, low) and a ceiling of U(high, side).
        edges = np.clip(np.arange(side + 2), 0, low[axis])
        chance.assert_shares(np.bincount(found[:, axis].astype(int), minlength=side + 1), np.diff(edges))
        edges = np.clip(np.arange(-1, side + 1), high[axis], side)
        chance.assert_shares(np.bincount(found[:, axis + 2].astype(int), minlength=side + 1), np.diff(edges))
    for a in range(4):
        for b in range(a):
            chance.assert_independent(found[:, a], found[:, b])


def test_box_safe_crop_without_boxes_keeps_all(runner):
    assert set(map(tuple, crops(runner.draw("box-safe-crop", 30, 50, 40, boxes=np.zeros((0, 4)))))) == {(0, 0, 50, 40)}


@pytest.mark.parametrize("before, moved", [
    ("flip h", [50, 10, 90, 30]), ("rotate90 cw", [70, 10, 90, 50]), ("resize 300x50!", [30, 5, 150, 15]),
    ("crop 60x60+30+0", [0, 10, 20, 30]), ("pad 5,6,7,8", [15, 16, 55, 36])])
def test_boxes_are_seen_where_they_were_moved_to(runner, before, moved):
    """A box of 10,10 .. 50,30 in a picture of 100x100."""
    width, height = {"resize 300x50!": (300, 50), "crop 60x60+30+0": (60, 60),
                     "pad 5,6,7,8": (112, 114)}.get(before, (100, 100))
    drawn = runner.draw(f"{before}; box-safe-crop", 400, 100, 100, boxes=[[10, 10, 50, 30]])
    found = crops([ops[-1:] for ops in drawn])
    low, high = found[:, :2].max(axis=0), found[:, 2:].min(axis=0)
    assert (low <= moved[:2]).all() and (high >= moved[2:]).all()
    assert (np.array(moved[:2]) - low <= np.maximum(2, np.array(moved[:2]) * 0.05)).all(), low
    assert (high - moved[2:] <= np.maximum(2, ([width, height] - np.array(moved[2:])) * 0.05)).all(), high


def test_zoom_out(runner):
    drawn = runner.draw("zoom-out", chance.DRAWS, 40, 30)
    pads = np.array([[int(n) for n in re.match(r"pad (\d+),(\d+),(\d+),(\d+) ", ops[0]).groups()] for ops in drawn if ops])
    chance.assert_chance(len(pads), len(drawn), 0.5)
    width, height = 40 + pads[:, 0] + pads[:, 2], 30 + pads[:, 1] + pads[:, 3]
    # One number for both sides: floor(40 r) and floor(30 r) agree on r, which is uniform.
    assert (np.maximum(width / 40, height / 30) < np.minimum((width + 1) / 40, (height + 1) / 30)).all()
    chance.assert_shares(np.bincount(width, minlength=161)[40:160], np.ones(120))
    rng = np.random.default_rng(5)
    chance.assert_same_distribution(pads[:, 0], np.floor((width - 40) * rng.random(len(width))))
    chance.assert_same_distribution(pads[:, 1], np.floor((height - 30) * rng.random(len(height))))
    assert not any(runner.draw("zoom-out 0", 50, 40, 30)) and all(runner.draw("zoom-out 1", 50, 40, 30))
    only = runner.draw("zoom-out 1,side=2,2,fill=#123456", 50, 40, 30)
    assert all(ops[0].endswith("fill=#123456ff") for ops in only)
    for ops in only:
        left, top, right, bottom = map(int, re.findall(r"\d+", ops[0])[:4])
        assert (left + right, top + bottom) == (40, 30)
