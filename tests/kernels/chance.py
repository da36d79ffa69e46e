# SPDX-License-Identifier: Apache-2.0
"""What the tests of draws share: distributions compared at a chance of error of 1e-6, with seeds that are fixed, so that
a verdict never changes by chance."""
import math
import re

import numpy as np

DRAWS = 20000
# Quantiles of the chi-square distribution are approximated after Wilson and Hilferty; z of 1e-6.
Z = 4.7534


def chi_square_limit(freedom):
    k = 2 / (9 * freedom)
    return freedom * (1 - k + Z * math.sqrt(k)) ** 3


def assert_shares(found, shares):
    """Counts of outcomes against their chances; what has no chance never came."""
    found, shares = np.asarray(found), np.asarray(shares, float)
    assert (found[shares == 0] == 0).all(), found
    found, shares = found[shares > 0], shares[shares > 0]
    want = found.sum() * shares / shares.sum()
    if len(found) > 1:
        assert ((found - want) ** 2 / want).sum() < chi_square_limit(len(found) - 1), (found, want)


def assert_uniform(values, count):
    """Whole numbers 0 .. count - 1, each as likely."""
    assert min(values) >= 0 and max(values) < count
    assert_shares(np.bincount(values, minlength=count), np.ones(count))


def assert_chance(hits, trials, p):
    assert abs(hits - trials * p) <= Z * math.sqrt(trials * p * (1 - p)), (hits, trials, p)


def assert_reals(values, low, high):
    """Uniform reals in low .. high: one-sample Kolmogorov-Smirnov."""
    values = np.sort(values)
    assert values[0] >= low and values[-1] <= high
    at = (values - low) / (high - low)
    n = len(values)
    gap = max((np.arange(1, n + 1) / n - at).max(), (at - np.arange(n) / n).max())
    assert gap < math.sqrt(-math.log(1e-6 / 2) / 2 / n), gap


def assert_same_distribution(a, b):
    """Two-sample Kolmogorov-Smirnov."""
    a, b = np.sort(a), np.sort(b)
    at = np.concatenate([a, b])
    gap = np.abs(np.searchsorted(a, at, "right") / len(a) - np.searchsorted(b, at, "right") / len(b)).max()
    assert gap < math.sqrt(-math.log(1e-6 / 2) / 2 * (1 / len(a) + 1 / len(b))), gap


def assert_independent(a, b, bins=8):
    """Two columns of draws have nothing to do with each other: chi-square of their ranks' table."""
    rank = [np.argsort(np.argsort(x, kind="stable")) * bins // len(x) for x in (a, b)]
    table = np.bincount(rank[0] * bins + rank[1], minlength=bins * bins)
    want = len(a) / bins ** 2
    assert ((table - want) ** 2 / want).sum() < chi_square_limit((bins - 1) ** 2 + 2 * bins)


def numbers(text):
    """All numbers of a drawn operation: "crop 3x4-1+2" is 3, 4, -1, 2."""
    return [float(n) for n in re.findall(r"(?<![\d.eE])[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?", text)]


def crops_of(drawn):
    crops = [re.match(r"crop (\d+)x(\d+)([+-]\d+)([+-]\d+) ", op) for ops in drawn for op in ops
             if op.startswith("crop")]
    return np.array([[int(n) for n in crop.groups()] for crop in crops])
