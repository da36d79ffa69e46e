# SPDX-License-Identifier: Apache-2.0
"""Defends: decoded pixels are exactly those that Pillow 9.4 decodes with the same libraries.

Every good 8-bit grey, RGB or RGBA file of the generated test data and of the corpus that IMGBATCH_CORPUS
names is decoded through the codec table and compared, pixel by pixel; crops and the encoders' bytes too.
All of PngSuite must decode or be refused as its names say, and no fuzzed file may do worse than fail.
The library is called through ctypes, so the structs below repeat codec.h.
"""
import base64
import ctypes as C
import io
import json
import os
import pathlib
import random

import numpy
import pytest
from PIL import Image, ImageCms, ImageOps

Image.MAX_IMAGE_PIXELS = None
BUILD = pathlib.Path(os.environ.get("IMGBATCH_BUILD", "build"))
LIBRARY = pathlib.Path(os.environ.get("IMGBATCH_INTERNALS",
                                      BUILD / "tests" / "libimgbatch_internals.so"))
CORPUS = os.environ.get("IMGBATCH_CORPUS")
TESTDATA = pathlib.Path(os.environ.get("IMGBATCH_TESTDATA", "testdata/generated"))
OK, TRUNCATED, CORRUPT, UNSUPPORTED, LIMIT_CHUNKS = 0, -3, -4, -5, -8


class Shape(C.Structure):
    _fields_ = [("width", C.c_uint32), ("height", C.c_uint32), ("channels", C.c_uint8),
                ("sample", C.c_uint8), ("indexed", C.c_bool)]


class Rect(C.Structure):
    _fields_ = [("x", C.c_uint32), ("y", C.c_uint32), ("width", C.c_uint32),
                ("height", C.c_uint32)]


class ImageView(C.Structure):
    _fields_ = [("shape", Shape), ("stride", C.c_size_t), ("data", C.c_void_p)]


class Fault(C.Structure):
    _fields_ = [("code", C.c_int), ("detail", C.c_char * 192)]


class Limits(C.Structure):
    _fields_ = [("max_pixels", C.c_uint64), ("max_scans", C.c_uint32), ("max_warnings", C.c_uint32),
                ("max_chunks", C.c_uint32), ("max_profile", C.c_uint64)]


class Bytes(C.Structure):
    _fields_ = [("data", C.c_void_p), ("size", C.c_size_t)]


class Metadata(C.Structure):
    _fields_ = [("icc", Bytes), ("exif", Bytes), ("xmp", Bytes), ("density_x", C.c_uint32),
                ("density_y", C.c_uint32), ("form", C.c_void_p)]


class Form(C.Structure):
    _fields_ = [("bits", C.c_uint8), ("palette", Bytes), ("transparency", Bytes)]


class Facts(C.Structure):
    _fields_ = [("codec", C.c_void_p), ("shape", Shape), ("bits", C.c_uint8),
                ("raw", Shape), ("form", Form), ("orientation", C.c_uint8), ("whole", C.c_bool), ("animated", C.c_bool),
                ("color", C.c_char_p), ("subsampling", C.c_char_p), ("metadata", Metadata),
                ("conversion", C.c_uint64), ("packed", C.c_uint64)]


class Request(C.Structure):
    _fields_ = [("rect", Rect), ("scale", C.c_uint8), ("sample", C.c_uint8),
                ("check_full", C.c_bool), ("raw", C.c_bool), ("entropy", C.c_uint8), ("verify", C.c_bool),
                ("keep_damaged", C.c_bool)]


class Delivery(C.Structure):
    _fields_ = [("rect", Rect), ("scale", C.c_uint8), ("shape", Shape)]


class Settings(C.Structure):
    _fields_ = [("quality", C.c_uint8), ("subsampling", C.c_uint16), ("progressive", C.c_bool),
                ("optimize", C.c_bool), ("png_level", C.c_uint8)]


P = C.POINTER
VOID = C.c_void_p


class Codec(C.Structure):
    _fields_ = [
        ("name", C.c_char_p), ("extension", C.c_char_p), ("extensions", VOID), ("alpha", C.c_bool),
        ("deep", C.c_bool), ("scales", C.c_bool), ("probe", C.CFUNCTYPE(C.c_bool, VOID, C.c_size_t)),
        ("decoder_new", C.CFUNCTYPE(VOID)), ("decoder_free", C.CFUNCTYPE(None, VOID)),
        ("header", C.CFUNCTYPE(C.c_int, VOID, VOID, C.c_size_t, P(Limits), P(Facts), P(C.c_uint32),
                               P(Fault))),
        ("decode_estimate", C.CFUNCTYPE(C.c_uint64, P(Facts), P(Request))),
        ("start", C.CFUNCTYPE(C.c_int, VOID, P(Request), P(Delivery), P(Fault))),
        ("rows", C.CFUNCTYPE(C.c_int, VOID, P(ImageView), P(C.c_uint32), P(Fault))),
        ("finish", C.CFUNCTYPE(C.c_int, VOID, P(Fault))), ("in_place", VOID),
        ("encoder_new", C.CFUNCTYPE(VOID)), ("encoder_free", C.CFUNCTYPE(None, VOID)),
        ("encode_bound", C.CFUNCTYPE(C.c_uint64, P(Shape), P(Metadata))),
        ("encode_estimate", C.CFUNCTYPE(C.c_uint64, P(Shape), P(Settings))),
        ("encode", C.CFUNCTYPE(C.c_int, VOID, P(ImageView), P(Settings), P(Metadata), VOID,
                               C.c_size_t, P(C.c_size_t), P(Fault)))]


if not LIBRARY.exists():
    pytest.skip(f"{LIBRARY} is not built", allow_module_level=True)
library = C.CDLL(str(LIBRARY))
library.codec_probe.restype = P(Codec)
library.codec_probe.argtypes = [VOID, C.c_size_t]
library.codec_by_name.restype = P(Codec)
limits = Limits.in_dll(library, "codec_default_limits")
decoders = {}  # one of each, used for all files in turn, as a worker does


class Result:
    """What became of one file: a code, and where that is 0 the pixels and the delivery."""

    def __init__(self, data, rect=None, scale=8, full=False, keep=False, sample=None, strip=None):
        self.code, self.fault, self.warnings = None, Fault(), C.c_uint32(0)
        self.pixels, self.delivery, self.facts = None, Delivery(), Facts()
        self.buffer = C.create_string_buffer(data, len(data) or 1)
        codec = library.codec_probe(self.buffer, len(data))
        if codec:
            self.code = self._decode(codec.contents, len(data), rect, scale, full, keep, sample,
                                     strip)

    def _decode(self, codec, size, rect, scale, full, keep, sample, strip):
        if codec.name not in decoders:
            decoders[codec.name] = codec.decoder_new()
        decoder = decoders[codec.name]
        code = codec.header(decoder, self.buffer, size, C.byref(limits), C.byref(self.facts),
                            C.byref(self.warnings), C.byref(self.fault))
        if code:
            return code
        shape = self.facts.shape
        request = Request(Rect(*(rect or (0, 0, shape.width, shape.height))), scale,
                          shape.sample if sample is None else sample, check_full=full, keep_damaged=keep)
        code = codec.start(decoder, C.byref(request), C.byref(self.delivery), C.byref(self.fault))
        if code:
            return code
        code = self._rows(codec, decoder, strip)
        return code or codec.finish(decoder, C.byref(self.fault))

    def _rows(self, codec, decoder, strip):
        shape = self.delivery.shape
        kind = numpy.uint16 if shape.sample else numpy.uint8
        self.pixels = numpy.zeros((shape.height, shape.width, shape.channels), kind)
        y = 0
        while y < shape.height:
            view = ImageView(shape, self.pixels.strides[0],
                             self.pixels.ctypes.data + y * self.pixels.strides[0])
            view.shape.height = min(strip or shape.height, shape.height - y)
            got = C.c_uint32()
            code = codec.rows(decoder, C.byref(view), C.byref(got), C.byref(self.fault))
            if code:
                return code
            assert got.value
            y += got.value
        return 0

    def __str__(self):
        return f"{self.code} {self.fault.detail.decode()} warnings={self.warnings.value:#x}"


def encode(name, pixels, metadata=None, **settings):
    codec = library.codec_by_name(name.encode()).contents
    chosen = Settings(90, 420, False, False, 6)
    for key, value in settings.items():
        setattr(chosen, key, value)
    pixels = numpy.ascontiguousarray(pixels)
    shape = Shape(pixels.shape[1], pixels.shape[0], pixels.shape[2], pixels.itemsize - 1)
    view = ImageView(shape, pixels.strides[0], pixels.ctypes.data)
    room = codec.encode_bound(C.byref(shape), metadata)
    out, size, fault = C.create_string_buffer(room), C.c_size_t(), Fault()
    encoder = codec.encoder_new()
    code = codec.encode(encoder, C.byref(view), C.byref(chosen), metadata, out, room, C.byref(size),
                        C.byref(fault))
    codec.encoder_free(encoder)
    assert code == 0, fault.detail
    return out.raw[:size.value]


def pillow(data):
    """The same file by Pillow as (height, width, channels), or None where it has no 8-bit answer."""
    try:
        image = Image.open(io.BytesIO(data))
        image.load()
    except Exception:
        return None
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    elif image.mode == "1":
        image = image.convert("L")
    if image.mode not in ("L", "LA", "RGB", "RGBA") or "transparency" in image.info:
        return None
    if image.format == "PNG" and data[24] == 16:
        return None
    array = numpy.asarray(image)
    return array[:, :, None] if array.ndim == 2 else array


def files(*folders, under=None):
    root = under or (pathlib.Path(CORPUS) if CORPUS else None)
    if root is None:
        return []
    found = []
    for folder in folders:
        found += [p for p in sorted((root / folder).rglob("*")) if p.is_file()]
    return found


def corpus(*folders):
    if not CORPUS:
        pytest.skip("IMGBATCH_CORPUS is not set")
    return files(*folders)


def generated(folder):
    paths = files(folder, under=TESTDATA)
    if not paths:
        pytest.skip(f"{TESTDATA} is not there: run tools/make-testdata")
    return paths


def compare(paths):
    compared, different = 0, []
    for path in paths:
        data = path.read_bytes()
        if not library.codec_probe(data, len(data)):
            continue
        expected = pillow(data)
        result = Result(data, strip=16)
        if expected is None or result.code in (TRUNCATED, CORRUPT, UNSUPPORTED, LIMIT_CHUNKS):
            continue
        if result.code or not numpy.array_equal(result.pixels, expected):
            different.append((str(path), str(result)))
        compared += 1
    assert not different
    return compared


def test_testdata_is_what_pillow_decodes():
    assert compare(generated("good") + generated("photos")) > 50


@pytest.mark.parametrize("folder", ["photos-jpeg", "photos-png", "orientation", "photos-large",
                                    "jpeg-odd", "pngsuite"])
def test_corpus_is_what_pillow_decodes(folder):
    assert compare(corpus(folder)) > 0


CODES = {"ok": 0, "ignored": None, "E_TRUNCATED": -3, "E_CORRUPT": -4, "E_UNSUPPORTED": -5,
         "E_LIMIT_PIXELS": -6, "E_LIMIT_SCANS": -7, "E_LIMIT_CHUNKS": -8}
WARNINGS = ["W_EXT", "W_TRAILING", "W_JUNK", "W_MARKER", "W_CRC", "W_CHUNK", "W_APNG", "W_ICC",
            "W_EXIF", "W_DAMAGED"]


def test_verdicts_are_the_manifests():
    generated("good")
    wrong = []
    for entry in json.loads((TESTDATA / "MANIFEST.json").read_text())["files"]:
        name = base64.b64decode(entry["path_b64"]) if "path_b64" in entry else entry["path"].encode()
        with open(os.path.join(os.fsencode(TESTDATA), name), "rb") as f:
            result = Result(f.read())
        told = {w for i, w in enumerate(WARNINGS) if result.warnings.value >> i & 1}
        expected = set(entry["warnings"]) - {"W_EXT"}
        if entry["expect"] == "E_EMPTY":  # the work's to tell: to a codec it is merely no image
            assert result.code is None
        elif result.code != CODES[entry["expect"]] or (result.code == OK and told != expected):
            wrong.append((entry["path"], entry["expect"], str(result), sorted(told)))
    assert not wrong


def test_orientations_stand_upright_alike():
    paths = [p for p in generated("good/orientation") if p.suffix == ".jpg"]
    for kind in ("landscape", "portrait"):
        images = [ImageOps.exif_transpose(Image.open(p)) for p in paths if kind in p.name]
        assert len(images) == 8
        for image in images[1:]:
            difference = numpy.asarray(image).astype(int) - numpy.asarray(images[0])
            assert image.size == images[0].size and abs(difference).mean() < 3


def test_good_photos_are_all_accepted():
    for path in corpus("photos-jpeg", "photos-png", "orientation"):
        data = path.read_bytes()
        result = Result(data)
        assert result.code == OK, (path, str(result))


def test_pngsuite_decodes_or_is_refused_as_its_names_say():
    for path in corpus("pngsuite/contrib/pngsuite"):
        if path.suffix != ".png":
            continue
        result = Result(path.read_bytes(), full=True)
        if path.name.startswith("x"):
            assert result.code != OK, path
        else:
            assert result.code == OK, (path, str(result))


def random_rect(rng, width, height):
    w, h = rng.randint(1, width), rng.randint(1, height)
    return rng.randint(0, width - w), rng.randint(0, height - h), w, h


def check_crop(data, whole, rect, scale):
    """The wanted part of a crop's delivery must equal the same part of the whole image's."""
    part = Result(data, rect=rect, scale=scale, strip=7)
    assert part.code == OK, str(part)
    unit = 8 // part.delivery.scale
    got = part.delivery.rect
    assert got.x <= rect[0] and got.y <= rect[1], (rect, scale)
    assert got.x + got.width >= rect[0] + rect[2] and got.y + got.height >= rect[1] + rect[3]
    left, top = rect[0] // unit, rect[1] // unit
    right, bottom = -(-(rect[0] + rect[2]) // unit), -(-(rect[1] + rect[3]) // unit)
    dx, dy = got.x // unit, got.y // unit
    mine = part.pixels[top - dy:bottom - dy, left - dx:right - dx]
    assert numpy.array_equal(mine, whole.pixels[top:bottom, left:right]), (rect, scale)


def check_crops(data, rng, count):
    """Random rectangles at every scale against the whole image."""
    for scale in (8, 4, 2, 1):
        whole = Result(data, scale=scale)
        assert whole.code == OK, str(whole)
        shape = whole.facts.shape
        for _ in range(count):
            check_crop(data, whole, random_rect(rng, shape.width, shape.height), scale)


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0", "grey"])
@pytest.mark.parametrize("progressive", [False, True])
def test_crops_of_noise_are_parts_of_the_whole(subsampling, progressive):
    seed = random.randrange(1 << 30)
    print("seed", seed)
    rng = random.Random(seed)
    for _ in range(6):
        width, height = rng.randint(1, 200), rng.randint(1, 150)
        noise = numpy.random.default_rng(seed).integers(0, 256, (height, width, 3), numpy.uint8)
        image, out = Image.fromarray(noise), io.BytesIO()
        if subsampling == "grey":
            image.convert("L").save(out, "jpeg", progressive=progressive)
        else:
            image.save(out, "jpeg", quality=85, progressive=progressive, subsampling=subsampling)
        check_crops(out.getvalue(), rng, 10)


def test_crops_of_testdata_are_parts_of_the_whole():
    seed = random.randrange(1 << 30)
    print("seed", seed)
    rng = random.Random(seed)
    for path in generated("good"):
        data = path.read_bytes()
        if path.stat().st_size < 300000 and library.codec_probe(data, len(data)):
            check_crops(data, rng, 4)


@pytest.mark.parametrize("subsampling", [444, 422, 420])
@pytest.mark.parametrize("quality", [1, 50, 90, 100])
def test_jpeg_is_byte_for_byte_pillows(subsampling, quality):
    rng = numpy.random.default_rng(quality)
    pixels = rng.integers(0, 256, (61, 83, 3), numpy.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "jpeg", quality=quality,
                                 subsampling=(444, 422, 420).index(subsampling))
    assert encode("jpeg", pixels, quality=quality, subsampling=subsampling) == out.getvalue()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("level", [0, 1, 6, 9])
def test_png_is_read_back_by_pillow(channels, level):
    rng = numpy.random.default_rng(level)
    pixels = rng.integers(0, 256, (19, 33, channels), numpy.uint8)
    assert numpy.array_equal(pillow(encode("png", pixels, png_level=level)), pixels)


def test_16_to_8_bits_scales_and_does_not_cut():
    values = numpy.arange(65536, dtype=numpy.uint16).reshape(256, 256, 1)
    data = encode("png", values, png_level=1)
    assert numpy.array_equal(Result(data).pixels, values)
    expected = (values.astype(numpy.uint64) * 255 * 2 + 65535) // (65535 * 2)
    assert numpy.array_equal(Result(data, sample=0).pixels, expected.astype(numpy.uint8))


def cmyk_by_pillow(path):
    """The inks as Pillow reads them: it takes every CMYK file for an inverted one."""
    image = Image.open(path)
    ink = numpy.asarray(image)
    return image, (255 - ink if path.name == "plain.jpg" else ink).astype(int)


def test_cmyk_without_profile_is_the_plain_formula():
    generated("good")
    for name in ("adobe", "plain", "ycck"):
        path = TESTDATA / "good/cmyk" / f"{name}.jpg"
        _, ink = cmyk_by_pillow(path)
        expected = ((255 - ink[..., :3]) * (255 - ink[..., 3:]) + 127) // 255
        result = Result(path.read_bytes())
        assert numpy.array_equal(result.pixels, expected), name
        photo = numpy.asarray(Image.open(TESTDATA / "good/subsampling/444.jpg")).astype(int)
        assert abs(result.pixels - photo).mean() < 6, name


def test_cmyk_with_profile_is_what_little_cms_makes_of_it():
    generated("good")
    for name in ("adobe-icc", "ycck-icc"):
        path = TESTDATA / "good/cmyk" / f"{name}.jpg"
        image, _ = cmyk_by_pillow(path)
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        expected = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"),
                                             ImageCms.Intent.PERCEPTUAL, "RGB")
        result = Result(path.read_bytes())
        assert result.warnings.value == 0
        assert abs(result.pixels.astype(int) - numpy.asarray(expected)).max() <= 1, name
        assert not result.facts.metadata.icc.size


def test_fuzzed_files_do_no_worse_than_fail():
    for path in corpus("fuzz-seeds"):
        data = path.read_bytes()
        Result(data, full=True, keep=True)
        if Result(data).code == OK:  # odd sampling factors are among these
            check_crops(data, random.Random(data), 10)
