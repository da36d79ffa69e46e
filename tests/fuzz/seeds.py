# SPDX-License-Identifier: Apache-2.0
"""What fuzzing begins with: a folder of small inputs for each fuzzer, and a dictionary of the recipes' words.

    make(out, testdata, corpus)    corpus: a folder of more pictures, or None
"""
import ast
import hashlib
import io
import pathlib
import re
import struct
import zlib

from PIL import Image

TREE = pathlib.Path(__file__).resolve().parents[2]
LARGEST = 12 << 10  # larger files are slow to try and rarely show more
PIXELS = 40000  # as many as fuzz_process and fuzz_work take


def put(folder, content):
    """Named by what it holds, so that making seeds again adds nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha1(content).hexdigest()).write_bytes(content)


def pictures(*roots):
    """Contents of small JPEG and PNG files, by their first bytes."""
    jpegs, pngs = {}, {}
    for root in roots:
        for path in sorted(root.rglob("*")):
            if not path.is_file() or path.stat().st_size > LARGEST:
                continue
            content = path.read_bytes()
            if content[:3] == b"\xff\xd8\xff":
                jpegs[content] = True
            elif content[:8] == b"\x89PNG\r\n\x1a\n":
                pngs[content] = True
    return list(jpegs), list(pngs)


def progressive_jpegs():
    """Small pictures in several scans: a smooth one and one of noise."""
    for size, subsampling, quality in (((40, 24), 2, 50), ((33, 17), 0, 90), ((64, 40), 1, 20)):
        for picture in (Image.linear_gradient("L").resize(size), Image.effect_noise(size, 90)):
            for mode in ("L", "RGB", "CMYK"):
                file = io.BytesIO()
                picture.convert("RGB").convert(mode).save(
                    file, "JPEG", progressive=True, quality=quality, **({} if mode == "L" else {"subsampling": subsampling}))
                yield file.getvalue()


def segments(jpeg):
    """Marker and body of each segment before the first scan."""
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] not in (0xDA, 0xD9):
        size = struct.unpack_from(">H", jpeg, at + 2)[0]
        yield jpeg[at + 1], jpeg[at + 4:at + 2 + size]
        at += 2 + size


def chunks(png):
    at = 8
    while at + 12 <= len(png):
        size = struct.unpack_from(">I", png, at)[0]
        yield png[at + 4:at + 8], png[at + 8:at + 8 + size]
        at += 12 + size


def exif_blocks(jpegs, pngs):
    for jpeg in jpegs:
        yield from (body[6:] for marker, body in segments(jpeg) if marker == 0xE1 and body[:4] == b"Exif")
    for png in pngs:
        yield from (body for kind, body in chunks(png) if kind == b"eXIf")


def profiles(jpegs, pngs):
    for jpeg in jpegs:
        parts = [body[14:] for marker, body in segments(jpeg) if marker == 0xE2 and body[:11] == b"ICC_PROFILE"]
        if parts:
            yield b"".join(parts)
    for png in pngs:
        for kind, body in chunks(png):
            try:
                if kind == b"iCCP":
                    yield zlib.decompress(body[body.index(b"\0") + 2:])
            except (ValueError, zlib.error):
                pass


def cmyk_profile(kind=b"mft1", grid=2):
    """The smallest profile that turns CMYK into Lab: a table of two steps a side."""
    table = bytes(i * 37 & 255 for i in range(3 * grid ** 4))
    curve = bytes(range(256))
    lut = kind + struct.pack(">I4B9i", 0, 4, 3, grid, 0, 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 16)
    lut += curve * 4 + table + curve * 3
    lut += bytes(-len(lut) % 4)
    white = b"XYZ " + struct.pack(">Iiii", 0, 0xF6D6, 0x10000, 0xD32D)
    tags = 128 + 4 + 2 * 12
    body = struct.pack(">I", 2) + b"A2B0" + struct.pack(">II", tags, len(lut)) + \
        b"wtpt" + struct.pack(">II", tags + len(lut), len(white)) + lut + white
    head = struct.pack(">I", 128 + len(body)) + b"\0\0\0\0\x02\x40\0\0prtrCMYKLab " + bytes(12) + b"acsp"
    return head + bytes(68 - len(head)) + struct.pack(">iii", 0xF6D6, 0x10000, 0xD32D) + bytes(48) + body


def recipes():
    text = (TREE / "tools/make-operations").read_text(encoding="utf-8")
    examples = ast.literal_eval(re.search(r"^EXAMPLES = (\{.*?^\})", text, re.MULTILINE | re.DOTALL).group(1))
    lines = [f"{name} {value}".rstrip() for name, value in examples.items()]
    yield from lines
    yield "filter bicubic\ngravity north\nbackground #102030\nlinear\n" + "\n".join(lines[:6])
    yield "resize 64x48^; crop 40x30 # as usual"
    yield "one-of [hflip 1 | random-apply p=0.5 [rotate90 cw | some-of 1 [invert | blur 2]]]"


def dictionary():
    """Names of operations, and the words of their usages."""
    words = set()
    for path in sorted((TREE / "src/ops").glob("*.c")):
        text = path.read_text(encoding="utf-8")
        words |= set(re.findall(r'\.name = "([a-z0-9-]+)"', text))
        for usage in re.findall(r'\.usage = ((?:"[^"]*"\s*)+)', text):
            words |= set(re.findall(r"[a-z][a-z0-9-]*=?", usage))
    words |= {"filter=", "gravity=", "background ", "linear", "nearest", "lanczos", "north-west", "[", "]", " | ", "; ",
              "\\x0a", "1e-300", "1e308", "4294967296", "nan", "-0.5", "100%", "9x9", "#fff", "#11223344", "+0+0"}
    return "".join(f'"{word}"\n' for word in sorted(words))


def size_of(picture):
    if picture[:2] != b"\xff\xd8":
        return struct.unpack_from(">II", picture, 16) if len(picture) > 24 else (0, 0)
    for marker, body in segments(picture):
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC) and len(body) > 4:
            return struct.unpack_from(">HH", body, 1)
    return 0, 0


def cases(texts, jpegs, pngs):
    """Each recipe on a JPEG and a PNG, none of them twice in a row, with settings that differ."""
    def small(some):
        return [one for one in some if 0 < size_of(one)[0] * size_of(one)[1] <= PIXELS and len(one) < 4096]
    jpegs, pngs = small(jpegs), small(pngs)
    for i, text in enumerate(texts):
        for some in (jpegs, pngs):
            settings = bytes((i * 37 & 255, i * 11 & 127, i & 3, i & 3))
            yield settings + text.encode() + b"\0" + some[i * 7 % len(some)]
    for i, one in enumerate(jpegs[:40] + pngs):
        yield bytes((i & 255, 0, 0, 0)) + b"resize 30x20!\0" + one


SIDECAR = b"""# imgbatch 0.1.0: how "a/b.jpg" was made; imgbatch replay makes it again
# input: a/b.jpg
# input bytes: 48213, xxh3 2d06800538d394c2
# seed: 7, output 0 of 4
# settings: format=same quality=90 subsampling=420 progressive=0 optimize=0 png-level=6 depth=8 decode=full auto-orient=1 metadata=icc copies=4 seed=7 keep-damaged=0
crop 311x287+40+12
"""

# Acts of fuzz_posts: jobs are given out, begun and answered in order; one dies, one hangs, one talks nonsense.
PLAYS = ("00000000 03 0f 05000000 0f 83 0f 85000000 0f", "00000001 03 0f 080900 09 03 0f 080900",
         "00000000 03 0f 0a 080900 09", "00000000 07 1000 61616161616161616161616161616161 0f 080000 09",
         "00000000 03 0b 0f 080001 09")
# Changes of fuzz_ledger: how many go through SQLite, then table, column, row and value of each; then bytes of the file.
CHANGES = ("00", "01 03020005", "01 020801 02ff", "02 000180 77 61616161616161 020901 37616263", "00 640000 0105",
           "00 120000 020202", "02 03020104 03010104", "01 020a0115", "00 001000 080000000000000000")


COCO = b"""{"info": {"note": "\\u00e9"}, "licenses": [{"id": 3, "name": "\\"x\\", {y}"}],
"images": [{"id": 100, "file_name": "a.jpg", "width": 60, "height": 40}, {"id": 1, "file_name": "b.jpg"}],
"annotations": [{"id": 7, "image_id": 100, "category_id": 1, "iscrowd": 0, "area": 540, "bbox": [10, 12, 30, 18],
 "segmentation": [[10, 12, 40, 12, 40, 30, 10, 30]], "keypoints": [11, 12, 2, 0, 0, 0], "num_keypoints": 1},
 {"id": 8, "image_id": 100, "bbox": [0, 0, 60.5, 4e1], "segmentation": {"counts": [10, 5, 3], "size": [40, 60]}},
 {"id": 9, "image_id": 5, "bbox": [1, 2, 3, 4]}], "categories": [{"id": 1, "name": "c"}]}
"""
YOLO = b"0 0.5 0.5 0.25 0.125\n1 0.1 0.1 0.9 0.1 0.5 0.9\n2 0.0 0.0 1 1 0.75\n"
VOC = b"""<?xml version="1.0" encoding="UTF-8"?>
<annotation><filename>a.jpg</filename><size><width>60</width><height>40</height><depth>3</depth></size>
<object><name>c</name><!-- kept --><bndbox><xmin>11</xmin><ymin>13</ymin><xmax>40</xmax><ymax>30</ymax></bndbox>
<difficult>0</difficult><part><name>p</name><bndbox><xmin>1</xmin><ymin>2.5</ymin><xmax>3</xmax><ymax>4</ymax></bndbox></part>
</object><object><name>&lt;d&gt;</name><bndbox><ymax>9</ymax><xmax>9</xmax><ymin>1</ymin><xmin>1</xmin></bndbox></object>
</annotation>
"""

VOC_LATIN = VOC.replace(b"UTF-8", b"latin-1").replace(b"kept", b"\xe9")


def make(out, testdata, corpus=None):
    jpegs, pngs = pictures(*[root for root in (testdata, corpus) if root])
    texts = list(recipes())
    inputs = {
        "jpeg": jpegs, "entropy": jpegs + list(progressive_jpegs()), "png": pngs, "mask": pngs,
        "exif": list(exif_blocks(jpegs, pngs)),
        "icc": [bytes((space,)) + one for one in profiles(jpegs, pngs) for space in (0, 1)] +
               [b"\2" + cmyk_profile(), b"\6" + cmyk_profile(grid=3)],
        "recipe": [text.encode() for text in texts],
        "process": list(cases(texts, jpegs, pngs)), "work": list(cases(texts, jpegs, pngs)),
        "sidecar": [SIDECAR],
        "posts": [bytes.fromhex(one) for one in PLAYS], "ledger": [bytes.fromhex(one) for one in CHANGES],
        "boxes": [bytes((form + 4 * recipe,)) + text for form, text in enumerate((COCO, YOLO, VOC)) for recipe in range(4)] +
                 [bytes((2,)) + VOC_LATIN],
        "reply": [bytes((7, 3, 0, 0, 0, 16, 100, 0, 0)) + bytes(n) for n in (0, 20, 100, 400)],
    }
    for name, contents in inputs.items():
        for content in contents:
            put(out / name, content)
    for name in ("recipe", "process", "work"):
        (out / f"{name}.dict").write_text(dictionary(), encoding="utf-8")
