# SPDX-License-Identifier: Apache-2.0
"""What the parity tests share: the library through ctypes, random images, and Pillow's side of a comparison."""
import ctypes
import os
import pathlib
import time

import numpy as np
import PIL
import pytest
from PIL import Image

# What is promised are Pillow 9.4's pixels. Another version's are compared as well, but where it computes otherwise.
resizes_as_promised = pytest.mark.skipif(
    not PIL.__version__.startswith("9.4"),
    reason="the oracle is Pillow 9.4; this is %s, which resizes otherwise" % PIL.__version__)

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
FILTERS = {
    "nearest": Image.NEAREST,
    "box": Image.BOX,
    "bilinear": Image.BILINEAR,
    "hamming": Image.HAMMING,
    "bicubic": Image.BICUBIC,
    "lanczos": Image.LANCZOS,
}


class Shape(ctypes.Structure):
    _fields_ = [("width", ctypes.c_uint32), ("height", ctypes.c_uint32), ("channels", ctypes.c_uint8),
                ("sample", ctypes.c_uint8), ("indexed", ctypes.c_bool)]


class Rect(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("x", "y", "width", "height")]


def library():
    build = os.environ.get("IMGBATCH_BUILD", "build")
    lib = ctypes.CDLL(str(pathlib.Path(build) / "tests" / "libimgbatch_internals.so"))
    lib.parity_new.restype = ctypes.c_void_p
    lib.parity_fault.restype = ctypes.c_char_p
    lib.parity_kernels.restype = ctypes.c_char_p
    lib.parity_force.restype = ctypes.c_bool
    lib.parity_operation.restype = ctypes.c_char_p
    return lib


LIB = library()


def kernel_sets():
    """The sets of kernels that this CPU runs, or the one that IMGBATCH_ISA names."""
    names = []
    while name := LIB.parity_kernels(len(names)):
        names.append(name)
    wanted = os.environ.get("IMGBATCH_ISA")
    return [name.decode() for name in names if not wanted or name.decode() == wanted]


def operations():
    """The fixed operations of the table, in its order."""
    fixed, names, kind = [], 0, ctypes.c_int()
    while name := LIB.parity_operation(names, ctypes.byref(kind)):
        names += 1
        if kind.value == 0:
            fixed.append(name.decode())
    return fixed


def seed():
    """A new seed each run, printed where pytest shows it on failure; IMGBATCH_TEST_SEED repeats a run."""
    value = int(os.environ.get("IMGBATCH_TEST_SEED", time.time_ns() % 2**32))
    print("IMGBATCH_TEST_SEED=%d" % value)
    return value


def channels_of(pixels):
    return pixels.shape[2] if pixels.ndim == 3 else 1


def shape_of(pixels):
    height, width = pixels.shape[:2]
    return Shape(width, height, channels_of(pixels), 0 if pixels.dtype == np.uint8 else 1, False)


class Runner:
    def __init__(self, kernels=None):
        """kernels: the name of a set; the one in use without. Runners of several sets may be used in turns."""
        self.kernels = kernels
        self.choose()
        self.p = ctypes.c_void_p(LIB.parity_new())

    def choose(self):
        if self.kernels:
            assert LIB.parity_force(self.kernels.encode())

    def close(self):
        LIB.parity_free(self.p)

    def check(self, code):
        if code:
            raise RuntimeError("%d: %s" % (code, LIB.parity_fault(self.p).decode()))

    def split(self, on):
        LIB.parity_split(self.p, int(on))

    def run(self, text, pixels, room=64 << 20):
        """The pixels after a fixed recipe."""
        self.choose()
        pixels = np.ascontiguousarray(pixels)
        shape, result = shape_of(pixels), Shape()
        out = np.empty(room, np.uint8)
        self.check(LIB.parity_run(self.p, text.encode(), pixels.ctypes.data_as(ctypes.c_void_p),
                                  ctypes.byref(shape), out.ctypes.data_as(ctypes.c_void_p),
                                  ctypes.c_size_t(room), ctypes.byref(result)))
        return self.shaped(out, result, pixels.dtype)

    def time(self, text, pixels, rounds):
        """CPU milliseconds that a fixed recipe takes, the least of so many rounds: memory is at hand, plans are kept."""
        self.choose()
        pixels, ms = np.ascontiguousarray(pixels), ctypes.c_double()
        shape = shape_of(pixels)
        self.check(LIB.parity_time(self.p, text.encode(), pixels.ctypes.data_as(ctypes.c_void_p),
                                   ctypes.byref(shape), ctypes.c_uint(rounds), ctypes.byref(ms)))
        return ms.value

    def part(self, text, pixels, rect):
        """A part of a resize's output."""
        self.choose()
        pixels = np.ascontiguousarray(pixels)
        shape = shape_of(pixels)
        result = Shape(rect[2], rect[3], shape.channels, shape.sample, False)
        out = np.empty(rect[2] * rect[3] * shape.channels * 2, np.uint8)
        self.check(LIB.parity_part(self.p, text.encode(), pixels.ctypes.data_as(ctypes.c_void_p),
                                   ctypes.byref(shape), ctypes.byref(Rect(*rect)),
                                   out.ctypes.data_as(ctypes.c_void_p)))
        return self.shaped(out, result, pixels.dtype)

    @staticmethod
    def shaped(out, shape, dtype):
        size = shape.width * shape.height * shape.channels
        pixels = out[:size * np.dtype(dtype).itemsize].view(dtype)
        if shape.channels == 1:
            return pixels.reshape(shape.height, shape.width)
        return pixels.reshape(shape.height, shape.width, shape.channels)

    def draw(self, text, copies, width, height, channels=3, part=0, seed=7, boxes=None):
        """Drawn recipes of so many copies (of that part, where one image makes several): lists of operations. boxes: those
        of the image, n x 4 numbers."""
        if boxes is not None:
            boxes = np.ascontiguousarray(boxes, np.float64).reshape(-1, 4)
        room = copies * 400 + 1024
        out = ctypes.create_string_buffer(room)
        shape = Shape(width, height, channels, 0, False)
        self.check(LIB.parity_draw(self.p, text.encode(), ctypes.c_uint64(seed), ctypes.c_uint32(copies),
                                   ctypes.c_uint32(part), ctypes.byref(shape),
                                   boxes.ctypes.data_as(ctypes.c_void_p) if boxes is not None else None,
                                   ctypes.c_size_t(0 if boxes is None else len(boxes)), out, ctypes.c_size_t(room)))
        lines = out.value.decode().split("\n")[:-1]
        return [[op for op in line.split(";") if op] for line in lines]


def image_of(pixels):
    return Image.fromarray(pixels, MODES[channels_of(pixels)])


def photos():
    """Those that tools/make-testdata makes, as RGB images."""
    folder = pathlib.Path(os.environ.get("IMGBATCH_TESTDATA", "build/release/testdata")) / "photos"
    return [Image.open(path).convert("RGB") for path in sorted(folder.glob("*/*.jpg"))]


def photo_pixels(rng, photo, width, height, channels):
    """A part of a photo; alpha is a ramp that is cut at both ends."""
    x, y = (int(rng.integers(0, n + 1)) for n in (photo.width - width, photo.height - height))
    image = photo.crop((x, y, x + width, y + height))
    color = np.asarray(image if channels > 2 else image.convert("L"))
    if channels in (1, 3):
        return color
    ramp = np.add.outer(np.arange(height) - height / 2, np.arange(width) - width / 2) * rng.uniform(-5, 5) + 128
    return np.dstack([color, np.clip(ramp, 0, 255).astype(np.uint8)])


def random_pixels(rng, width, height, channels):
    """Noise, flat areas or extremes; alpha that is often 0 or 255."""
    shape = (height, width) if channels == 1 else (height, width, channels)
    kind = rng.integers(4)
    if kind == 0:
        pixels = rng.integers(0, 256, shape, dtype=np.uint8)
    elif kind == 1:
        pixels = (rng.integers(0, 2, shape) * 255).astype(np.uint8)
    elif kind == 2:
        ramp = np.add.outer(np.arange(height), np.arange(width)) * rng.integers(1, 9)
        pixels = np.broadcast_to((ramp if channels == 1 else ramp[:, :, None]) % 256, shape).astype(np.uint8)
    else:
        pixels = np.full(shape, rng.integers(256), np.uint8)
        pixels[rng.integers(height):, rng.integers(width):] = rng.integers(256)
    if channels in (2, 4) and rng.integers(2):
        alpha = pixels[:, :, -1]
        alpha[rng.random(alpha.shape) < 0.4] = 0
        alpha[rng.random(alpha.shape) < 0.4] = 255
    return np.ascontiguousarray(pixels)


def differing(a, b):
    """Pixels that differ; different sizes differ everywhere."""
    if a.shape != b.shape:
        return max(a.size, b.size)
    return int(np.count_nonzero(a != b))
