# SPDX-License-Identifier: Apache-2.0
"""Defends chance among chances (random-apply, one-of, some-of) and several outputs of one image (five-crop, ten-crop):
how often what is chosen, that nested operations draw from positions of their own, and that no choice shifts another's
draws. Models are torchvision v2's and albumentations' rules; they share no code with the library."""
import itertools

import numpy as np
import pytest

import parity
from chance import DRAWS, assert_chance, assert_independent, assert_shares, assert_uniform, crops_of


@pytest.fixture(scope="module")
def runner():
    r = parity.Runner()
    yield r
    r.close()


def counts_of(drawn, outcomes):
    """How often each outcome (a list of operations) came; any other is a failure."""
    keys = [tuple(outcome) for outcome in outcomes]
    found = dict.fromkeys(keys, 0)
    for ops in drawn:
        found[tuple(ops)] += 1
    return [found[key] for key in keys]


@pytest.mark.parametrize("p", [0, 0.3, 0.5, 1])
def test_random_apply(runner, p):
    drawn = runner.draw("random-apply %r [flip h | rotate180]" % p, DRAWS, 50, 40)
    assert_shares(counts_of(drawn, [[], ["flip h", "rotate180"]]), [1 - p, p])


def test_random_apply_of_chances(runner):
    """The list's own chances are independent of its being applied."""
    drawn = runner.draw("random-apply 0.4 [hflip 0.5 | vflip 0.25]", DRAWS, 50, 40)
    shares = [0.6 + 0.4 * 0.5 * 0.75, 0.4 * 0.5 * 0.75, 0.4 * 0.5 * 0.25, 0.4 * 0.5 * 0.25]
    assert_shares(counts_of(drawn, [[], ["flip h"], ["flip v"], ["flip h", "flip v"]]), shares)


def test_one_of(runner):
    drawn = runner.draw("one-of [flip h | flip v | rotate180 | transpose | transverse]", DRAWS, 50, 40)
    outcomes = [[name] for name in ("flip h", "flip v", "rotate180", "transpose", "transverse")]
    assert_shares(counts_of(drawn, outcomes), [1] * 5)


def test_one_of_weights(runner):
    drawn = runner.draw("one-of weights=3,0,1,0.5 [flip h | flip v | rotate180 | transpose]", DRAWS, 50, 40)
    outcomes = [[name] for name in ("flip h", "flip v", "rotate180", "transpose")]
    assert_shares(counts_of(drawn, outcomes), [3, 0, 1, 0.5])


def test_one_of_takes_whole_lists(runner):
    text = "one-of weights=1,2,1 [random-apply 1 [flip h | flip v] | rotate180 | one-of [transpose | transverse]]"
    drawn = runner.draw(text, DRAWS, 50, 40)
    outcomes = [["flip h", "flip v"], ["rotate180"], ["transpose"], ["transverse"]]
    assert_shares(counts_of(drawn, outcomes), [2, 4, 1, 1])


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4])
def test_some_of(runner, n):
    """Every set of n is as likely, in the list's order."""
    names = ["flip h", "flip v", "rotate180", "transpose"]
    drawn = runner.draw("some-of %d [%s]" % (n, " | ".join(names)), DRAWS, 50, 40)
    outcomes = list(itertools.combinations(names, n))
    assert_shares(counts_of(drawn, outcomes), [1] * len(outcomes))


def test_some_of_nested(runner):
    drawn = runner.draw("some-of 1 [some-of 1 [flip h | flip v] | rotate180]", DRAWS, 50, 40)
    assert_shares(counts_of(drawn, [["flip h"], ["flip v"], ["rotate180"]]), [1, 1, 2])


def test_nested_operations_draw_apart(runner):
    """Two crops in one list have places of their own, and so have two lists."""
    drawn = runner.draw("random-apply 1 [random-crop 40 | random-crop 20]", DRAWS, 60, 60)
    crops = crops_of(drawn).reshape(-1, 2, 4)
    assert_uniform(crops[:, 0, 2].astype(int), 21)
    assert_uniform(crops[:, 1, 2].astype(int), 21)
    assert_independent(crops[:, 0, 2], crops[:, 1, 2])
    drawn = runner.draw("one-of [flip h | flip v]; one-of [flip h | flip v]", DRAWS, 50, 40)
    assert_shares(counts_of(drawn, itertools.product(["flip h", "flip v"], repeat=2)), [1] * 4)


def test_choices_shift_no_draws(runner):
    """Positions are those of the recipe as written: what is chosen draws what it always would."""
    always = runner.draw("random-apply 1 [random-crop 20 | random-crop 10]; random-crop 5", 2000, 60, 60)
    seldom = runner.draw("random-apply 0.3 [random-crop 20 | random-crop 10]; random-crop 5", 2000, 60, 60)
    applied = [len(ops) == 3 for ops in seldom]
    assert_chance(sum(applied), 2000, 0.3)
    for full, some, all_of_it in zip(always, seldom, applied):
        assert some == full if all_of_it else len(some) == 1
    chosen = runner.draw("some-of 1 [random-crop 20 | random-crop 10]; hflip", 2000, 60, 60)
    both = runner.draw("some-of 2 [random-crop 20 | random-crop 10]; hflip", 2000, 60, 60)
    for one, two in zip(chosen, both):
        assert one[0].startswith("crop 20") == (one[0] == two[0])
        assert one[1:] == two[2:]


def test_adding_at_the_end_changes_nothing_before(runner):
    text = "some-of 2 [hflip | random-crop 30 | one-of [vflip | rotate180]]; random-short-edge 20,30,40"
    before = runner.draw(text, 2000, 60, 50)
    after = runner.draw(text + "; one-of [random-crop 9 | scale-jitter 30]; flip v", 2000, 60, 50)
    assert [ops[:-2] for ops in after] == before
    assert all(ops[-1] == "flip v" for ops in after)


def test_seeds(runner):
    text = "some-of 2 [hflip | random-crop 30 | one-of [vflip | rotate180]]"
    first = runner.draw(text, 500, 60, 50)
    assert runner.draw(text, 500, 60, 50) == first
    other = runner.draw(text, 500, 60, 50, seed=8)
    assert sum(a != b for a, b in zip(first, other)) > 300


def center(size, crop):
    return int(round((size - crop) / 2.0))


@pytest.mark.parametrize("width,height", [(20, 15), (21, 16), (10, 8), (11, 30)])
def test_five_and_ten_crops(runner, width, height):
    w, h = 10, 8
    right, bottom = width - w, height - h
    places = [(0, 0), (right, 0), (0, bottom), (right, bottom), (center(width, w), center(height, h))]
    crops = ["crop 10x8+%d+%d fill=#00000000" % place for place in places]
    for part in range(5):
        assert runner.draw("five-crop 10x8", 1, width, height, part=part) == [[crops[part]]]
    for text, flip in (("ten-crop 10x8", "flip h"), ("ten-crop 10x8,vertical", "flip v")):
        for part in range(10):
            want = [flip] * (part // 5) + [crops[part % 5]]
            assert runner.draw(text, 1, width, height, part=part) == [want]


def test_crops_of_crops(runner):
    """Fans multiply: each part of the first with each of the second."""
    drawn = [tuple(runner.draw("five-crop 30; ten-crop 10", 1, 40, 40, part=part)[0]) for part in range(50)]
    assert len(set(drawn)) == 50


def test_crops_larger_than_the_image(runner):
    for text in ("five-crop 21x10", "ten-crop 10x16", "ten-crop 21"):
        with pytest.raises(RuntimeError, match="only 20x15"):
            runner.draw(text, 1, 20, 15)


def sizes_of(drawn):
    assert all(len(ops) == 1 for ops in drawn)
    return [tuple(int(n) for n in ops[0].split()[1].rstrip("!").split("x")) for ops in drawn]


@pytest.mark.parametrize("width,height,most", [(640, 480, None), (49, 300, None), (500, 500, 450), (1000, 300, 700)])
def test_random_short_edge(runner, width, height, most):
    """torchvision v2's RandomShortestSize."""
    wanted = (300, 400, 49, 512)
    text = "random-short-edge 300,400,49,512" + (",max-size=%d" % most if most else "")
    drawn = runner.draw(text, DRAWS, width, height)
    outcomes, shares = [], {}
    for size in wanted:
        r = size / min(height, width)
        if most:
            r = min(r, most / max(height, width))
        outcome = int(width * r), int(height * r)
        shares[outcome] = shares.get(outcome, 0) + 1
    outcomes = list(shares)
    found = dict.fromkeys(outcomes, 0)
    for size in sizes_of(drawn):
        found[size] += 1
    assert_shares([found[o] for o in outcomes], [shares[o] for o in outcomes])
    assert all(ops[0].endswith("! filter=bilinear") for ops in drawn)


def test_random_short_edge_range(runner):
    """torchvision v2's RandomResize: the upper end is never drawn."""
    drawn = runner.draw("random-short-edge range=256,320,filter=box", DRAWS, 640, 480)
    assert all(ops[0].endswith(" filter=box") for ops in drawn)
    assert_uniform([int(ops[0].split()[1]) - 256 for ops in drawn], 64)
    assert runner.draw("random-short-edge range=9,10,max-size=12", 3, 640, 480) == \
        [["short-edge 9 max-size=12 filter=bilinear"]] * 3


@pytest.mark.parametrize("width,height", [(640, 480), (100, 900)])
def test_scale_jitter(runner, width, height):
    """torchvision v2's ScaleJitter."""
    sizes = np.array(sizes_of(runner.draw("scale-jitter 300x400", DRAWS, width, height)))
    r = min(400 / height, 300 / width) * (0.1 + np.random.default_rng(3).random(200000) * 1.9)
    model = np.stack([width * r, height * r], 1).astype(int)
    for column in range(2):
        low = model[:, column].min() - 1
        edges = np.unique(np.quantile(model[:, column], np.linspace(0, 1, 21)).astype(int))
        want = np.histogram(model[:, column], np.concatenate([[low], edges + 0.5]))[0]
        assert_shares(np.histogram(sizes[:, column], np.concatenate([[low], edges + 0.5]))[0][want > 0],
                      want[want > 0])
    assert runner.draw("scale-jitter 9,scale=0.001,0.001", 1, 640, 480) == [["resize 1x1! filter=bilinear"]]
