# SPDX-License-Identifier: Apache-2.0
"""Drawn recipes done by Pillow: what torchvision's functions do to PIL images for the same parameters. It reads the
words of a drawn step as a person would, and knows nothing of the library."""
from PIL import ImageEnhance, ImageOps

from oracles import values


def enhanced(enhancer):
    return lambda image, words: enhancer(image).enhance(float(words[0]))


STEPS = {
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
    "gamma": lambda image, words: values.adjust_gamma(image, float(words[0])),
}


def run(ops, image):
    """The image after a drawn recipe, a list of its lines."""
    for op in ops:
        name, *words = op.split()
        image = STEPS[name](image, words)
    return image
