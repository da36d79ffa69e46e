# SPDX-License-Identifier: Apache-2.0
"""A small PNG writer that can write every colour type, depth and arrangement, and broken ones on purpose."""
import struct
import zlib

import numpy

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
# Adam7: first column, first row, column step, row step of each pass.
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def chunk(kind, body=b""):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(width, height, depth, color, interlace=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace))


def packed(samples, depth):
    """Rows of samples as bytes; depths below 8 fill a byte from its high end, each row by itself."""
    rows = samples.reshape(samples.shape[0], -1)
    if depth == 16:
        return rows.astype(">u2").view(numpy.uint8).reshape(rows.shape[0], -1)
    if depth == 8:
        return rows.astype(numpy.uint8)
    bits = (rows[..., None] >> numpy.arange(depth - 1, -1, -1)) & 1
    return numpy.packbits(bits.reshape(rows.shape[0], -1).astype(numpy.uint8), axis=1)


def filtered(rows, step):
    """Filter types in turn, so that every one occurs. rows: bytes; step: bytes a pixel."""
    out, above = bytearray(), numpy.zeros(rows.shape[1], int)
    for y, row in enumerate(rows.astype(int)):
        left = numpy.concatenate([numpy.zeros(step, int), row])[:len(row)]
        corner = numpy.concatenate([numpy.zeros(step, int), above])[:len(row)]
        p = left + above - corner
        da, db, dc = abs(p - left), abs(p - above), abs(p - corner)
        paeth = numpy.where((da <= db) & (da <= dc), left, numpy.where(db <= dc, above, corner))
        guess = (0, left, above, (left + above) // 2, paeth)[y % 5]
        out += bytes([y % 5]) + ((row - guess) & 255).astype(numpy.uint8).tobytes()
        above = row
    return bytes(out)


def image_data(samples, depth, interlace):
    channels = samples.shape[2] if samples.ndim == 3 else 1
    step = max(1, channels * depth // 8)
    if not interlace:
        return filtered(packed(samples, depth), step)
    data = b""
    for x, y, dx, dy in ADAM7:
        part = samples[y::dy, x::dx]
        if part.shape[0] and part.shape[1]:
            data += filtered(packed(part, depth), step)
    return data


def encode(samples, color, depth=8, interlace=0, before=b"", after=b"", piece=None, level=6):
    """samples: (height, width[, channels]) of numbers below 2^depth. before, after: chunks around IDAT."""
    height, width = samples.shape[:2]
    data = zlib.compress(image_data(samples, depth, interlace), level)
    size = piece or len(data)
    idat = b"".join(chunk(b"IDAT", data[i:i + size]) for i in range(0, len(data), size))
    return (SIGNATURE + header(width, height, depth, color, interlace) + before + idat + after +
            chunk(b"IEND"))


def palette_of(samples, colors):
    """Indices into an evenly spread palette of that many colours, and its PLTE chunk."""
    grey = samples.astype(int).mean(-1)
    indices = (grey * (colors - 1) / 255 + 0.5).astype(int)
    ramp = numpy.arange(colors) * 255 // max(colors - 1, 1)
    table = numpy.stack([ramp, 255 - ramp, (ramp * 7) % 256], -1).astype(numpy.uint8)
    return indices, chunk(b"PLTE", table.tobytes())


def split(data):
    """The chunks of a file: (kind, body)."""
    at, out = 8, []
    while at < len(data):
        size = struct.unpack(">I", data[at:at + 4])[0]
        out.append((data[at + 4:at + 8], data[at + 8:at + 8 + size]))
        at += 12 + size
    return out


def join(chunks):
    return SIGNATURE + b"".join(chunk(kind, body) for kind, body in chunks)


def damaged_crc(data, kind):
    """The last byte of that chunk's checksum is changed."""
    at = data.index(kind)
    end = at + 4 + struct.unpack(">I", data[at - 4:at])[0] + 4
    return data[:end - 1] + bytes([data[end - 1] ^ 1]) + data[end:]
