# SPDX-License-Identifier: Apache-2.0
"""What an oracle is, and what several of them need."""
from typing import Callable, NamedTuple

import numpy as np
from PIL import Image

import parity


class Oracle(NamedTuple):
    # draw(rng, width, height, channels) -> (text, want): a recipe line with random parameters for an image of that
    # shape, and want(pixels: np.ndarray) -> np.ndarray, which is what must come out.
    draw: Callable
    channels: tuple = (1, 2, 3, 4)  # channel counts that are tried
    bound: int = 0                  # largest difference allowed (0: exact)
    bench: tuple = ()               # rows (text, pillow) to time: a recipe line, and pillow(PIL.Image) -> PIL.Image that
                                    # does the same (None: Pillow has no such thing)
    photos: bool = True             # also run on photos
    scales: bool = False            # 16-bit samples that are 257 times as large give 257 times the result


def by_pillow(function):
    """want() from a function of PIL images."""
    return lambda pixels: np.asarray(function(parity.image_of(pixels)))


def on_color(function):
    """want() from a function of PIL images without alpha; alpha is kept."""
    def want(pixels):
        if parity.channels_of(pixels) in (1, 3):
            return np.asarray(function(parity.image_of(pixels)))
        color = pixels[:, :, 0] if pixels.shape[2] == 2 else np.ascontiguousarray(pixels[:, :, :3])
        return np.dstack([np.asarray(function(parity.image_of(color))), pixels[:, :, -1]])
    return want


def whole(rng, low, high):
    """A whole number from low to high, both included."""
    return int(rng.integers(low, high + 1))


def fill(rng, channels):
    """A colour's text, and the pixel it is in an image of so many channels."""
    color = [whole(rng, 0, 255) for _ in range(4)]
    if channels < 3:
        color[1] = color[2] = color[0]
    text = "#%02x%02x%02x%02x" % tuple(color)
    return text, {1: color[0], 2: (color[0], color[3]), 3: tuple(color[:3]), 4: tuple(color)}[channels]


def on_canvas(image, width, height, left, top, pixel):
    canvas = Image.new(image.mode, (width, height), pixel)
    canvas.paste(image, (left, top))
    return canvas
