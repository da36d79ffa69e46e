# SPDX-License-Identifier: Apache-2.0
"""Defends random-rotation, random-affine and random-perspective: what they draw against torchvision v2's rules, in
words of our own, and that the drawn recipe's pixels are Pillow's."""
import numpy as np
import pytest

import chance
import parity
import pillow_steps

WIDTH, HEIGHT = 90, 61


@pytest.fixture(scope="module")
def runner():
    r = parity.Runner()
    yield r
    r.close()


def columns(drawn, name):
    """The numbers of each image's one step, and what all steps say besides."""
    words = [op.split(" ", 2) for ops in drawn for op in ops]
    assert {word[0] for word in words} == {name}
    rests = {word[2] for word in words}
    assert len(rests) == 1, rests
    return np.array([[float(n) for n in word[1].split(",")] for word in words]), rests.pop()


def test_random_rotation(runner):
    angles, rest = columns(runner.draw("random-rotation 30", chance.DRAWS, WIDTH, HEIGHT), "rotate")
    assert rest == "filter=nearest fill=#00000000"
    chance.assert_reals(angles[:, 0], -30, 30)
    text = "random-rotation -5,12.5 expand centre=3,4 filter=bicubic fill=red"
    angles, rest = columns(runner.draw(text, chance.DRAWS, WIDTH, HEIGHT), "rotate")
    assert rest == "expand centre=3,4 filter=bicubic fill=#ff0000ff"
    chance.assert_reals(angles[:, 0], -5, 12.5)


def rounded_shares(most):
    """Chances of each whole number when -most to most is rounded, half even (which has no chance)."""
    top = int(np.floor(most + 0.5))
    edges = np.clip(np.arange(-top, top + 2) - 0.5, -most, most)
    return np.diff(edges)


def assert_shifts(values, most):
    assert (values == np.round(values)).all()
    shares = rounded_shares(most)
    top = len(shares) // 2
    chance.assert_shares(np.bincount((values + top).astype(int), minlength=len(shares)), shares)


def test_random_affine_turns_only(runner):
    values, rest = columns(runner.draw("random-affine 20", chance.DRAWS, WIDTH, HEIGHT), "affine")
    assert rest == "filter=nearest fill=#00000000"
    chance.assert_reals(values[:, 0], -20, 20)
    assert (values[:, 1:] == [0, 0, 1, 0, 0]).all()


def test_random_affine(runner):
    text = "random-affine -10,40 translate=0.1,0.24 scale=0.5,1.5 shear=-15,25,-3,8 centre=1,2 filter=bilinear"
    values, rest = columns(runner.draw(text, chance.DRAWS, WIDTH, HEIGHT), "affine")
    assert rest == "centre=1,2 filter=bilinear fill=#00000000"
    chance.assert_reals(values[:, 0], -10, 40)
    assert_shifts(values[:, 1], 0.1 * WIDTH)
    assert_shifts(values[:, 2], 0.24 * HEIGHT)
    chance.assert_reals(values[:, 3], 0.5, 1.5)
    chance.assert_reals(values[:, 4], -15, 25)
    chance.assert_reals(values[:, 5], -3, 8)
    for a in range(6):
        for b in range(a):
            chance.assert_independent(values[:, a], values[:, b])


@pytest.mark.parametrize("shear,low,high", [("12", -12, 12), ("-1,7", -1, 7)])
def test_random_affine_shears_along_x(runner, shear, low, high):
    values, _ = columns(runner.draw("random-affine 0 shear=" + shear, chance.DRAWS, WIDTH, HEIGHT), "affine")
    chance.assert_reals(values[:, 4], low, high)
    assert (values[:, [0, 1, 2, 3, 5]] == [0, 0, 0, 1, 0]).all()


def corners_of(coefficients, width, height):
    """Where the map's inverse puts the corners: what was drawn."""
    old = np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]])
    corners = []
    for values in coefficients:
        place = np.linalg.inv(np.append(values, 1).reshape(3, 3)) @ np.column_stack([old, np.ones(4)]).T
        corners.append((place[:2] / place[2]).T)
    corners = np.array(corners)
    assert np.abs(corners - np.round(corners)).max() < 0.01
    return np.round(corners).astype(int)


def coefficients_of(old, new):
    """torchvision's least squares in double, rounded to float32."""
    rows, right = [], []
    for (x, y), (u, v) in zip(new, old):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    return np.linalg.lstsq(np.array(rows, float), np.array(right, float), rcond=None)[0].astype(np.float32)


def assert_pairs(a, b, count_a, count_b):
    """Every pair of whole numbers is as likely as any other."""
    chance.assert_uniform(a * count_b + b, count_a * count_b)


@pytest.mark.parametrize("distortion", [0.5, 0.13])
def test_random_perspective(runner, distortion):
    text = "random-perspective %r p=1" % distortion
    values, rest = columns(runner.draw(text, chance.DRAWS, WIDTH, HEIGHT), "perspective")
    assert rest == "filter=bilinear fill=#00000000"
    bounds = int(distortion * (WIDTH // 2)) + 1, int(distortion * (HEIGHT // 2)) + 1
    inward = np.abs(corners_of(values, WIDTH, HEIGHT) -
                    [[0, 0], [WIDTH - 1, 0], [WIDTH - 1, HEIGHT - 1], [0, HEIGHT - 1]])
    for corner in range(4):
        for axis in range(2):
            chance.assert_uniform(inward[:, corner, axis], bounds[axis])
    flat = inward.reshape(-1, 8)
    for a in range(8):
        for b in range(a):
            assert_pairs(flat[:, a], flat[:, b], bounds[a % 2], bounds[b % 2])


def test_random_perspective_coefficients(runner):
    """They are torchvision's, to the last bit of a float32 and seldom one beside it; what is 0 may be 1e-16 there."""
    for width, height in ((WIDTH, HEIGHT), (1920, 1080), (5, 3)):
        old = [[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]]
        values, _ = columns(runner.draw("random-perspective p=1", 300, width, height), "perspective")
        want = np.array([coefficients_of(old, new) for new in corners_of(values, width, height)])
        assert (values == values.astype(np.float32)).all()
        assert np.abs(values - want).max() <= 1e-6 * np.abs(want).max()
        assert np.mean(np.abs(values - want) < 1e-13) > 0.98


@pytest.mark.parametrize("p", [0, 0.2, 0.5, 1])
def test_random_perspective_chance(runner, p):
    drawn = runner.draw("random-perspective p=%r" % p, chance.DRAWS, WIDTH, HEIGHT)
    chance.assert_chance(sum(len(ops) for ops in drawn), chance.DRAWS, p)


def test_random_perspective_of_a_line(runner):
    """An image without two corners stays as it is."""
    assert runner.draw("random-perspective p=1", 50, 1, 80) == [[]] * 50


@pytest.mark.parametrize("text", [
    "random-rotation 180",
    "random-rotation 45 expand filter=bilinear fill=#102030",
    "random-rotation 45 centre=10,20 filter=bicubic",
    "random-affine 30 translate=0.2,0.1 scale=0.7,1.3 shear=-10,10,-5,5",
    "random-affine 0 scale=0.7,1.3 filter=bilinear fill=white",
    "random-affine 10 shear=20 centre=0,0 filter=bicubic",
    "random-perspective 0.7 p=1",
    "random-perspective p=1 filter=nearest fill=green; random-rotation 10",
])
def test_pixels_are_pillows(runner, text):
    photos = parity.photos()
    rng = np.random.default_rng(4)
    for i, ops in enumerate(runner.draw(text, 25, WIDTH, HEIGHT)):
        pixels = parity.photo_pixels(rng, photos[i % len(photos)], WIDTH, HEIGHT, 3)
        want = np.asarray(pillow_steps.run(ops, parity.image_of(pixels)))
        assert np.array_equal(runner.run("; ".join(ops), pixels), want), ops
