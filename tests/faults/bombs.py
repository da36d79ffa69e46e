# SPDX-License-Identifier: Apache-2.0
"""Small files that ask for much: refused by their header, before memory or time is spent."""
import functools
import json
import pathlib
import shutil
import struct
import subprocess
import tempfile
import zlib

from kit import IMGBATCH, scratch

PART = "each bomb COUNT times: its verdict within a second, and in 16 MiB more than a tiny picture takes"
COUNT = 5
SECONDS, MIB = 1, 16


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, *chunks, colour=0, interlaced=0):
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, interlaced)) + \
        b"".join(chunks)


@functools.cache
def zeros(mib, first=b""):
    """So many MiB of nothing behind a first few bytes, deflated."""
    packer = zlib.compressobj(6)
    return packer.compress(first) + b"".join(packer.compress(bytes(1 << 20)) for _ in range(mib)) + packer.flush()


def small_png(*chunks):
    return png(8, 8, *chunks, chunk(b"IDAT", zlib.compress(bytes(9 * 8))), chunk(b"IEND", b""))


def segment(marker, body):
    return bytes([0xff, marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg(width, height, *between, frame=0xc0, scans=1):
    """Headers of a grey JPEG that holds no coded data; each scan is empty."""
    table = segment(0xdb, bytes(65))
    huffman = segment(0xc4, bytes([0x00, 0, 1] + [0] * 14 + [0])) + segment(0xc4, bytes([0x10, 0, 1] + [0] * 14 + [0]))
    size = segment(frame, struct.pack(">BHHB", 8, height, width, 1) + bytes([1, 0x11, 0]))
    scan = segment(0xda, bytes([1, 1, 0, 0, 0 if frame == 0xc2 else 63, 0]))
    return b"\xff\xd8" + table + size + huffman + b"".join(between) + scans * (scan + b"\x00") + b"\xff\xd9"


def profile_parts(count):
    return [segment(0xe2, b"ICC_PROFILE\0" + bytes([i + 1, count]) + bytes(65000)) for i in range(count)]


def bombs():
    """Name: bytes, the code they get, and more words for the command."""
    little = ["--memory", "64M"]
    return {
        "gigapixel.png": (png(0x7fffffff, 0x7fffffff), "E_LIMIT_PIXELS", []),
        "gigapixel.jpg": (jpeg(65500, 65500), "E_LIMIT_PIXELS", []),
        "just-over.png": (png(10001, 10000), "E_LIMIT_PIXELS", []),
        "scans-101.jpg": (jpeg(64, 64, frame=0xc2, scans=101), "E_LIMIT_SCANS", []),
        "scans-50000.jpg": (jpeg(64, 64, frame=0xc2, scans=50000), "E_LIMIT_SCANS", []),
        "ztxt.png": (small_png(chunk(b"zTXt", b"x\0\0" + zeros(256))), "E_LIMIT_CHUNKS", []),
        "itxt.png": (small_png(chunk(b"iTXt", b"x\0\1\0\0\0" + zeros(256))), "E_LIMIT_CHUNKS", []),
        "iccp.png": (small_png(chunk(b"iCCP", b"x\0\0" + zeros(256, struct.pack(">I", 1 << 28)))), "E_LIMIT_CHUNKS", []),
        "ten-texts.png": (small_png(*[chunk(b"zTXt", b"x\0\0" + zeros(7))] * 10), "E_LIMIT_CHUNKS", []),
        "chunks.png": (small_png(*[chunk(b"tEXt", b"x\0y")] * 100000), "E_LIMIT_CHUNKS", []),
        "exif.png": (small_png(chunk(b"eXIf", b"II*\0" + bytes(9 << 20))), "E_LIMIT_CHUNKS", []),
        "comments.jpg": (jpeg(64, 64, *[segment(0xfe, b"")] * 100000), "E_LIMIT_CHUNKS", []),
        "profile.jpg": (jpeg(64, 64, *profile_parts(140)), "E_LIMIT_CHUNKS", []),
        "junk.jpg": (jpeg(64, 64, *[b"junk" + segment(0xfe, b"")] * 200), "E_CORRUPT", []),
        "wide.png": (png(9999, 9999, chunk(b"IDAT", zeros(96)), chunk(b"IEND", b""), colour=6, interlaced=1),
                     "E_LIMIT_MEMORY", little),
        "wide.jpg": (jpeg(9999, 9999, frame=0xc2), "E_LIMIT_MEMORY", little),
        "surplus.png": (png(8, 8, chunk(b"IDAT", zeros(256)), chunk(b"IEND", b"")), "E_LIMIT_CHUNKS", []),
    }


# A process counts as resident what it was forked from: so a small one starts the command and tells of it.
WATCH = """
import os, sys
pid = os.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
usage = os.wait4(pid, 0)[2]
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, file=sys.stderr)
"""


def measure(top, name, data, *words):
    """What was said of a file, the seconds it took of the CPU, whatever else runs, and the most MiB it was resident."""
    place = pathlib.Path(top)
    shutil.rmtree(place / "out", ignore_errors=True)
    (place / name).write_bytes(data)
    done = subprocess.run(["/usr/bin/python3", "-I", "-S", "-c", WATCH, IMGBATCH, "--in", name, "--out", "out", "--io",
                           "sync", "--cpu", "serial", "--json", "-q", *words], cwd=top, capture_output=True, check=True)
    (place / name).unlink()
    seconds, mib = map(float, done.stderr.split()[-2:])
    return json.loads(done.stdout.splitlines()[0]), seconds, mib


def torture(count, seed, say):
    figures, worst_s, worst_mib = [], 0, 0
    top = tempfile.mkdtemp(prefix="imgbatch-bombs-", dir=scratch())
    try:
        idle = min(measure(top, "tiny.png", small_png())[2] for _ in range(3))
        for name, (data, code, words) in bombs().items():
            for _ in range(count):
                said, seconds, mib = measure(top, name, data, *words)
                assert said.get("code") == code, f"{name}: {said}"
                assert mib - idle <= MIB, f"{name}: {mib - idle:.1f} MiB above idle ({said})"
                assert seconds <= SECONDS, f"{name}: {seconds:.2f} s of the CPU ({said})"
                worst_s, worst_mib = max(worst_s, seconds), max(worst_mib, mib - idle)
            say(f"{name}, {len(data)} bytes: {said.get('code') or said['status']}, {seconds:.3f} s, "
                f"{mib - idle:+.1f} MiB")
            figures.append(name)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    return [f"{len(figures)} bombs, {count} times each: at most {worst_s:.2f} s of the CPU and {worst_mib:.1f} MiB above idle "
            f"({idle:.1f} MiB)"]
