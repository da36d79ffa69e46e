# SPDX-License-Identifier: Apache-2.0
"""Operations that look at neighbours or carry a seed: Pillow 9.4's filters, resize and paste; the rest by numpy, from
the definitions that the help gives: sums in double, OpenCV's CLAHE step by step, Philox from its paper."""
import io
import math

import numpy as np
from PIL import Image, ImageFilter

import parity
from oracles.oracle import Oracle, on_color, whole


def mirrored(size, before, after):
    """Indices that go to and fro without repeating the ends, as long as it takes."""
    period = list(range(size)) + list(range(size - 2, 0, -1))
    return [period[i % len(period)] for i in range(-before, size + after)]


def color_of(pixels):
    """The colours as height x width x colours, without alpha."""
    planes = pixels.reshape(pixels.shape[0], pixels.shape[1], -1)
    return planes[:, :, :planes.shape[2] - (planes.shape[2] + 1) % 2]


def with_color(pixels, color):
    """The image whose colours are these, whatever its alpha."""
    out = pixels.copy()
    color_of(out)[:] = color.astype(pixels.dtype)
    return out


# ---- blurs ----

def gaussian(pixels, sigma, kernel):
    """The exact sum in double, not rounded."""
    half = kernel // 2
    weights = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    weights /= weights.sum()
    color = color_of(pixels).astype(np.float64)
    height, width = color.shape[:2]
    rows, columns = color[mirrored(height, half, half)], mirrored(width, half, half)
    down = sum(w * rows[k:k + height] for k, w in enumerate(weights))[:, columns]
    return sum(w * down[:, k:k + width] for k, w in enumerate(weights))


def draw_gaussian(rng, width, height, channels):
    sigma = float(np.exp(rng.uniform(np.log(0.1), np.log(12))))
    if rng.integers(12) == 0:
        sigma = float(rng.uniform(12, 80))
    text, kernel = "blur %r" % sigma, 2 * math.ceil(3 * sigma) + 1
    if rng.integers(2):
        kernel = 2 * whole(rng, 0, 15) + 1
        text += " kernel=%d" % kernel
    return text, lambda pixels: with_color(pixels, np.floor(gaussian(pixels, sigma, kernel) + 0.5))


def draw_blur(rng, width, height, channels):
    """One bound for all of them: test_parity_neighbours.py asks for exact boxes."""
    return (draw_gaussian, draw_box, draw_pillow)[rng.integers(3)](rng, width, height, channels)


def random_radius(rng):
    """Fractions and whole numbers, mostly small, sometimes beyond the image."""
    kind = rng.integers(5)
    if kind == 0:
        return float(whole(rng, 0, 20))
    return float(rng.uniform(0, 200 if kind == 1 else 6))


def draw_box(rng, width, height, channels):
    radius = random_radius(rng)
    return "blur box %r" % radius, on_color(lambda image: image.filter(ImageFilter.BoxBlur(radius)))


def draw_pillow(rng, width, height, channels):
    radius = random_radius(rng)
    return "blur pillow %r" % radius, on_color(lambda image: image.filter(ImageFilter.GaussianBlur(radius)))


def draw_unsharp(rng, width, height, channels):
    if rng.integers(8) == 0:
        return "unsharp", on_color(lambda image: image.filter(ImageFilter.UnsharpMask()))
    radius, percent, threshold = random_radius(rng), whole(rng, 0, 1000), whole(rng, 0, 20)
    mask = ImageFilter.UnsharpMask(radius, percent, threshold)
    return "unsharp %r,%d,%d" % (radius, percent, threshold), on_color(lambda image: image.filter(mask))


def draw_median(rng, width, height, channels):
    size = (3, 5, 2 * whole(rng, 0, 9) + 1)[rng.integers(3)]
    return "median %d" % size, on_color(lambda image: image.filter(ImageFilter.MedianFilter(size)))


def streak(length, angle):
    """Where the taps lie."""
    x, y = math.cos(math.radians(angle)), -math.sin(math.radians(angle))
    longer = max(abs(x), abs(y))
    place = lambda v: int(math.copysign(math.floor(abs(v) + 0.5), v))
    return [(place(k * (x / longer)), place(k * (y / longer))) for k in range(-(length // 2), length // 2 + 1)]


def motion(pixels, length, angle):
    color = color_of(pixels).astype(np.int64)
    height, width = color.shape[:2]
    half = length // 2
    wide = color[mirrored(height, half, half)][:, mirrored(width, half, half)]
    total = sum(wide[half + y:half + y + height, half + x:half + x + width] for x, y in streak(length, angle))
    return with_color(pixels, (2 * total + length) // (2 * length))


def draw_motion(rng, width, height, channels):
    length = 2 * whole(rng, 0, 127 if rng.integers(8) == 0 else 12) + 1
    angle = float(rng.uniform(-400, 400)) if rng.integers(3) else whole(rng, -8, 8) * 45
    return "motion %d,%r" % (length, angle), lambda pixels: motion(pixels, length, angle)


# ---- CLAHE ----

def to_nearest(values):
    """Halves to even, 0 to 255."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def tile_table(tile, limit):
    """One tile's equalizing table."""
    histogram = np.bincount(tile.ravel(), minlength=256)
    if limit:
        most = max(int(limit * tile.size / 256), 1)
        cut = int(np.maximum(histogram - most, 0).sum())
        histogram = np.minimum(histogram, most) + cut // 256
        left = cut % 256
        if left:
            step = max(256 // left, 1)
            histogram[np.arange(0, 256, step)[:left]] += 1
    return to_nearest(np.cumsum(histogram).astype(np.float32) * (np.float32(255) / np.float32(tile.size)))


def around(size, tile, tiles):
    """For each place along an axis: the tile before, the tile behind, the weight of the latter."""
    at = np.arange(size).astype(np.float32) * (np.float32(1) / np.float32(tile)) - np.float32(0.5)
    before = np.floor(at)
    return np.maximum(before, 0).astype(int), np.minimum(before + 1, tiles - 1).astype(int), at - before


def clahe_level(level, limit, tiles):
    height, width = level.shape
    more_x = more_y = 0
    if width % tiles or height % tiles:
        more_x, more_y = tiles - width % tiles, tiles - height % tiles
    wide = level[mirrored(height, 0, more_y)][:, mirrored(width, 0, more_x)]
    h, w = wide.shape[0] // tiles, wide.shape[1] // tiles
    table = np.array([[tile_table(wide[y * h:y * h + h, x * w:x * w + w], limit) for x in range(tiles)]
                      for y in range(tiles)]).astype(np.float32)
    left, right, dx = around(width, w, tiles)
    above, below, dy = around(height, h, tiles)
    dy, above, below, one = dy[:, None], above[:, None], below[:, None], np.float32(1)
    top = table[above, left, level] * (one - dx) + table[above, right, level] * dx
    bottom = table[below, left, level] * (one - dx) + table[below, right, level] * dx
    return to_nearest(top * (one - dy) + bottom * dy)


def clahe(pixels, limit, tiles):
    color = color_of(pixels)
    if color.shape[2] == 1:
        return with_color(pixels, clahe_level(color[:, :, 0], limit, tiles)[:, :, None])
    luma = np.asarray(Image.fromarray(np.ascontiguousarray(color)).convert("L"))
    change = clahe_level(luma, limit, tiles).astype(int) - luma
    return with_color(pixels, np.clip(color + change[:, :, None], 0, 255))


def draw_clahe(rng, width, height, channels):
    if rng.integers(6) == 0:
        return "clahe", lambda pixels: clahe(pixels, 4.0, 8)
    limit = (0.0, 0.01, float(rng.uniform(0, 6)), float(rng.uniform(0, 60)))[rng.integers(4)]
    tiles = whole(rng, 1, 12)
    return "clahe %r,%d" % (limit, tiles), lambda pixels: clahe(pixels, limit, tiles)


# ---- noise ----

def philox(counter, key):
    """Philox4x32-10 of counters (n x 4) under one key: Salmon and others, 2011."""
    c = [counter[:, i].astype(np.uint64) for i in range(4)]
    low, k0, k1 = np.uint64(0xffffffff), key[0], key[1]
    for _ in range(10):
        p, q = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [q >> np.uint64(32) ^ c[1] ^ np.uint64(k0), q & low, p >> np.uint64(32) ^ c[3] ^ np.uint64(k1), p & low]
        k0, k1 = (k0 + 0x9E3779B9) & 0xffffffff, (k1 + 0xBB67AE85) & 0xffffffff
    return np.stack(c, axis=1).astype(np.uint32)


def words(rows, each, key):
    """So many words of each of the first rows."""
    blocks = -(-each // 4)
    counter = np.zeros((rows * blocks, 4), np.uint32)
    counter[:, 0] = np.tile(np.arange(blocks), rows)
    counter[:, 1] = np.repeat(np.arange(rows), blocks)
    return philox(counter, key).reshape(rows, blocks * 4)


def normals(rows, each, seed):
    """In double, by libm."""
    w = words(rows, each, (seed, 0x6e6f6973)).astype(np.float64)
    u, v = w[:, 0::2], w[:, 1::2]
    radius = np.sqrt(-2 * np.log((np.floor(u / 2) + 0.5) / 2 ** 31))
    turn = v / 2 ** 32 * (2 * np.pi) - np.pi / 4
    return np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=2).reshape(rows, -1)[:, :each]


def noisy(pixels, sigma, seed):
    """Not rounded."""
    height, each = pixels.shape[0], pixels.size // pixels.shape[0]
    return color_of(pixels.astype(np.float64) + sigma * normals(height, each, seed).reshape(pixels.shape))


def draw_noise(rng, width, height, channels):
    sigma, seed = float(np.exp(rng.uniform(np.log(0.1), np.log(255)))), whole(rng, 0, 2 ** 32 - 1)
    return "noise %r seed=%d" % (sigma, seed), lambda pixels: with_color(
        pixels, np.clip(np.floor(noisy(pixels, sigma, seed) + 0.5), 0, 255))


def uniform(width, height, channels, seed):
    each = width * channels
    raw = words(height, -(-each // 4), (seed, 0x65726173)).astype("<u4").view(np.uint8)
    return raw.reshape(height, -1)[:, :each].reshape(height, width, channels)


def erase_noise(pixels, x, y, w, h, seed):
    height, width = pixels.shape[:2]
    channels = parity.channels_of(pixels)
    out = pixels.reshape(height, width, channels).copy()
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + w, width), min(y + h, height)
    if x0 < x1 and y0 < y1:
        color_of(out)[y0:y1, x0:x1] = color_of(uniform(w, h, channels, seed))[y0 - y:y1 - y, x0 - x:x1 - x]
    return out.reshape(pixels.shape)


def pasted(pixel, box):
    def paste(image):
        image = image.copy()
        image.paste(pixel, box)
        return image
    return paste


def draw_erase(rng, width, height, channels):
    w, h = whole(rng, 1, width + 5), whole(rng, 1, height + 5)
    x, y = whole(rng, -w, width), whole(rng, -h, height)
    text = "erase %dx%d%+d%+d" % (w, h, x, y)
    if rng.integers(2):
        seed = whole(rng, 0, 2 ** 32 - 1)
        return text + " noise seed=%d" % seed, lambda pixels: erase_noise(pixels, x, y, w, h, seed)
    color = [whole(rng, 0, 255) for _ in range(3)]
    pixel = tuple(color) if channels > 2 else color[0]
    if channels < 3:
        color = color[:1] * 3
    return text + " value=%d,%d,%d" % tuple(color), on_color(pasted(pixel, (x, y, x + w, y + h)))


def through_jpeg(image, quality, subsampling):
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality, subsampling=subsampling)
    return Image.open(stream)


def draw_jpeg(rng, width, height, channels):
    quality, subsampling = whole(rng, 1, 100), ("4:2:0", "4:2:2", "4:4:4")[rng.integers(3)]
    word = " " + subsampling.replace(":", "") if subsampling != "4:2:0" or rng.integers(2) else ""
    return "jpeg %d%s" % (quality, word), on_color(lambda image: through_jpeg(image, quality, subsampling))


def draw_downscale(rng, width, height, channels):
    factor = float(rng.uniform(0.01, 1))
    down, up = (list(parity.FILTERS)[rng.integers(6)] for _ in range(2))
    text = "downscale %r" % factor
    if rng.integers(3):
        text += " down=%s up=%s" % (down, up)
    else:
        down = up = "nearest"
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return text, lambda pixels: np.asarray(parity.image_of(pixels).resize(size, parity.FILTERS[down]).resize(
        (width, height), parity.FILTERS[up]))


def filtered(text, pillow):
    return text, lambda image: image.filter(pillow)


ORACLES = {
    "blur": Oracle(draw_blur, bound=1, bench=(
        ("blur 2", None), ("blur 0.8", None), ("blur 5", None),
        filtered("blur box 1", ImageFilter.BoxBlur(1)), filtered("blur box 4.3", ImageFilter.BoxBlur(4.3)),
        filtered("blur pillow 2", ImageFilter.GaussianBlur(2)), filtered("blur pillow 10", ImageFilter.GaussianBlur(10)))),
    "unsharp": Oracle(draw_unsharp, bench=(filtered("unsharp 2,150,3", ImageFilter.UnsharpMask(2, 150, 3)),)),
    "median": Oracle(draw_median, scales=True, bench=tuple(
        filtered("median %d" % n, ImageFilter.MedianFilter(n)) for n in (3, 5, 7, 15))),
    "motion": Oracle(draw_motion, bench=(("motion 9,30", None), ("motion 31,0", None))),
    "clahe": Oracle(draw_clahe, bench=(("clahe 4,8", None),)),
    "noise": Oracle(draw_noise, bound=1, bench=(("noise 10 seed=7", None),)),
    "erase": Oracle(draw_erase, bench=(
        ("erase 100x80+10+20 value=1,2,3", pasted((1, 2, 3), (10, 20, 110, 100))),
        ("erase 100x80+10+20 noise seed=7", None))),
    "jpeg": Oracle(draw_jpeg, bench=(
        ("jpeg 50", lambda image: through_jpeg(image, 50, "4:2:0").convert(image.mode)),)),
    "downscale": Oracle(draw_downscale, bench=(
        ("downscale 0.25", lambda image: image.resize(
            (round(image.width * 0.25), round(image.height * 0.25)), Image.NEAREST).resize(image.size, Image.NEAREST)),
        ("downscale 0.5 down=box up=bilinear", lambda image: image.resize(
            (round(image.width * 0.5), round(image.height * 0.5)), Image.BOX).resize(image.size, Image.BILINEAR)))),
}
