# SPDX-License-Identifier: Apache-2.0
"""Operations on values: Pillow 9.4's ImageEnhance and ImageOps; torchvision's hue and gamma for PIL images; the rest by
numpy, from the definitions that the help gives."""
import numpy as np
from PIL import Image, ImageEnhance, ImageOps

import parity
from oracles.oracle import Oracle, by_pillow, on_color, whole


def random_factor(rng):
    """Mostly what people use; sometimes beyond, or one of the ends that have a shortcut in Pillow."""
    kind = rng.integers(6)
    if kind == 0:
        return (0.0, 1.0, 2.0, 0.5)[rng.integers(4)]
    return float(rng.uniform(-3, 8) if kind == 1 else rng.uniform(0, 2))


def enhance(name, enhancer, *factors):
    def draw(rng, width, height, channels):
        factor = random_factor(rng)
        return "%s %r" % (name, factor), by_pillow(lambda image: enhancer(image).enhance(factor))
    return Oracle(draw, bench=tuple(("%s %r" % (name, factor), lambda image, factor=factor: enhancer(image).enhance(factor))
                                    for factor in factors or (1.3,)))


def fixed(text, function):
    """An operation without parameters."""
    return Oracle(lambda rng, width, height, channels: (text, on_color(function)), bench=((text, function),))


def draw_posterize(rng, width, height, channels):
    bits = whole(rng, 0, 8)
    # Newer Pillows refuse to keep no bits, of which 9.4 makes black.
    kept = (lambda image: ImageOps.posterize(image, bits)) if bits else (lambda image: image.point(lambda level: 0))
    return "posterize %d" % bits, on_color(kept)


def draw_solarize(rng, width, height, channels):
    threshold = float(rng.uniform(0, 256)) if rng.integers(2) else whole(rng, 0, 256)
    return "solarize %r" % threshold, on_color(lambda image: ImageOps.solarize(image, threshold))


def adjust_gamma(image, gamma, gain=1):
    table = [int((255 + 1 - 1e-3) * gain * pow(level / 255.0, gamma)) for level in range(256)]
    return image.point(table * len(image.getbands()))


def draw_gamma(rng, width, height, channels):
    gamma = float(np.exp(rng.uniform(-2, 2))) if rng.integers(8) else 0.0
    if rng.integers(2):
        return "gamma %r" % gamma, on_color(lambda image: adjust_gamma(image, gamma))
    gain = float(rng.uniform(0, 2))
    return "gamma %r %r" % (gamma, gain), on_color(lambda image: adjust_gamma(image, gamma, gain))


def draw_autocontrast(rng, width, height, channels):
    if rng.integers(3) == 0:
        return "autocontrast", on_color(ImageOps.autocontrast)
    cutoff = whole(rng, 0, 50) if rng.integers(2) else float(rng.uniform(0, 20))
    return "autocontrast %r" % cutoff, on_color(lambda image: ImageOps.autocontrast(image, cutoff))


def adjust_hue(image, turn):
    if image.mode == "L":
        return image
    h, s, v = image.convert("HSV").split()
    levels = np.array(h, np.uint8)
    levels += np.uint8(int(turn * 255) % 256)
    return Image.merge("HSV", (Image.fromarray(levels, "L"), s, v)).convert("RGB")


def draw_hue(rng, width, height, channels):
    turn = (0.0, 0.5, -0.5)[rng.integers(3)] if rng.integers(8) == 0 else float(rng.uniform(-0.5, 0.5))
    return "hue %r" % turn, on_color(lambda image: adjust_hue(image, turn))


def as_color(pixels):
    """Grey levels three times; alpha behind them."""
    channels = parity.channels_of(pixels)
    if channels > 2:
        return pixels
    grey = pixels if channels == 1 else pixels[:, :, 0]
    return np.dstack([grey] * 3 + ([pixels[:, :, 1]] if channels == 2 else []))


def with_color(pixels, color):
    """Alpha, where there is one, behind new colours."""
    return np.dstack([color, pixels[:, :, 3:]]) if pixels.shape[2] == 4 else color


def draw_rgb_shift(rng, width, height, channels):
    shift = [whole(rng, -255, 255) if rng.integers(2) else float(rng.uniform(-40, 40)) for _ in range(3)]

    def want(pixels):
        pixels = as_color(pixels)
        return with_color(pixels, np.clip(pixels[:, :, :3] + np.array(shift, float), 0, 255).astype(np.uint8))
    return "rgb-shift %r,%r,%r" % tuple(shift), want


SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])


def sepia(pixels):
    pixels = as_color(pixels)
    sums = pixels[:, :, :3].astype(np.int64) @ np.floor(SEPIA * 32768 + 0.5).astype(np.int64).T
    return with_color(pixels, np.minimum((sums + 16384) >> 15, 255).astype(np.uint8))


def draw_channel_order(rng, width, height, channels):
    order = [int(c) for c in (rng.permutation(3) if rng.integers(4) else rng.integers(0, 3, 3))]

    def want(pixels):
        return pixels if channels < 3 else with_color(pixels, pixels[:, :, order])
    return "channel-order " + "".join("rgb"[c] for c in order), want


def ordered(image, letters):
    return Image.merge("RGB", [image.getchannel("rgb".index(letter)) for letter in letters])


ORACLES = {
    "brightness": enhance("brightness", ImageEnhance.Brightness, 0.7, 1.3),
    "contrast": enhance("contrast", ImageEnhance.Contrast),
    "saturation": enhance("saturation", ImageEnhance.Color, 0.7, 1.3),
    "sharpness": enhance("sharpness", ImageEnhance.Sharpness, 0.7, 1.3),
    "hue": Oracle(draw_hue, bench=(("hue 0.1", lambda image: adjust_hue(image, 0.1)),)),
    "invert": fixed("invert", ImageOps.invert),
    "posterize": Oracle(draw_posterize, bench=(("posterize 4", lambda image: ImageOps.posterize(image, 4)),)),
    "solarize": Oracle(draw_solarize, bench=(("solarize 128", lambda image: ImageOps.solarize(image, 128)),)),
    "gamma": Oracle(draw_gamma, bench=(("gamma 0.8", lambda image: adjust_gamma(image, 0.8)),)),
    "equalize": fixed("equalize", ImageOps.equalize),
    "autocontrast": Oracle(draw_autocontrast, bench=(
        ("autocontrast", ImageOps.autocontrast), ("autocontrast 2", lambda image: ImageOps.autocontrast(image, 2)))),
    "rgb-shift": Oracle(draw_rgb_shift, bench=(("rgb-shift 20,-10,5", lambda image: image.point(
        [min(255, max(0, level + shift)) for shift in (20, -10, 5) for level in range(256)])),)),
    "sepia": Oracle(lambda rng, width, height, channels: ("sepia", sepia), bench=(
        ("sepia", lambda image: image.convert("RGB", tuple(x for row in SEPIA for x in (*row, 0)))),)),
    "channel-order": Oracle(draw_channel_order, bench=(("channel-order bgr", lambda image: ordered(image, "bgr")),)),
}
