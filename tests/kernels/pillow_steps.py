# SPDX-License-Identifier: Apache-2.0
"""Drawn recipes done by Pillow: what torchvision's functions do to PIL images for the same parameters. It reads the
words of a drawn step as a person would, and knows nothing of the library."""
import io
import re

from PIL import Image, ImageColor, ImageEnhance, ImageOps

import parity
from oracles import values, warp


def enhanced(enhancer):
    return lambda image, words: enhancer(image).enhance(float(words[0]))


def numbers(word):
    return [float(n) for n in word.split(",")]


def settings(words):
    return dict(word.split("=") for word in words if "=" in word)


def look(words):
    """Filter, and the fill as a pixel of RGB."""
    keys = settings(words)
    return parity.FILTERS[keys["filter"]], ImageColor.getrgb(keys["fill"])[:3]


def centre(words):
    keys = settings(words)
    return numbers(keys["centre"]) if "centre" in keys else None


def rotated(image, words):
    filter_, fill = look(words)
    return image.rotate(float(words[0]), filter_, "expand" in words, centre(words), fillcolor=fill)


def mapped(image, words, angle, shift, scale, shear):
    filter_, fill = look(words)
    matrix = warp.matrix_of(image.size, angle, shift, scale, shear, centre(words))
    return image.transform(image.size, Image.AFFINE, matrix, filter_, fillcolor=fill)


def affine(image, words):
    angle, tx, ty, scale, sx, sy = numbers(words[0])
    return mapped(image, words, angle, (tx, ty), scale, (sx, sy))


def sheared(image, words):
    return mapped(image, words, 0, (0, 0), 1, numbers(words[0]))


def seen_aslant(image, words):
    filter_, fill = look(words)
    return image.transform(image.size, Image.PERSPECTIVE, numbers(words[0]), filter_, fillcolor=fill)


def erased(image, words):
    """The rectangle may reach outside."""
    width, height, left, top = (int(n) for n in re.split("[x+]", words[0]))
    image = image.copy()
    image.paste(ImageColor.getrgb(settings(words)["value"])[:3], (left, top, left + width, top + height))
    return image


def downscaled(image, words):
    """albumentations' Downscale, by nearest both ways."""
    small = [max(1, round(side * float(words[0]))) for side in image.size]
    return image.resize(small, Image.NEAREST).resize(image.size, Image.NEAREST)


def through_jpeg(image, words):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=int(words[0]), subsampling={"444": 0, "422": 1, "420": 2}[words[1]])
    return Image.open(file)


STEPS = {
    "rotate": rotated,
    "affine": affine,
    "shear": sheared,
    "perspective": seen_aslant,
    "brightness": enhanced(ImageEnhance.Brightness),
    "contrast": enhanced(ImageEnhance.Contrast),
    "saturation": enhanced(ImageEnhance.Color),
    "sharpness": enhanced(ImageEnhance.Sharpness),
    "hue": lambda image, words: values.adjust_hue(image, float(words[0])),
    "invert": lambda image, words: ImageOps.invert(image),
    "equalize": lambda image, words: ImageOps.equalize(image),
    "autocontrast": lambda image, words: ImageOps.autocontrast(image),
    "posterize": lambda image, words: ImageOps.posterize(image, int(words[0])),
    "solarize": lambda image, words: ImageOps.solarize(image, float(words[0])),
    "grayscale": lambda image, words: image.convert("L").convert("RGB"),
    "channel-order": lambda image, words: values.ordered(image, words[0]),
    "erase": erased,
    "downscale": downscaled,
    "jpeg": through_jpeg,
    "gamma": lambda image, words: values.adjust_gamma(image, float(words[0])),
}


def run(ops, image):
    """The image after a drawn recipe, a list of its lines."""
    for op in ops:
        name, *words = op.split()
        image = STEPS[name](image, words)
    return image
