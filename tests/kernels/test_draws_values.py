# SPDX-License-Identifier: Apache-2.0
"""Defends what random operations on values draw: chances, factors, orders, against torchvision v2's and albumentations'
rules in words of our own; and that the pixels of what was drawn are Pillow's."""
import itertools

import numpy as np
import pytest

import parity
import pillow_steps
from chance import DRAWS, assert_chance, assert_independent, assert_reals, assert_shares

PARTS = ("brightness", "contrast", "saturation", "hue")


@pytest.fixture(scope="module")
def runner():
    r = parity.Runner()
    yield r
    r.close()


MAYBE = [("random-grayscale", 0.1, "grayscale keep"), ("random-invert", 0.5, "invert"),
         ("random-autocontrast", 0.5, "autocontrast 0"), ("random-equalize", 0.5, "equalize"),
         ("random-posterize 3", 0.5, "posterize 3"), ("random-solarize 100.5", 0.5, "solarize 100.5"),
         ("random-sharpness 1.5", 0.5, "sharpness 1.5")]


@pytest.mark.parametrize("text,p,step", MAYBE)
def test_with_a_chance(runner, text, p, step):
    for line, chance in ((text, p), (text + ",p=0.3", 0.3), (text + " p=0", 0), (text + " p=1", 1)):
        drawn = runner.draw(line, DRAWS, 50, 40)
        hits = sum(ops == [step] for ops in drawn)
        assert hits + drawn.count([]) == DRAWS
        assert_chance(hits, DRAWS, chance)


def factors_of(drawn, name):
    return np.array([float(op.split()[1]) for ops in drawn for op in ops if op.startswith(name + " ")])


def names_of(ops):
    return tuple(op.split()[0] for op in ops)


def test_color_jitter(runner):
    drawn = runner.draw("color-jitter 0.4,1.5,0.3,0.1", DRAWS, 50, 40)
    orders = list(itertools.permutations(PARTS))
    found = dict.fromkeys(orders, 0)
    for ops in drawn:
        found[names_of(ops)] += 1
    assert_shares([found[order] for order in orders], [1] * 24)
    ranges = ((0.6, 1.4), (0, 2.5), (0.7, 1.3), (-0.1, 0.1))
    factors = [factors_of(drawn, name) for name in PARTS]
    for values, (low, high) in zip(factors, ranges):
        assert_reals(values, low, high)
    for a, b in itertools.combinations(factors, 2):
        assert_independent(a, b)
    place = np.array([names_of(ops).index("hue") for ops in drawn])
    for values in factors:
        assert_independent(place + np.random.default_rng(1).random(DRAWS), values, 4)


def test_color_jitter_ranges(runner):
    drawn = runner.draw("color-jitter brightness=0.5,0.75 hue=-0.25,0.5", DRAWS, 50, 40)
    assert_shares([sum(names_of(ops) == order for ops in drawn)
                   for order in (("brightness", "hue"), ("hue", "brightness"))], [1, 1])
    assert_reals(factors_of(drawn, "brightness"), 0.5, 0.75)
    assert_reals(factors_of(drawn, "hue"), -0.25, 0.5)


def test_color_jitter_leaves_out_what_changes_nothing(runner):
    """And what is left out shifts no other part's factor, nor the order."""
    full = runner.draw("color-jitter 0.4,0.4,0.4,0.1", 2000, 50, 40)
    part = runner.draw("color-jitter saturation=0.4 contrast=1,1 brightness=0 hue=0.1", 2000, 50, 40)
    kept = [[op for op in ops if names_of([op])[0] in ("saturation", "hue")] for ops in full]
    assert part == kept
    assert runner.draw("color-jitter 0", 3, 50, 40) == [[]] * 3
    half = runner.draw("color-jitter brightness=0.5,0.5", 3, 50, 40)
    assert half == [["brightness 0.5"]] * 3


def test_photometric_distort(runner):
    """torchvision v2's RandomPhotometricDistort."""
    drawn = runner.draw("photometric-distort 0.4", DRAWS, 50, 40)
    found, shares = {}, {}
    for wanted in itertools.product((0, 1), repeat=4):
        chance = np.prod([0.4 if w else 0.6 for w in wanted])
        for first in (0, 1):
            order = PARTS if first else ("brightness", "saturation", "hue", "contrast")
            names = tuple(name for name in order if wanted[PARTS.index(name)])
            for tail, share in (((), 0.6 + 0.4 / 6), (("channel-order",), 0.4 * 5 / 6)):
                shares[names + tail] = shares.get(names + tail, 0) + chance * share / 2
    found = dict.fromkeys(shares, 0)
    for ops in drawn:
        found[names_of(ops)] += 1
    assert_shares([found[key] for key in shares], list(shares.values()))
    for name, low, high in (("brightness", 0.875, 1.125), ("contrast", 0.5, 1.5), ("saturation", 0.5, 1.5),
                            ("hue", -0.05, 0.05)):
        assert_reals(factors_of(drawn, name), low, high)
    assert_shares(orders_of(drawn)[1:], [1] * 5)
    assert runner.draw("photometric-distort 0", 3, 50, 40) == [[]] * 3


ORDERS = ["".join(order) for order in itertools.permutations("rgb")]  # the first is the one that is there


def orders_of(drawn):
    words = [op.split()[1] for ops in drawn for op in ops if op.startswith("channel-order")]
    return [words.count(order) for order in ORDERS]


def test_channel_shuffle(runner):
    drawn = runner.draw("random-channel-shuffle", DRAWS, 50, 40)
    assert_shares([drawn.count([])] + orders_of(drawn)[1:], [1] * 6)
    assert runner.draw("random-channel-shuffle", 50, 50, 40, channels=1) == [[]] * 50
    assert runner.draw("random-channel-shuffle", 500, 50, 40, channels=4) == drawn[:500]


PIXELS = [text + " p=0.9" for text, _, _ in MAYBE] + ["color-jitter 0.8,0.8,0.8,0.4", "photometric-distort 0.8",
                                                      "random-channel-shuffle"]


@pytest.mark.parametrize("text", PIXELS)
def test_pixels_are_pillows(runner, text):
    rng = np.random.default_rng(parity.seed())
    for ops in runner.draw(text, 200, 50, 40, seed=int(rng.integers(2**32))):
        pixels = parity.random_pixels(rng, 50, 40, 3)
        want = np.asarray(pillow_steps.run(ops, parity.image_of(pixels)))
        assert parity.differing(runner.run("\n".join(ops), pixels), want) == 0, ops
