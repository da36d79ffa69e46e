# SPDX-License-Identifier: Apache-2.0
"""Operations that move pixels by whole numbers, and resampling; grayscale too, which was here with them."""
import numpy as np
from PIL import Image, ImageOps

import parity
from oracles.oracle import Oracle, by_pillow, fill, on_canvas, whole


def random_size(rng, largest):
    """Sizes of all magnitudes, small ones as often as large ones."""
    return max(1, min(largest, int(np.exp(rng.uniform(0, np.log(largest + 1))))))


def random_window(rng, size):
    kind = rng.integers(3)
    if kind == 0 or size < 2:
        return 0, size
    if kind == 1:
        a, b = sorted(rng.choice(size + 1, 2, replace=False))
        return int(a), int(b)
    a, b = sorted(rng.uniform(0, size, 2))
    a, b = float(np.float32(a)), float(np.float32(b))
    return (a, b) if a < b and b <= size else (0, size)


def random_filter(rng):
    return list(parity.FILTERS)[rng.integers(len(parity.FILTERS))]


def draw_resize(rng, width, height, channels):
    name = random_filter(rng)
    out = random_size(rng, 300), random_size(rng, 300)
    x0, x1 = random_window(rng, width)
    y0, y1 = random_window(rng, height)
    box = x0, y0, x1, y1
    text = "resize %dx%d! filter=%s window=%r,%r,%r,%r" % (*out, name, *box)
    return text, by_pillow(lambda image: image.resize(out, parity.FILTERS[name], box=box))


def draw_short_edge(rng, width, height, channels):
    """torchvision's sizes: whole-number division."""
    name, n = random_filter(rng), whole(rng, 1, 120)
    short, long = min(width, height), max(width, height)
    while n * long // short > 3000:
        n = n // 2 or 1
        if n == 1:
            break
    text, small, large = "short-edge %d filter=%s" % (n, name), n, n * long // short
    if rng.integers(2):
        most = n + whole(rng, 1, 60)
        text += " max-size=%d" % most
        if large > most:
            small, large = max(1, most * small // large), most
    size = (small, large) if width <= height else (large, small)
    return text, by_pillow(lambda image: image.resize(size, parity.FILTERS[name]))


def draw_long_edge(rng, width, height, channels):
    """The other side is rounded half up."""
    name, n = random_filter(rng), whole(rng, 1, 300)
    short, long = min(width, height), max(width, height)
    small = max(1, (2 * n * short + long) // (2 * long))
    size = (small, n) if width <= height else (n, small)
    return "long-edge %d filter=%s" % (n, name), by_pillow(
        lambda image: image.resize(size, parity.FILTERS[name]))


def center_crop(image, w, h):
    """torchvision's rule, with Pillow's crop."""
    width, height = image.size
    left, top = max(0, (w - width) // 2), max(0, (h - height) // 2)
    right, bottom = max(0, (w - width + 1) // 2), max(0, (h - height + 1) // 2)
    image = image.crop((-left, -top, width + right, height + bottom))
    x, y = int(round((image.width - w) / 2.0)), int(round((image.height - h) / 2.0))
    return image.crop((x, y, x + w, y + h))


CORNERS = (("northwest", 0, 0), ("southeast", 1, 1), ("northeast", 1, 0), ("southwest", 0, 1))


def draw_crop(rng, width, height, channels):
    """Inside, partly outside and wholly outside; Pillow fills with zeros."""
    w, h = whole(rng, 1, 2 * width), whole(rng, 1, 2 * height)
    kind = rng.integers(3)
    if kind == 0:
        return "crop %dx%d" % (w, h), by_pillow(lambda image: center_crop(image, w, h))
    if kind == 1:
        name, sx, sy = CORNERS[rng.integers(4)]
        x, y = sx * (width - w), sy * (height - h)
        text = "crop %dx%d,gravity=%s" % (w, h, name)
    else:
        x, y = whole(rng, -w - 10, width + 10), whole(rng, -h - 10, height + 10)
        text = "crop %dx%d%+d%+d" % (w, h, x, y)
    return text, by_pillow(lambda image: image.crop((x, y, x + w, y + h)))


def draw_pad_constant(rng, width, height, channels):
    color, pixel = fill(rng, channels)
    kind, n = rng.integers(4), whole(rng, 1, 70)
    if kind == 0:
        l, t, r, b = (whole(rng, 0, 40) for _ in range(4))
        w, h, text = width + l + r, height + t + b, "pad %d,%d,%d,%d" % (l, t, r, b)
    else:
        w, h, text = ((max(width, n), max(height, 50), "pad %dx50" % n),
                      (-(-width // n) * n, -(-height // n) * n, "pad multiple=%d" % n),
                      (max(width, height), max(width, height), "pad square"))[kind - 1]
        l, t = (w - width) // 2, (h - height) // 2
    return text + " fill=" + color, by_pillow(lambda image: on_canvas(image, w, h, l, t, pixel))


def draw_pad(rng, width, height, channels):
    """Constant by Pillow; the modes by numpy, as far as one reflection goes: numpy 1.24 has a fault beyond."""
    if rng.integers(2):
        return draw_pad_constant(rng, width, height, channels)
    mode = ("edge", "reflect", "symmetric")[rng.integers(3)]
    more = {"edge": 40, "symmetric": 0, "reflect": -1}[mode]
    l, r = whole(rng, 0, width + more), whole(rng, 0, width + more)
    t, b = whole(rng, 0, height + more), whole(rng, 0, height + more)
    border = ((t, b), (l, r)) + ((0, 0),) * (channels > 1)
    return "pad %d,%d,%d,%d mode=%s" % (l, t, r, b, mode), lambda pixels: np.pad(pixels, border, mode)


def draw_move(*moves):
    """One of several words, each with its method of Pillow's."""
    def draw(rng, width, height, channels):
        text, method = moves[rng.integers(len(moves))]
        return text, by_pillow(lambda image: image.transpose(method))
    return draw


def draw_grayscale(rng, width, height, channels):
    text = ("grayscale", "grayscale 1", "grayscale 3", "grayscale keep")[rng.integers(4)]
    count = 3 if "3" in text or ("keep" in text and channels > 2) else 1

    def want(pixels):
        alpha = [pixels[:, :, -1]] if channels in (2, 4) else []
        planes = [np.asarray(parity.image_of(pixels).convert("L"))] * count + alpha
        return np.dstack(planes) if len(planes) > 1 else planes[0]
    return text, want


def move(*moves):
    return Oracle(draw_move(*moves), scales=True, bench=tuple(
        (text, lambda image, method=method: image.transpose(method)) for text, method in moves[:2]))


ORACLES = {
    "resize": Oracle(draw_resize, bench=tuple(
        ("resize 400x267! filter=" + name, lambda image, name=name: image.resize((400, 267), parity.FILTERS[name]))
        for name in parity.FILTERS)),
    "short-edge": Oracle(draw_short_edge, bench=(
        ("short-edge 256", lambda image: image.resize((256 * image.width // image.height, 256), Image.LANCZOS)),)),
    "long-edge": Oracle(draw_long_edge, bench=(
        ("long-edge 512", lambda image: image.resize((512, (1024 * image.height + image.width) // (2 * image.width)),
                                                     Image.LANCZOS)),)),
    "crop": Oracle(draw_crop, scales=True, bench=(
        ("crop 800x600+10-5", lambda image: image.crop((10, -5, 810, 595))),)),
    "pad": Oracle(draw_pad, scales=True, bench=(
        ("pad 10,20,30,40 fill=#102030", lambda image: ImageOps.expand(image, (10, 20, 30, 40), (16, 32, 48))),)),
    "flip": move(("flip h", Image.FLIP_LEFT_RIGHT), ("flip v", Image.FLIP_TOP_BOTTOM)),
    "rotate90": move(("rotate90 cw", Image.ROTATE_270), ("rotate90 ccw", Image.ROTATE_90),
                     ("rotate90", Image.ROTATE_270)),
    "rotate180": move(("rotate180", Image.ROTATE_180)),
    "transpose": move(("transpose", Image.TRANSPOSE)),
    "transverse": move(("transverse", Image.TRANSVERSE)),
    "grayscale": Oracle(draw_grayscale, bench=(("grayscale", lambda image: image.convert("L")),)),
}
