# SPDX-License-Identifier: Apache-2.0
"""Seeded alterations of pictures, each with the explanation that `imgbatch compare` should give of it."""
import io
import json
import pathlib
import subprocess

import numpy
from PIL import Image, ImageDraw, ImageFilter

MOVES = [Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.ROTATE_90,
         Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270, Image.Transpose.TRANSPOSE, Image.Transpose.TRANSVERSE]


def levels_of(image):
    return numpy.asarray(image).astype(float)


def image_of(levels):
    return Image.fromarray(numpy.clip(numpy.rint(levels), 0, 255).astype("uint8"))


# -- pictures to alter ---------------------------------------------------------------------------------

def photo(rng, photos):
    """A part of a photo: shrunk, so that no trace of its own JPEG file is left; or as it was decoded; or on its blocks."""
    image = Image.open(photos[rng.integers(len(photos))]).convert("RGB")
    if rng.random() < 0.5:
        scale = rng.uniform(0.4, 0.8)
        image = image.resize((int(image.width * scale), int(image.height * scale)), Image.Resampling.LANCZOS)
    width, height = (int(rng.integers(side // 2, side + 1)) for side in image.size)
    x, y = int(rng.integers(image.width - width + 1)), int(rng.integers(image.height - height + 1))
    if rng.random() < 0.5:
        x, y = x & ~15, y & ~15
    return image.crop((x, y, x + width, y + height))


def drawing(rng):
    """Shapes, lines and words on a plain ground, like a chart or a window."""
    width, height = int(rng.integers(160, 420)), int(rng.integers(120, 320))
    image = Image.new("RGB", (width, height), tuple(int(v) for v in rng.integers(200, 256, 3)))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(12, 40))):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        to = x + int(rng.integers(10, 90)), y + int(rng.integers(8, 60))
        colour = tuple(int(v) for v in rng.integers(0, 200, 3))
        kind = rng.integers(4)
        if kind == 0:
            draw.rectangle((x, y, *to), fill=colour)
        elif kind == 1:
            draw.ellipse((x, y, *to), outline=colour, width=3)
        elif kind == 2:
            draw.line((x, y, *to), fill=colour, width=2)
        else:
            draw.text((x, y), "".join(chr(int(c)) for c in rng.integers(65, 91, 8)), fill=colour)
    return image


def base(rng, photos):
    return photo(rng, photos) if rng.random() < 0.7 else drawing(rng)


# -- alterations: (expected, actual, cause, a word of the explanation) --------------------------------------------

def off_by_one(rng, image):
    levels = levels_of(image)
    touched = rng.random(levels.shape) < 10 ** rng.uniform(-3, -0.1)
    touched.flat[rng.integers(touched.size)] = True
    step = numpy.where(levels > 127, -1, 1) if rng.random() < 0.5 else numpy.where(levels < 1, 1, -1)
    return image, image_of(levels + touched * step), "off-by-one", "off by one"


def shift(rng, image):
    dx, dy = 0, 0
    while not dx and not dy:
        dx, dy = int(rng.integers(-24, 25)), int(rng.integers(-24, 25))
    levels = levels_of(image)
    moved = numpy.roll(levels, (dy, dx), (0, 1))
    if rng.random() < 0.5:  # what comes in is not what went out
        if dy:
            moved[:dy if dy > 0 else None, :] = 128 if dy > 0 else moved[:None, :]
        if dx > 0:
            moved[:, :dx] = 128
        elif dx < 0:
            moved[:, dx:] = 128
    return image, image_of(moved), "shifted", f"({dx}, {dy})"


def move(rng, image):
    how = MOVES[rng.integers(len(MOVES))]
    if rng.random() < 0.5:
        side = min(image.size)
        image = image.crop((0, 0, side, side))
    moved = image.transpose(how)
    cause = "moved" if moved.size == image.size else "size"
    word = "flipped" if how in MOVES[:2] else "transposed" if how in MOVES[5:] else "turned"
    return image, moved, cause, word


def levels(rng, image):
    before = levels_of(image)
    kind = rng.integers(4)
    if kind == 0:
        gamma = rng.uniform(0.5, 0.9) if rng.random() < 0.5 else rng.uniform(1.12, 2.0)
        return image, image_of(255 * (before / 255) ** gamma), "levels", "gamma"
    if kind == 1:
        factor = rng.uniform(0.5, 0.92) if rng.random() < 0.5 else rng.uniform(1.08, 1.6)
        return image, image_of(before * factor), "levels", "brightness"
    if kind == 2:
        offset = int(rng.integers(5, 60)) * (1 if rng.random() < 0.5 else -1)
        return image, image_of(before + offset), "levels", "brightness"
    factor = rng.uniform(0.5, 0.9) if rng.random() < 0.5 else rng.uniform(1.12, 1.6)
    return image, image_of(128 + (before - 128) * factor), "levels", "contrast"


def reencode(rng, image):
    data = io.BytesIO()
    image.save(data, "JPEG", quality=int(rng.integers(30, 91)), subsampling=int(rng.integers(3)))
    return image, Image.open(data).convert("RGB"), "reencoded", "JPEG"


def premultiply(rng, image):
    levels = levels_of(image)
    height, width = levels.shape[:2]
    kind = rng.integers(3)
    if kind == 0:  # a slope
        alpha = numpy.linspace(0, 255, width)[None, :].repeat(height, 0)
    elif kind == 1:  # a soft disc
        y, x = numpy.mgrid[:height, :width]
        alpha = 255 * numpy.clip(1.5 - numpy.hypot((x - width / 2) / width, (y - height / 2) / height) * 3, 0, 1)
    else:
        alpha = rng.integers(0, 256, (height // 8 + 1, width // 8 + 1)).repeat(8, 0).repeat(8, 1)[:height, :width]
    alpha = numpy.rint(alpha)
    straight = numpy.dstack([levels, alpha])
    times = numpy.dstack([numpy.rint(levels * alpha[..., None] / 255), alpha])
    if rng.random() < 0.3:
        return image_of(times), image_of(straight), "premultiplied", "divided"
    return image_of(straight), image_of(times), "premultiplied", "premultiplied"


def size(rng, image):
    kind = rng.integers(3)
    width, height = image.size
    if kind == 0:
        scale = rng.uniform(0.4, 0.95) if rng.random() < 0.5 else rng.uniform(1.05, 2)
        to = max(16, int(width * scale)), max(16, int(height * scale))
        return image, image.resize(to, Image.Resampling.BICUBIC), "size", "scaled"
    if kind == 1:
        x, y = int(rng.integers(1, width // 4)), int(rng.integers(1, height // 4))
        return image, image.crop((x, y, x + width // 2, y + height // 2)), "size", "cropped"
    x, y = int(rng.integers(width // 3, width // 2)), int(rng.integers(height // 3, height // 2))
    canvas = Image.new("RGB", (width + x + 10, height + y + 10), (90, 20, 160))
    canvas.paste(image, (x, y))
    return image, canvas, "size", "padded"


def soften(rng, image):
    """This and the next two are nothing that it knows; it must not see JPEG or gamma in them."""
    how = [ImageFilter.GaussianBlur(rng.uniform(0.4, 8)), ImageFilter.BoxBlur(rng.uniform(0.5, 5)),
           ImageFilter.MedianFilter(3), ImageFilter.SMOOTH][rng.integers(4)]
    return image, image.filter(how), "unknown", "not equal"


def sharpen(rng, image):
    return image, image.filter(ImageFilter.UnsharpMask(rng.uniform(1, 3), 150, 0)), "unknown", "not equal"


def noise(rng, image):
    before = levels_of(image)
    return image, image_of(before + rng.normal(0, rng.uniform(2, 12), before.shape)), "unknown", "not equal"


KINDS = [off_by_one, shift, move, levels, reencode, premultiply, size, soften, sharpen, noise]


def make(top, count, seed, photos):
    """`count` pairs below top/golden and top/actual; name to (cause, word)."""
    wanted = {}
    for number in range(count):
        rng = numpy.random.default_rng([seed, number])
        kind = KINDS[number % len(KINDS)]
        expected, actual, cause, word = kind(rng, base(rng, photos))
        name = f"{kind.__name__}-{number:04}.png"
        for folder, image in (("golden", expected), ("actual", actual)):
            path = pathlib.Path(top) / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            image.save(path, compress_level=1)
        wanted[name] = cause, word
    return wanted


def judge(imgbatch, top, wanted):
    """Runs the command; returns the names that it explained rightly, and what it said of the others."""
    done = subprocess.run([imgbatch, "compare", f"{top}/golden", f"{top}/actual", "--json", "-q"],
                          capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr.decode()
    right, wrong = [], {}
    for line in done.stdout.splitlines():
        said = json.loads(line)
        if said["type"] != "pair":
            continue
        cause, word = wanted[said["name"]]
        if said.get("cause") == cause and word in said.get("explanation", ""):
            right.append(said["name"])
        else:
            wrong[said["name"]] = f'{said["verdict"]}, {said.get("cause")}: {said.get("explanation")}'
    return right, wrong
