# SPDX-License-Identifier: Apache-2.0
"""Pictures made from numbers: landscapes that behave like photographs, and test patterns.

A landscape is fractal noise at every scale (so that it has detail to lose), layers of hills that fade into
haze, water that mirrors what stands above it, hard edges (a house, a skyline), a vignette and sensor noise.
"""
import numpy
from PIL import Image, ImageDraw, ImageFont


def fractal(rng, height, width, scale=4, roughness=0.55, stretch=1.0):
    """Noise in about -1 .. 1 that looks alike at every size, from `scale` cells across down to pixels."""
    total, weight, sum_of = numpy.zeros((height, width), numpy.float32), 1.0, 0.0
    cells = scale
    while cells <= width:
        across, down = max(2, int(cells)), max(2, int(cells * height / width * stretch))
        grid = rng.standard_normal((min(down, height) + 1, across + 1)).astype(numpy.float32)
        layer = Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC)
        total += weight * numpy.asarray(layer)
        sum_of += weight
        weight *= roughness
        cells *= 2
    return total / sum_of


def ridge(rng, width, roughness=0.5):
    """One line of hills: a height for each column, in about -1 .. 1."""
    return fractal(rng, 2, width, 3, roughness)[0]


def mix(a, b, t):
    t = t[..., None] if isinstance(t, numpy.ndarray) and t.ndim == 2 else t
    return a * (1 - t) + b * t


def color(*rgb):
    return numpy.array(rgb, numpy.float32)


def sky(rng, height, width, top, bottom, sun, cloud, light):
    yy, xx = numpy.mgrid[0:height, 0:width].astype(numpy.float32)
    image = mix(numpy.broadcast_to(top, (height, width, 3)), bottom, (yy / height) ** 0.8)
    distance = numpy.hypot(xx - sun[0] * width, yy - sun[1] * height) / width
    glow = numpy.exp(-distance * 7) * 0.55 + 1 / (1 + numpy.exp(numpy.clip((distance - 0.025) * 900, -30, 30)))
    clouds = numpy.clip(fractal(rng, height, width, 3, 0.6, 2.2) * 2.2 - 0.15, 0, 1)
    image = mix(image, cloud, clouds * 0.75)
    return mix(image, light, numpy.clip(glow, 0, 1))


def add_hills(rng, image, horizon, haze, tint, count):
    height, width = image.shape[:2]
    yy = numpy.arange(height, dtype=numpy.float32)[:, None]
    for i in range(count):
        depth = (i + 1) / count
        line = height * (horizon + 0.16 * depth * depth + ridge(rng, width) * 0.075)
        mask = numpy.clip(yy - line[None, :] + 0.5, 0, 1)
        texture = fractal(rng, height, width, 16, 0.72)
        ground = mix(haze, tint, depth ** 0.8) * (1 + texture[..., None] * (0.15 + 0.5 * depth))
        image = mix(image, ground, mask)
    return image


def add_trees(rng, image, horizon, tint):
    """Round crowns in front, darker below, with leaves from noise."""
    height, width = image.shape[:2]
    yy, xx = numpy.mgrid[0:height, 0:width].astype(numpy.float32)
    leaves = fractal(rng, height, width, 40, 0.85)
    for _ in range(rng.integers(4, 9)):
        x, y = rng.uniform(0, width), height * rng.uniform(horizon + 0.2, 0.95)
        r = height * rng.uniform(0.04, 0.13)
        distance = numpy.hypot((xx - x) / r, (yy - y) / (r * 1.25)) + leaves * 0.5
        mask = numpy.clip((1 - distance) * r / 3, 0, 1)
        light = 0.55 - 0.4 * numpy.clip((yy - y) / r, -1, 1) + leaves * 0.9
        image = mix(image, tint * numpy.clip(light, 0.05, 2)[..., None], mask)
    return image


def add_houses(rng, image, ground, night):
    """Hard edges: walls, roofs, windows."""
    height, width = image.shape[:2]
    picture = Image.fromarray(to_bytes(image))
    draw = ImageDraw.Draw(picture)
    for _ in range(rng.integers(9, 16) if night else rng.integers(1, 4)):
        w = int(width * rng.uniform(0.05, 0.14))
        h = int(height * (rng.uniform(0.12, 0.45) if night else rng.uniform(0.07, 0.14)))
        x, y = int(rng.uniform(0, width - w)), int(height * ground)
        shade = rng.uniform(0.05, 0.12) if night else rng.uniform(0.55, 0.9)
        wall = tuple(int(255 * shade * c) for c in ((1, 1, 1.3) if night else (1, 0.95, 0.85)))
        draw.rectangle([x, y - h, x + w, y], fill=wall)
        if not night:
            draw.polygon([(x - w // 10, y - h), (x + w // 2, y - h - h // 2),
                          (x + w + w // 10, y - h)], fill=(120, 50, 40))
        step = max(4, w // 6)
        for wy in range(y - h + step // 2, y - step // 2, step):
            for wx in range(x + step // 2, x + w - step // 2, step):
                lit = (255, 220, 140) if rng.random() < 0.45 else (25, 28, 40)
                pane = lit if night else (60, 75, 95)
                draw.rectangle([wx, wy, wx + step // 2, wy + step // 2], fill=pane)
    return numpy.asarray(picture).astype(numpy.float32) / 255


def add_water(rng, image, shore):
    """Below the shore: what is above, mirrored, darkened, and shifted by ripples."""
    height, width = image.shape[:2]
    line = int(height * shore)
    depth = numpy.arange(height - line)
    rows = numpy.clip(line - 1 - depth, 0, height - 1)
    ripples = fractal(rng, height - line, width, 10, 0.8, 6.0)
    shift = (ripples * (2 + depth[:, None] * 0.15)).astype(int)
    xs = numpy.clip(numpy.arange(width)[None, :] + shift, 0, width - 1)
    mirrored = image[rows[:, None], xs] * 0.75 + color(0.0, 0.02, 0.05)
    out = image.copy()
    out[line:] = mirrored * (1 + ripples[..., None] * 0.18)
    return out


def finish(rng, image, noise):
    """What a lens and a sensor add."""
    height, width = image.shape[:2]
    yy, xx = numpy.mgrid[-1:1:height * 1j, -1:1:width * 1j].astype(numpy.float32)
    image = image * (1 - 0.22 * (xx * xx + yy * yy))[..., None]
    return image + rng.standard_normal(image.shape).astype(numpy.float32) * noise


def to_bytes(image):
    return (numpy.clip(image, 0, 1) * 255 + 0.5).astype(numpy.uint8)


def day(seed, width, height):
    rng = numpy.random.default_rng([1, seed])
    warm = rng.uniform(0, 1)
    top = mix(color(0.20, 0.42, 0.80), color(0.25, 0.30, 0.55), warm)
    bottom = mix(color(0.75, 0.86, 0.95), color(0.98, 0.75, 0.50), warm)
    horizon = rng.uniform(0.38, 0.55)
    image = sky(rng, height, width, top, bottom, (rng.uniform(0.1, 0.9), horizon * 0.5),
                color(1.0, 0.98, 0.95), color(1.05, 1.03, 0.97))
    tint = color(*rng.uniform((0.16, 0.22, 0.08), (0.36, 0.36, 0.18)))
    image = add_hills(rng, image, horizon, bottom * 0.85, tint, 5)
    if rng.random() < 0.5:
        image = add_houses(rng, image, horizon + 0.26, False)
    if rng.random() < 0.55:
        image = add_water(rng, image, horizon + 0.27)
    else:
        image = add_trees(rng, image, horizon, tint * 1.3)
    return to_bytes(finish(rng, image, 0.008))


def night(seed, width, height):
    rng = numpy.random.default_rng([2, seed])
    image = sky(rng, height, width, color(0.01, 0.015, 0.05), color(0.16, 0.09, 0.16),
                (rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.25)), color(0.20, 0.19, 0.24),
                color(0.85, 0.83, 0.75))
    stars = rng.random((height, width)) > 0.9985
    image = image + (stars * rng.random((height, width)))[..., None]
    horizon = rng.uniform(0.5, 0.6)
    image = add_hills(rng, image, horizon, color(0.10, 0.08, 0.13), color(0.02, 0.025, 0.03), 3)
    image = add_houses(rng, image, horizon + 0.17, True)
    image = add_water(rng, image, horizon + 0.17)
    return to_bytes(finish(rng, image.astype(numpy.float32), 0.015))


def gradient(width, height, channels=3, top=255):
    """Every channel a ramp in a direction of its own; 0 and `top` both occur."""
    yy, xx = numpy.mgrid[0:height, 0:width].astype(float)
    x, y = xx / max(width - 1, 1), yy / max(height - 1, 1)
    ramps = [x, y, 1 - x, (x + y) / 2][:channels]
    return numpy.rint(numpy.stack(ramps, -1) * top).astype(numpy.uint16 if top > 255 else numpy.uint8)


def zone_plate(size):
    """Circles that grow finer outwards, up to the finest that pixels hold: shows every aliasing."""
    at = numpy.arange(size) - size / 2
    r2 = at[:, None] ** 2 + at[None, :] ** 2
    grey = 127.5 + 127.5 * numpy.cos(numpy.pi * r2 / size)
    return numpy.repeat(numpy.rint(grey).astype(numpy.uint8)[..., None], 3, -1)


def text(width, height):
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default()
    line = "The quick brown fox jumps over the lazy dog 0123456789 "
    for i, y in enumerate(range(2, height - 10, 12)):
        draw.text((2, y), (line * 4)[i:], fill=((i * 53) % 200, (i * 97) % 160, (i * 29) % 220), font=font)
    return numpy.asarray(picture)


def alpha_shapes(width, height):
    """Soft discs of colour over nothing: every alpha value occurs."""
    yy, xx = numpy.mgrid[0:height, 0:width].astype(float)
    out = numpy.zeros((height, width, 4))
    for i, (cx, cy) in enumerate(((0.3, 0.35), (0.65, 0.45), (0.45, 0.7))):
        distance = numpy.hypot(xx - cx * width, yy - cy * height) / (0.3 * min(width, height))
        a = numpy.clip(1.2 - distance, 0, 1)
        out[..., i] += a
        out[..., 3] = numpy.maximum(out[..., 3], a)
    return to_bytes(out)


def arrow(width, height):
    """Which way is up, at a glance: four corners of different colours and a letter F."""
    picture = Image.fromarray(gradient(width, height) // 3 + 90)
    draw = ImageDraw.Draw(picture)
    c = min(width, height) // 5
    for (x, y), fill in zip(((0, 0), (width - c, 0), (0, height - c), (width - c, height - c)),
                            ("red", "lime", "blue", "yellow")):
        draw.rectangle([x, y, x + c - 1, y + c - 1], fill=fill)
    left, top, bar = int(width * 0.4), int(height * 0.25), c // 2
    draw.rectangle([left, top, left + bar, int(height * 0.8)], fill="white")
    draw.rectangle([left, top, left + 3 * bar, top + bar], fill="white")
    draw.rectangle([left, top + 2 * bar, left + 2 * bar, top + 3 * bar], fill="white")
    return numpy.asarray(picture)
