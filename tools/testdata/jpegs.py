# SPDX-License-Identifier: Apache-2.0
"""JPEG files of kinds that Pillow cannot write by itself, made by rearranging what it does write.

Everything is deterministic: the same Pillow and libjpeg-turbo give the same bytes.
"""
import io
import struct

import numpy
from PIL import Image, ImageCms

SOI, EOI = b"\xff\xd8", b"\xff\xd9"


def encode(pixels, mode="RGB", **options):
    out = io.BytesIO()
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    Image.fromarray(pixels, mode).save(out, "jpeg", **{"quality": 88, "subsampling": 2, **options})
    return out.getvalue()


def grey(pixels, **options):
    return encode(numpy.asarray(Image.fromarray(pixels).convert("L")), "L", **options)


def segment(marker, body):
    return struct.pack(">BBH", 0xff, marker, len(body) + 2) + body


def insert(data, *segments):
    """Segments right behind SOI and JFIF's APP0."""
    at = 2 + (2 + struct.unpack(">H", data[4:6])[0] if data[2:4] == b"\xff\xe0" else 0)
    return data[:at] + b"".join(segments) + data[at:]


def find(data, marker):
    """Where a marker of the header stands."""
    at = 2
    while data[at + 1] != marker:
        at += 2 + struct.unpack(">H", data[at + 2:at + 4])[0]
    return at


def scan_data(data):
    """The coded bytes of a file with one scan."""
    at = find(data, 0xda)
    return data[at + 2 + struct.unpack(">H", data[at + 2:at + 4])[0]:-2]


def with_size(data, width, height, factors=None, frame=0xc0):
    at = find(data, frame)
    out = bytearray(data)
    out[at + 5:at + 9] = struct.pack(">HH", height, width)
    if factors:
        out[at + 11] = factors
    return bytes(out)


def rearranged(pixels, unit, blocks, subsampling, factors):
    """A file whose MCU covers `unit` (width, height) pixels, from one of another arrangement.

    Each MCU's luma blocks are laid out as the other arrangement has them and its chroma, averaged here, is
    repeated so that averaging it again changes nothing: the coded blocks are then those that are wanted.
    """
    ycc = numpy.asarray(Image.fromarray(pixels).convert("YCbCr")).astype(numpy.uint16)
    height, width = ycc.shape[:2]
    down, across = -(-height // unit[1]), -(-width // unit[0])
    ycc = numpy.pad(ycc, ((0, down * unit[1] - height), (0, across * unit[0] - width), (0, 0)), "edge")
    out = numpy.zeros((down * 8 * blocks[1], across * 8 * blocks[0], 3), numpy.uint8)
    h, v = unit[0] // 8, unit[1] // 8
    for my in range(down):
        for mx in range(across):
            mcu = ycc[my * unit[1]:(my + 1) * unit[1], mx * unit[0]:(mx + 1) * unit[0]]
            to = out[my * 8 * blocks[1]:(my + 1) * 8 * blocks[1], mx * 8 * blocks[0]:(mx + 1) * 8 * blocks[0]]
            for i in range(h * v):
                sy, sx, ty, tx = i // h * 8, i % h * 8, i // blocks[0] * 8, i % blocks[0] * 8
                to[ty:ty + 8, tx:tx + 8, 0] = mcu[sy:sy + 8, sx:sx + 8, 0]
            chroma = (mcu[..., 1:].reshape(8, v, 8, h, 2).sum((1, 3)) + h * v // 2) // (h * v)
            to[..., 1:] = chroma.repeat(blocks[1], 0).repeat(blocks[0], 1)
    return with_size(encode(out, "YCbCr", subsampling=subsampling), width, height, factors)


def sampled_440(pixels):
    return rearranged(pixels, (8, 16), (2, 1), 1, 0x12)


def sampled_411(pixels):
    return rearranged(pixels, (32, 8), (2, 2), 2, 0x41)


def restarts(pixels):
    """One restart interval a row of MCUs: each row is coded by itself and begins anew."""
    height, width = pixels.shape[:2]
    first = encode(pixels[:16])
    out = with_size(first, width, height)
    at = find(out, 0xda)
    out = out[:at] + segment(0xdd, struct.pack(">H", -(-width // 16))) + out[at:]
    out = out[:len(out) - len(scan_data(first)) - 2]
    for i, y in enumerate(range(0, height, 16)):
        out += (b"" if i == 0 else bytes([0xff, 0xd0 + (i - 1) % 8])) + scan_data(encode(pixels[y:y + 16]))
    return out + EOI


def cmyk_pixels(pixels):
    """Ink for RGB pixels: full grey replacement, 255 is all ink."""
    ink = 255 - pixels.astype(int)
    black = ink.min(-1, keepdims=True)
    colored = numpy.where(black < 255, (ink - black) * 255 // numpy.maximum(255 - black, 1), 0)
    return numpy.concatenate([colored, black], -1).astype(numpy.uint8)


def cmyk(pixels, **options):
    return encode(cmyk_pixels(pixels), "CMYK", subsampling=0, **options)


def cmyk_plain(pixels):
    """Without Adobe's marker, and not inverted: what other programs write. (Pillow inverts: undo it.)"""
    data = encode(255 - cmyk_pixels(pixels), "CMYK", subsampling=0)
    at = find(data, 0xee)
    return data[:at] + data[at + 2 + struct.unpack(">H", data[at + 2:at + 4])[0]:]


def ycck(pixels):
    """The first three inks turned into YCbCr as if they were RGB; Adobe's marker says so."""
    ink = cmyk_pixels(pixels)
    colored = Image.fromarray(numpy.ascontiguousarray(ink[..., :3])).convert("YCbCr")
    stored = numpy.concatenate([numpy.asarray(colored), 255 - ink[..., 3:]], -1)
    data = bytearray(encode(255 - stored, "CMYK", subsampling=0))
    data[find(data, 0xee) + 15] = 2
    return bytes(data)


def srgb_profile():
    """Little CMS's sRGB without the time at which it was made."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = struct.pack(">6H", 2024, 1, 1, 0, 0, 0)
    profile[84:100] = bytes(16)
    return bytes(profile)


def cmyk_profile():
    """A small press: inks that are less pure than the plain formula's, as an 8-bit table to Lab."""
    steps, table = 5, bytearray()
    ink = numpy.array([[0.05, 0.62, 0.88], [0.85, 0.12, 0.50], [0.98, 0.90, 0.10], [0.13, 0.12, 0.12]])
    amounts = [i / (steps - 1) for i in range(steps)]
    for c in amounts:
        for m in amounts:
            for y in amounts:
                for k in amounts:
                    light = numpy.ones(3)
                    for amount, through in zip((c, m, y, k), ink):
                        light = light * (1 - amount * (1 - through))
                    table += lab(light)
    ramp = bytes(range(256))
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    lut = b"mft1" + bytes(4) + bytes([4, 3, steps, 0]) + matrix + ramp * 4 + bytes(table) + ramp * 3
    return profile_of(b"prtr", b"CMYK", b"Lab ", [(b"A2B0", lut)])


def lab(light):
    """Light of three sRGB-like primaries as 8-bit Lab, D50 (CIE 1976)."""
    linear = numpy.where(light <= 0.04045, light / 12.92, ((light + 0.055) / 1.055) ** 2.4)
    xyz = numpy.array([[0.4361, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606],
                       [0.0139, 0.0971, 0.7141]]) @ linear / [0.9642, 1.0, 0.8249]
    f = numpy.where(xyz > 216 / 24389, numpy.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    values = (116 * f[1] - 16) * 2.55, 500 * (f[0] - f[1]) + 128, 200 * (f[1] - f[2]) + 128
    return bytes(int(numpy.clip(round(v), 0, 255)) for v in values)


def profile_of(kind, space, connection, tags):
    named = b"imgbatch test press"
    desc = b"desc" + bytes(4) + struct.pack(">I", len(named) + 1) + named + b"\0" + bytes(78)
    tags = [(b"desc", desc), (b"cprt", b"text" + bytes(4) + b"none\0"),
            (b"wtpt", b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061))] + tags
    at, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for name, data in tags:
        data += bytes(-len(data) % 4)
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data
    header = struct.pack(">I4sI4s4s4s6H4s", at + len(body), bytes(4), 0x02400000, kind, space, connection,
                         2024, 1, 1, 0, 0, 0, b"acsp")
    header += bytes(68 - len(header))
    header += struct.pack(">3i", 63190, 65536, 54061)
    return header + bytes(128 - len(header)) + struct.pack(">I", len(tags)) + table + body


def icc_segments(profile, parts=1):
    size = -(-len(profile) // parts)
    pieces = [profile[i:i + size] for i in range(0, len(profile), size)]
    return [segment(0xe2, b"ICC_PROFILE\0" + bytes([i + 1, len(pieces)]) + piece)
            for i, piece in enumerate(pieces)]


def exif(orientation, order="<"):
    """A TIFF block with an orientation, a maker's name and a thumbnail directory that has its own tag."""
    text = b"imgbatch\0\0"
    ifd0 = struct.pack(order + "HHHIHHHHIII", 2, 0x0112, 3, 1, orientation, 0, 0x010f, 2, len(text), 48, 38)
    ifd1 = struct.pack(order + "HI", 0, 0)
    start = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    block = start + ifd0
    block += bytes(38 - len(block)) + ifd1
    return block + bytes(48 - len(block)) + text


def exif_segment(orientation, order="<"):
    return segment(0xe1, b"Exif\0\0" + exif(orientation, order))


def progressive_scans(data):
    """Where each scan of a multi-scan file begins (its SOS) and where the image ends."""
    starts, at = [], find(data, 0xda)
    while at < len(data) - 1:
        if data[at] == 0xff and data[at + 1] == 0xda:
            starts.append(at)
        elif data[at] == 0xff and data[at + 1] == 0xd9:
            break
        at += 1
    return starts, at


def many_scans(pixels, count):
    """The last refinement scan again and again: each is valid by its form and costs a pass."""
    data = grey(pixels, progressive=True)
    starts, end = progressive_scans(data)
    last = data[starts[-1]:end]
    return data[:end] + last * (count - len(starts)) + data[end:]
