# SPDX-License-Identifier: Apache-2.0
"""Resampling of 16 bits, and by way of light, in numpy and from the definitions: double sums in the order of the taps."""
import math

import numpy as np

import parity


def weights_u16(n_in, n_out, name):
    """Spans and weights of one axis, by the book."""
    def value(x):
        if name == "box":
            return 1.0 if -0.5 < x <= 0.5 else 0.0
        x = abs(x)
        if name == "bilinear":
            return 1 - x if x < 1 else 0.0
        if x == 0:
            return 1.0
        a, b = x * math.pi, x / 3 * math.pi
        return math.sin(a) / a * (math.sin(b) / b) if x < 3 else 0.0

    scale = n_in / n_out
    stretch = max(scale, 1)
    support = {"box": 0.5, "bilinear": 1, "lanczos": 3}[name] * stretch
    for i in range(n_out):
        c = (i + 0.5) * scale
        first, last = max(0, int(c - support + 0.5)), min(n_in, int(c + support + 0.5))
        w = [value((j - c + 0.5) * (1 / stretch)) for j in range(first, last)]
        total = 0.0
        for v in w:  # not sum(): since Python 3.12 that makes up for what additions lose
            total += v
        yield first, [v / total for v in w]


def pass_u16(pixels, n_out, name):
    """Along the first axis: double sums in the order of the taps, half away from zero, clipped."""
    out = np.empty((n_out,) + pixels.shape[1:], np.uint16)
    for i, (first, weights) in enumerate(weights_u16(pixels.shape[0], n_out, name)):
        sums = np.zeros(pixels.shape[1:])
        for j, w in enumerate(weights):
            sums += pixels[first + j].astype(float) * w
        out[i] = np.clip(np.floor(sums + 0.5), 0, 65535)
    return out


def transfer(s):
    return np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)


def back(light):
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def rounded(values, full):
    return np.clip(np.floor(values * full + 0.5), 0, full)


def premultiplied(pixels):
    a = pixels[:, :, -1:].astype(np.int64)
    t = pixels[:, :, :-1].astype(np.int64) * a + 32768
    return np.concatenate([((t >> 16) + t) >> 16, a], 2)


def divided(pixels):
    a = pixels[:, :, -1:]
    color = np.where((a == 0) | (a == 65535), pixels[:, :, :-1],
                     np.minimum(65535, 65535 * pixels[:, :, :-1] // np.maximum(a, 1)))
    return np.concatenate([color, a], 2)


def resized(pixels, size, name):
    """A resize to (width, height) by way of light."""
    full, channels = np.iinfo(pixels.dtype).max, parity.channels_of(pixels)
    if pixels.shape[1::-1] == size:
        return pixels
    planes = pixels.reshape(*pixels.shape[:2], channels)
    light = rounded(transfer(planes / full), 65535).astype(np.int64)
    if channels % 2 == 0:
        light[:, :, -1] = planes[:, :, -1].astype(np.int64) * (65535 // full)
        light = premultiplied(light)
    across = pass_u16(light.transpose(1, 0, 2), size[0], name).transpose(1, 0, 2)
    done = pass_u16(across, size[1], name).astype(np.int64)
    if channels % 2 == 0:
        done = divided(done)
    levels = rounded(back(done / 65535), full).astype(pixels.dtype)
    if channels % 2 == 0:
        unit = 65535 // full
        levels[:, :, -1] = (done[:, :, -1] + unit // 2) // unit
    return levels[:, :, 0] if channels == 1 else levels
