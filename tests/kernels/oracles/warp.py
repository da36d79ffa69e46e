# SPDX-License-Identifier: Apache-2.0
"""Operations that see the image through a map: Pillow's rotate and transform. The matrix of affine and shear is made
here after torchvision's definition: the product of five matrices, inverted in closed form."""
import math

from PIL import Image

import parity
from oracles.oracle import Oracle, by_pillow, fill, whole

FILTERS = ("nearest", "bilinear", "bicubic")


def draw_look(rng, channels):
    """filter= and fill= as text, and what Pillow takes for them. Fills are opaque but for nearest."""
    name = FILTERS[rng.integers(3)]
    filter_ = parity.FILTERS[name]
    if rng.integers(3) == 0:
        return " filter=" + name, filter_, None
    color, pixel = fill(rng, channels)
    if name != "nearest":
        color = color[:-2] + "ff"
        pixel = pixel if channels in (1, 3) else pixel[:-1] + (255,)
    return " filter=%s fill=%s" % (name, color), filter_, pixel


def draw_centre(rng, width, height):
    if rng.integers(2):
        return "", None
    centre = tuple(float(n) for n in rng.uniform(-0.5, 1.5, 2) * (width, height))
    return " centre=%r,%r" % centre, centre


def draw_angle(rng):
    """Any angle; whole ones and right ones as well."""
    kind = rng.integers(4)
    if kind == 0:
        return 90 * whole(rng, -5, 5)
    return whole(rng, -720, 720) if kind == 1 else float(rng.uniform(-400, 400))


def draw_rotate(rng, width, height, channels):
    look, filter_, pixel = draw_look(rng, channels)
    text, centre = draw_centre(rng, width, height)
    angle, expand = draw_angle(rng), bool(rng.integers(2))
    line = "rotate %r%s" % (angle, " expand" if expand else "") + text + look
    return line, by_pillow(lambda image: image.rotate(angle, filter_, expand, centre, None, pixel))


def matrix_of(size, angle, shift, scale, shear, centre=None):
    """torchvision's inverse matrix."""
    turn, sx, sy = (math.radians(n) for n in (angle, *shear))
    cx, cy = centre or (size[0] * 0.5, size[1] * 0.5)
    a = math.cos(turn - sy) / math.cos(sy)
    b = -math.cos(turn - sy) * math.tan(sx) / math.cos(sy) - math.sin(turn)
    c = math.sin(turn - sy) / math.cos(sy)
    d = -math.sin(turn - sy) * math.tan(sx) / math.cos(sy) + math.cos(turn)
    m = [n / scale for n in (d, -b, 0.0, -c, a, 0.0)]
    for row in (0, 3):
        m[row + 2] += m[row] * (-cx - shift[0]) + m[row + 1] * (-cy - shift[1])
    m[2] += cx
    m[5] += cy
    return m


def by_matrix(matrix, filter_, pixel, method=Image.AFFINE):
    return by_pillow(lambda image: image.transform(image.size, method, matrix, filter_, fillcolor=pixel))


def draw_affine(rng, width, height, channels):
    """Turned and slanted; only scaled and shifted; and so small that places leave fixed point."""
    look, filter_, pixel = draw_look(rng, channels)
    text, centre = draw_centre(rng, width, height)
    angle, shear = draw_angle(rng), [float(n) for n in rng.uniform(-60, 60, 2)]
    shift = [float(n) for n in rng.uniform(-0.5, 0.5, 2) * (width, height)]
    scale = float(math.exp(rng.uniform(-1.5, 1.5)))
    kind = rng.integers(5)
    if kind == 0:
        angle, shear = 0, [0, 0]
    elif kind == 1:
        shift = [round(n) for n in shift]
        shear[1] = 0
    elif kind == 2:
        scale = float(rng.uniform(0.001, 0.003))
    values = angle, *shift, scale, *shear
    line = "affine " + ",".join("%r" % n for n in values) + text + look
    return line, by_matrix(matrix_of((width, height), angle, shift, scale, shear, centre), filter_, pixel)


def draw_shear(rng, width, height, channels):
    look, filter_, pixel = draw_look(rng, channels)
    text, centre = draw_centre(rng, width, height)
    shear = [float(n) for n in rng.uniform(-80, 80, 2)]
    if rng.integers(2):
        shear[1] = 0
    line = "shear " + ",".join("%r" % n for n in shear[:1 if shear[1] == 0 else 2]) + text + look
    return line, by_matrix(matrix_of((width, height), 0, (0, 0), 1, shear, centre), filter_, pixel)


def draw_perspective(rng, width, height, channels):
    """Near the identity, and any: then the horizon crosses the image."""
    look, filter_, pixel = draw_look(rng, channels)
    wild = rng.integers(3) == 0
    near = rng.uniform(-0.4, 0.4, 8) * (1, 1, width, 1, 1, height, 1 / width, 1 / height)
    if wild:
        near[6:] *= 4
    data = [float(n) for n in near + (1, 0, 0, 0, 1, 0, 0, 0)]
    line = "perspective " + ",".join("%r" % n for n in data) + look
    return line, by_matrix(data, filter_, pixel, Image.PERSPECTIVE)


def bench_rows(text, function):
    return tuple((text + " filter=" + name, lambda image, name=name: function(image, parity.FILTERS[name]))
                 for name in FILTERS)


def bench_affine(values):
    angle, tx, ty, scale, sx, sy = values
    return lambda image, filter_: image.transform(
        image.size, Image.AFFINE, matrix_of(image.size, angle, (tx, ty), scale, (sx, sy)), filter_)


TILTED = (0.9, 0.1, 20, -0.05, 1.1, 10, 1e-4, -5e-5)

ORACLES = {
    "rotate": Oracle(draw_rotate, bench=bench_rows(
        "rotate 30", lambda image, filter_: image.rotate(30, filter_)) + bench_rows(
        "rotate 100 expand", lambda image, filter_: image.rotate(100, filter_, True))),
    "affine": Oracle(draw_affine, bench=bench_rows(
        "affine 10,20,-30,1.2,5,0", bench_affine((10, 20, -30, 1.2, 5, 0))) + bench_rows(
        "affine 0,20,-30,0.8", bench_affine((0, 20, -30, 0.8, 0, 0)))),
    "shear": Oracle(draw_shear, bench=bench_rows("shear 17", bench_affine((0, 0, 0, 1, 17, 0)))),
    "perspective": Oracle(draw_perspective, bench=bench_rows(
        "perspective " + ",".join("%r" % n for n in TILTED),
        lambda image, filter_: image.transform(image.size, Image.PERSPECTIVE, TILTED, filter_))),
}
