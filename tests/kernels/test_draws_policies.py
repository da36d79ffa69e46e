# SPDX-License-Identifier: Apache-2.0
"""Defends randaugment, trivial-augment-wide and autoaugment: how often which transformation comes at which magnitude,
against torchvision v2's rules and the published policies, written down here once more; and that the pixels of what was
drawn are what torchvision's functions make of PIL images."""
import math

import numpy as np
import pytest

import parity
import pillow_steps
from chance import DRAWS, assert_shares

SIGNED = ("shear-x", "shear-y", "translate-x", "translate-y", "rotate", "brightness", "color", "contrast", "sharpness")
PLAIN = ("identity", "posterize", "solarize", "autocontrast", "equalize")

# An operation, its chance, its bin where it has magnitudes; pairs are parted by semicolons.
POLICIES = {
    "imagenet": """
Posterize .4 8 Rotate .6 9; Solarize .6 5 Autocontrast .6; Equalize .8 Equalize .6; Posterize .6 7 Posterize .6 6; Equalize .4 Solarize .2 4;
Equalize .4 Rotate .8 8; Solarize .6 3 Equalize .6; Posterize .8 5 Equalize 1; Rotate .2 3 Solarize .6 8; Equalize .6 Posterize .4 6;
Rotate .8 8 Color .4 0; Rotate .4 9 Equalize .6; Equalize 0 Equalize .8; Invert .6 Equalize 1; Color .6 4 Contrast 1 8;
Rotate .8 8 Color 1 2; Color .8 8 Solarize .8 7; Sharpness .4 7 Invert .6; Shear_x .6 5 Equalize 1; Color .4 0 Equalize .6;
Equalize .4 Solarize .2 4; Solarize .6 5 Autocontrast .6; Invert .6 Equalize 1; Color .6 4 Contrast 1 8; Equalize .8 Equalize .6""",
    "cifar10": """
Invert .1 Contrast .2 6; Rotate .7 2 Translate_x .3 9; Sharpness .8 1 Sharpness .9 3; Shear_y .5 8 Translate_y .7 9; Autocontrast .5 Equalize .9;
Shear_y .2 7 Posterize .3 7; Color .4 3 Brightness .6 7; Sharpness .3 9 Brightness .7 9; Equalize .6 Equalize .5; Contrast .6 7 Sharpness .6 5;
Color .7 7 Translate_x .5 8; Equalize .3 Autocontrast .4; Translate_y .4 3 Sharpness .2 6; Brightness .9 6 Color .2 8; Solarize .5 2 Invert 0;
Equalize .2 Autocontrast .6; Equalize .2 Equalize .6; Color .9 9 Equalize .6; Autocontrast .8 Solarize .2 8; Brightness .1 3 Color .7 0;
Solarize .4 5 Autocontrast .9; Translate_y .9 9 Translate_y .7 9; Autocontrast .9 Solarize .8 3; Equalize .8 Invert .1; Translate_y .7 9 Autocontrast .9""",
    "svhn": """
Shear_x .9 4 Invert .2; Shear_y .9 8 Invert .7; Equalize .6 Solarize .6 6; Invert .9 Equalize .6; Equalize .6 Rotate .9 3;
Shear_x .9 4 Autocontrast .8; Shear_y .9 8 Invert .4; Shear_y .9 5 Solarize .2 6; Invert .9 Autocontrast .8; Equalize .6 Rotate .9 3;
Shear_x .9 4 Solarize .3 3; Shear_y .8 8 Invert .7; Equalize .9 Translate_y .6 6; Invert .9 Equalize .6; Contrast .3 3 Rotate .8 4;
Invert .8 Translate_y 0 2; Shear_y .7 6 Solarize .4 8; Invert .6 Rotate .8 4; Shear_y .3 7 Translate_x .9 3; Shear_x .1 6 Invert .6;
Solarize .7 2 Translate_y .6 7; Shear_y .8 4 Invert .8; Shear_x .7 9 Translate_y .8 3; Shear_y .8 5 Autocontrast .7; Shear_x .7 2 Invert .1""",
}


@pytest.fixture(scope="module")
def runner():
    r = parity.Runner()
    yield r
    r.close()


class Space:
    """Magnitudes of one of the three, for an image size."""

    def __init__(self, width, height, bins, shear, translate, angle, factor, bits):
        self.bins = bins
        self.most = {"shear-x": shear, "shear-y": shear, "translate-x": translate(width),
                     "translate-y": translate(height), "rotate": angle, "brightness": factor, "color": factor,
                     "contrast": factor, "sharpness": factor}
        self.bits = bits

    def step(self, name, bin_, sign):
        """The drawn step in short: a word and its number, rounded."""
        if name == "posterize":
            return name, round(8 - bin_ / ((self.bins - 1) / self.bits))
        if name == "solarize":
            return name, round(255 - 255 * bin_ / (self.bins - 1), 4)
        if name not in self.most:
            return (name, 0)
        level = float(np.float32(self.most[name] * bin_ / (self.bins - 1))) * sign
        if name.startswith("shear"):
            return name, round(math.degrees(math.atan(level)), 4)
        if name.startswith("translate"):
            return name, int(level)
        return name, round(level if name == "rotate" else 1 + level, 5)

    def outcomes(self, name, bin_, chance):
        """Every step it may come to, with its chance."""
        if name not in self.most:
            return [(() if name == "identity" else (self.step(name, bin_, 1),), chance)]
        return [((self.step(name, bin_, sign),), chance / 2) for sign in (1, -1)]


def in_short(op):
    """A drawn line as Space.step() has it."""
    word, *rest = op.split()
    values = [float(n) for n in rest[0].split(",")] if rest else [0]
    if word == "shear":
        return ("shear-x", round(values[0], 4)) if values[0] or not values[1] else ("shear-y", round(values[1], 4))
    if word == "affine":
        assert values[0] == 0 and values[3:] == [1, 0, 0]
        return ("translate-x", values[1]) if values[1] or not values[2] else ("translate-y", values[2])
    if word == "saturation":
        return "color", round(values[0], 5)
    return word, round(values[0], 4 if word == "solarize" else 5)


def add(shares, steps, chance):
    shares[steps] = shares.get(steps, 0) + chance


def assert_outcomes(drawn, shares):
    """Rare outcomes together count as one."""
    found = dict.fromkeys(shares, 0)
    for ops in drawn:
        found[tuple(in_short(op) for op in ops)] += 1
    often = [key for key in shares if shares[key] * len(drawn) >= 8]
    rare = [key for key in shares if key not in often]
    assert_shares([found[key] for key in often] + [sum(found[key] for key in rare)],
                  [shares[key] for key in often] + [sum(shares[key] for key in rare)])


def rand_space(width, height, bins):
    return Space(width, height, bins, 0.3, lambda side: 150.0 / 331.0 * side, 30, 0.9, 4)


@pytest.mark.parametrize("magnitude,bins", [(9, 31), (4, 7), (30, 31)])
def test_randaugment_one(runner, magnitude, bins):
    space = rand_space(331, 200, bins)
    shares = {}
    for name in SIGNED + PLAIN:
        for steps, chance in space.outcomes(name, magnitude, 1 / 14):
            add(shares, steps, chance)
    text = "randaugment n=1 m=%d bins=%d" % (magnitude, bins)
    assert_outcomes(runner.draw(text, DRAWS, 331, 200), shares)


def test_randaugment_two(runner):
    """The two are independent."""
    space = rand_space(300, 220, 31)
    one = [outcome for name in SIGNED + PLAIN for outcome in space.outcomes(name, 9, 1 / 14)]
    shares = {}
    for first, p in one:
        for second, q in one:
            add(shares, first + second, p * q)
    assert_outcomes(runner.draw("randaugment", DRAWS, 300, 220), shares)


def test_randaugment_layers(runner):
    assert runner.draw("randaugment n=0", 10, 40, 30) == [[]] * 10
    assert max(len(ops) for ops in runner.draw("randaugment 6", 300, 40, 30)) == 6


def test_magnitude_zero_has_its_ops(runner):
    """Only the identity is left out: a factor of 1 or a turn by 0 is recorded as drawn."""
    drawn = runner.draw("randaugment n=1 m=0", DRAWS, 100, 80)
    assert_shares([drawn.count([]), DRAWS - drawn.count([])], [1, 13])


@pytest.mark.parametrize("bins", [31, 4])
def test_trivial_augment_wide(runner, bins):
    space = Space(300, 220, bins, 0.99, lambda side: 32, 135, 0.99, 6)
    shares = {}
    for name in SIGNED + PLAIN:
        for bin_ in range(bins):
            for steps, chance in space.outcomes(name, bin_, 1 / 14 / bins):
                add(shares, steps, chance)
    drawn = runner.draw("trivial-augment-wide bins=%d" % bins, DRAWS, 300, 220)
    merged = {}
    for steps, chance in shares.items():
        add(merged, nothing_along_y(steps), chance)
    assert_outcomes(drawn, merged)


def nothing_along_y(steps):
    """Bin 0 of an operation along y is written as that along x."""
    return tuple((word.replace("-y", "-x"), value) if value == 0 else (word, value) for word, value in steps)


def policy_of(name):
    """Pairs of (operation, chance, bin)."""
    pairs = []
    for pair in POLICIES[name].split(";"):
        words, steps = pair.split(), []
        while words:
            op, chance = words.pop(0).lower().replace("_", "-"), float(words.pop(0))
            steps.append((op, chance, int(words.pop(0)) if words and words[0].isdigit() else 0))
        pairs.append(steps)
    assert len(pairs) == 25 and all(len(pair) == 2 for pair in pairs)
    return pairs


@pytest.mark.parametrize("name", ["imagenet", "cifar10", "svhn"])
def test_autoaugment(runner, name):
    space = rand_space(300, 220, 10)
    shares = {}
    for first, second in policy_of(name):
        halves = [[((), 1 - chance)] + space.outcomes(op, bin_, chance) for op, chance, bin_ in (first, second)]
        for steps, p in halves[0]:
            for more, q in halves[1]:
                add(shares, nothing_along_y(steps + more), p * q / 25)
    assert_outcomes(runner.draw("autoaugment " + name, DRAWS, 300, 220), shares)
    if name == "imagenet":
        assert runner.draw("autoaugment", 100, 300, 220) == runner.draw("autoaugment imagenet", 100, 300, 220)


TEXTS = ["randaugment", "randaugment 3,20,filter=bilinear,fill=#102030", "trivial-augment-wide",
         "trivial-augment-wide filter=bicubic fill=white", "autoaugment", "autoaugment cifar10", "autoaugment svhn"]


@pytest.mark.parametrize("text", TEXTS)
def test_pixels_are_pillows(runner, text):
    rng = np.random.default_rng(parity.seed())
    for ops in runner.draw(text, 300, 61, 43, seed=int(rng.integers(2**32))):
        pixels = parity.random_pixels(rng, 61, 43, 3)
        want = np.asarray(pillow_steps.run(ops, parity.image_of(pixels)))
        assert parity.differing(runner.run("\n".join(ops), pixels), want) == 0, ops
