# SPDX-License-Identifier: Apache-2.0
"""Defends what is promised of masks: each follows its image through the same drawn recipe, keeps its samples, bits, palette
and transparency as they were stored, and none is ever missing in silence."""
import json
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from command import picture, run, save, tree

ENGINES = [(io, cpu) for io in ("sync", "threads", "event") for cpu in ("serial", "threads", "openmp", "processes")]


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(values, bits, color=0, palette=None, trns=None):
    """A PNG with exactly these samples of so many bits: what Pillow would not write."""
    height, width = values.shape[:2]
    rows = b""
    for row in values.reshape(height, -1):
        if bits == 16:
            packed = row.astype(">u2").tobytes()
        else:
            text = "".join(f"{v:0{bits}b}" for v in row)
            text += "0" * (-len(text) % 8)
            packed = bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8))
        rows += b"\0" + packed
    parts = [chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0))]
    if palette is not None:
        parts.append(chunk(b"PLTE", palette))
    if trns is not None:
        parts.append(chunk(b"tRNS", trns))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def chunks(data):
    at, found = 8, {}
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        found[kind] = found.get(kind, b"") + data[at + 8:at + 8 + size]
        at += 12 + size
    return found


def samples(data):
    """The samples of an unfiltered or filtered PNG, as stored: (values, bits, colour type). By the specification."""
    found = chunks(data)
    width, height, bits, color = struct.unpack(">IIBB", found[b"IHDR"][:10])
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    size, step = (width * channels * bits + 7) // 8, max(1, channels * bits // 8)
    raw, rows, prior = zlib.decompress(found[b"IDAT"]), [], bytearray(size)
    for y in range(height):
        kind, row = raw[y * (size + 1)], bytearray(raw[y * (size + 1) + 1:(y + 1) * (size + 1)])
        for i in range(size):
            a, b = row[i - step] if i >= step else 0, prior[i]
            c = prior[i - step] if i >= step else 0
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            row[i] = (row[i] + (0, a, b, (a + b) // 2, paeth)[kind]) & 255
        rows.append(bytes(row))
        prior = row
    if bits == 16:
        values = np.array([np.frombuffer(r, ">u2") for r in rows], np.uint32)
    else:
        values = np.array([[int(t[i:i + bits], 2) for i in range(0, width * channels * bits, bits)]
                           for t in ("".join(f"{b:08b}" for b in r) for r in rows)], np.uint32)
    return values.reshape(height, width, channels).squeeze(-1) if channels == 1 else values.reshape(
        height, width, channels), bits, color


def names(width, height, values, seed=0):
    return np.random.default_rng(seed).integers(0, values, (height, width))


@pytest.fixture
def place(tmp_path):
    for name, seed in (("a.png", 1), ("sub/b.jpg", 2)):
        save(tmp_path / "in" / name, picture(40, 30, seed=seed))
        mask = tmp_path / "masks" / name.replace(".jpg", ".png")
        mask.parent.mkdir(parents=True, exist_ok=True)
        mask.write_bytes(png(names(40, 30, 256, seed), 8))
    return tmp_path


def go(place, *words, **how):
    return run("--in", "in", "--out", "out", "--masks", "masks", "--masks-out", "mout", "--json", *words, cwd=place,
               **how)


def mask_of(place, name="a.png"):
    return samples((place / "mout" / name).read_bytes())[0]


PALETTE = bytes(range(48))
KINDS = {
    "1 bit": dict(bits=1), "2 bits": dict(bits=2), "4 bits": dict(bits=4), "8 bits": dict(bits=8),
    "16 bits": dict(bits=16),
    "palette 2": dict(bits=1, color=3, palette=PALETTE[:6]),
    "palette 4": dict(bits=2, color=3, palette=PALETTE[:12], trns=b"\0\x80"),
    "palette 16": dict(bits=4, color=3, palette=PALETTE, trns=b"\0"),
    "palette 200": dict(bits=8, color=3, palette=bytes(600)),
    "transparent level": dict(bits=8, trns=b"\0\x07"),
    "transparent 16 bits": dict(bits=16, trns=b"\x01\x07"),
    "rgb": dict(bits=8, color=2), "rgba 16": dict(bits=16, color=6),
}


@pytest.mark.parametrize("kind", KINDS)
def test_samples_bits_palette_and_transparency_are_kept(tmp_path, kind):
    how = KINDS[kind]
    channels = {0: 1, 2: 3, 3: 1, 6: 4}[how.get("color", 0)]
    limit = len(how["palette"]) // 3 if "palette" in how else 1 << how["bits"]
    before = np.random.default_rng(3).integers(0, limit, (13, 21, channels)).squeeze()
    stored = png(before, **how)
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks/a.png").write_bytes(stored)
    save(tmp_path / "in/a.png", picture(21, 13))
    go(tmp_path, "--flip", "h", "--crop", "17x11+2+1", "--rotate90", "cw", "--grayscale")
    written = (tmp_path / "mout/a.png").read_bytes()
    values, bits, color = samples(written)
    want = np.rot90(before[:, ::-1][1:12, 2:19], -1)
    assert (values == want).all() and bits == how["bits"] and color == how.get("color", 0)
    for name in (b"PLTE", b"tRNS"):
        assert chunks(written).get(name) == chunks(stored).get(name)


def test_a_mask_follows_the_draws_of_its_image(place):
    """Images whose colour tells the place: where they are cut and turned, so is the mask, for each copy."""
    ys, xs = np.mgrid[0:30, 0:40]
    image = np.dstack([xs * 6, ys * 8, xs * 0]).astype(np.uint8)
    save(place / "in/a.png", Image.fromarray(image))
    (place / "masks/a.png").write_bytes(png(ys * 40 + xs, 16))
    result = go(place, "--random-crop", "24x20", "--hflip", "0.5", "--vflip", "0.5", "--copies", "9", "--seed", "4")
    places = set()
    for copy, output in enumerate(result.images["a.png"]["outputs"]):
        assert output["path"] == f"a-{copy}.png" and output["mask"] == f"a-{copy}.png"
        made = np.array(Image.open(place / "out" / output["path"]))
        mask = mask_of(place, output["mask"])
        assert (mask % 40 * 6 == made[..., 0]).all() and (mask // 40 * 8 == made[..., 1]).all()
        places.add(mask.tobytes())
    assert len(places) > 5


def test_resizing_takes_the_nearest_sample(place):
    go(place, "--resize", "17x13!")
    before = samples((place / "masks/a.png").read_bytes())[0]
    want = np.array(Image.fromarray(before.astype(np.uint8)).resize((17, 13), Image.NEAREST))
    assert (mask_of(place) == want).all()


def test_what_lies_outside_is_filled(place):
    go(place, "--pad", "2,3,4,5,fill=#fff", "--mask-fill", "255")
    before = samples((place / "masks/a.png").read_bytes())[0]
    assert (mask_of(place) == np.pad(before, ((3, 5), (2, 4)), constant_values=255)).all()


@pytest.mark.parametrize("how, fill, words", [
    (dict(bits=4), 16, "16 values"), (dict(bits=8, color=3, palette=bytes(63)), 21, "21 colours")])
def test_a_fill_that_the_mask_cannot_hold_is_refused(place, how, fill, words):
    (place / "masks/a.png").write_bytes(png(names(40, 30, 9), **how))
    result = go(place, "--mask-fill", str(fill), expect=1)
    assert result.images["a.png"]["code"] == "E_MASK" and words in result.images["a.png"]["detail"]
    assert not (place / "out/a.png").exists()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("lies", ["stored", "upright"])
def test_orientation_turns_the_mask_too(tmp_path, orientation, lies):
    """A mask as large as the stored image is turned with it; one that only fits the upright image is upright."""
    from PIL import ImageOps
    ys, xs = np.mgrid[0:15, 0:20]
    stored = np.dstack([xs * 12, ys * 16, xs * 0]).astype(np.uint8)
    exif = Image.Exif()
    exif[0x112] = orientation
    save(tmp_path / "in/a.png", Image.fromarray(stored), exif=exif)
    upright = np.array(ImageOps.exif_transpose(Image.open(tmp_path / "in/a.png")))
    by = stored if lies == "stored" or orientation < 5 else upright
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks/a.png").write_bytes(png(by[..., 0].astype(int) * 256 + by[..., 1], 16))
    go(tmp_path, "--crop", "9x7+3+2")
    made = np.array(Image.open(tmp_path / "out/a.png"))
    mask = mask_of(tmp_path)
    assert (mask // 256 == made[..., 0]).all() and (mask % 256 == made[..., 1]).all()


def test_a_missing_mask_is_its_images_error(place):
    os.unlink(place / "masks/sub/b.png")
    result = go(place, expect=1)
    assert result.images["sub/b.jpg"]["code"] == "E_MASK"
    assert "sub/b.png" in result.images["sub/b.jpg"]["detail"] and "E_VANISHED" in result.images["sub/b.jpg"]["detail"]
    assert sorted(tree(place / "out")) == ["a.png"] == sorted(tree(place / "mout"))


@pytest.mark.parametrize("spoil, words", [
    (lambda p: p.write_bytes(b""), "E_EMPTY"),
    (lambda p: p.write_bytes(p.read_bytes()[:-20]), "E_TRUNCATED"),
    (lambda p: save(p, picture(40, 30), format="JPEG"), "not a PNG"),
    (lambda p: p.write_bytes(png(names(39, 30, 9), 8)), "39x30"),
    (lambda p: p.write_bytes(png(names(40, 30, 9), 8, 3, bytes(9))), "E_CORRUPT"),
    (lambda p: (p.unlink(), p.mkdir()), "E_NOT_REGULAR"),
])
def test_a_mask_that_is_no_good_is_its_images_error(place, spoil, words):
    spoil(place / "masks/a.png")
    result = go(place, "--keep-damaged", expect=1)
    assert result.images["a.png"]["code"] == "E_MASK" and words in result.images["a.png"]["detail"]
    assert result.images["sub/b.jpg"]["status"] == "ok"
    assert sorted(tree(place / "out")) == ["sub/b.jpg"] and sorted(tree(place / "mout")) == ["sub/b.png"]


def test_a_large_mask_is_refused_by_its_size(place):
    big = names(40, 30, 1 << 16)
    (place / "masks/a.png").write_bytes(png(big, 16))
    save(place / "in/a.png", Image.new("RGB", (40, 30)))
    result = go(place, "--max-file-size", "2K", expect=1)
    assert "E_LIMIT_FILE" in result.images["a.png"]["detail"] and result.images["a.png"]["code"] == "E_MASK"


def test_a_changed_mask_is_done_again_and_nothing_else(place):
    first = go(place, "--hflip", "1")
    assert first.summary["outputs"] == 4
    again = go(place, "--hflip", "1")
    assert again.summary["skipped"] == 2 and again.summary["outputs"] == 0
    (place / "masks/a.png").write_bytes(png(names(40, 30, 5, 9), 8))
    third = go(place, "--hflip", "1")
    assert third.images["a.png"]["status"] == "ok" and third.images["sub/b.jpg"]["status"] == "skipped"
    assert mask_of(place).max() < 5
    os.unlink(place / "mout/sub/b.png")
    assert go(place, "--hflip", "1").images["sub/b.jpg"]["status"] == "ok"
    assert (place / "mout/sub/b.png").exists()


def test_masks_are_pruned_with_their_images(place):
    go(place)
    os.unlink(place / "in/sub/b.jpg")
    go(place, "--prune")
    assert sorted(tree(place / "mout")) == ["a.png"] == sorted(tree(place / "out"))
    assert (place / "mout").is_dir() and not (place / "mout/sub").exists()


def test_masks_may_lie_in_out(place):
    run("--in", "in", "--out", "out", "--masks", "masks", "--masks-out", "out/masks", cwd=place)
    assert sorted(tree(place / "out")) == ["a.png", "masks/a.png", "masks/sub/b.png", "sub/b.jpg"]


def test_an_image_and_its_mask_cannot_have_one_name(place):
    result = run("--in", "in", "--out", "out", "--masks", "masks", "--masks-out", "out", cwd=place, expect=2)
    assert "would both write" in result.err
    assert tree(place / "out") == {}


def test_names_go_by_the_template(place):
    go(place, "--name", "x/{stem}-{w}-{hash8}.{ext}", "--on-collision", "suffix")
    outs = [os.path.splitext(n)[0] for n in sorted(tree(place / "out"))]
    assert outs == [os.path.splitext(n)[0] for n in sorted(tree(place / "mout"))] and len(outs) == 2
    assert all("-40-" in n for n in outs)
    assert go(place, "--name", "x/{stem}-{w}-{hash8}.{ext}", "--on-collision", "suffix").summary["skipped"] == 2


def test_a_suffix_keeps_pairs_together(place):
    """Two images that would write one name, and so would their masks."""
    save(place / "in/a.jpg", picture(40, 30, seed=5))
    result = go(place, "--format", "jpeg", "--on-collision", "suffix")
    for name in ("a.jpg", "a.png"):
        output = result.images[name]["outputs"][0]
        assert os.path.splitext(output["path"])[0] == os.path.splitext(output["mask"])[0]
    assert len(tree(place / "mout")) == 3


@pytest.mark.parametrize("words, why", [
    (["--masks", "masks"], "go together"), (["--masks-out", "mout"], "go together"),
    (["--masks", "nowhere", "--masks-out", "mout"], "nowhere"),
    (["--masks", "masks", "--masks-out", "masks"], "--masks-out lies in --masks"),
    (["--masks", "masks", "--masks-out", "masks/new/deep"], "--masks-out lies in --masks"),
    (["--masks", "masks", "--masks-out", "in/m"], "in"),
])
def test_wrong_words_are_refused_before_anything_is_written(place, words, why):
    result = run("--in", "in", "--out", "out", *words, cwd=place, expect=2)
    assert why in result.err
    assert not (place / "out").exists() and not (place / "mout").exists() and not (place / "masks/new").exists()


def test_a_dry_run_tells_the_masks_and_looks_at_them(place):
    (place / "masks/a.png").write_bytes(png(names(39, 30, 9), 8))
    result = go(place, "--dry-run", expect=1)
    assert result.images["a.png"]["code"] == "E_MASK"
    assert result.images["sub/b.jpg"]["outputs"][0]["mask"] == "sub/b.png"
    assert not (place / "mout").exists()


def test_many_copies_in_a_small_slot(place):
    """Outputs and masks that do not fit one reply come in several."""
    result = go(place, "--copies", "40", "--random-crop", "20", "--cpu", "threads")
    assert result.summary["outputs"] == 160 and len(tree(place / "mout")) == 80


def test_masks_and_sidecars_stand_beside_their_outputs(place):
    words = ["--sidecar", "--copies", "2", "--hflip", "0.5", "--name", "{stem}{suffix}-{w}.{ext}", "--on-collision",
             "suffix"]
    assert go(place, *words).summary["outputs"] == 12
    assert sorted(tree(place / "mout")) == ["a-0-40.png", "a-1-40.png", "b-0-40.png", "b-1-40.png"]
    assert sorted(n for n in tree(place / "out") if n.endswith(".recipe")) == [
        "a-0-40.png.recipe", "a-1-40.png.recipe", "b-0-40.jpg.recipe", "b-1-40.jpg.recipe"]
    assert go(place, *words).summary["skipped"] == 2
    assert run("replay", "out/a-1-40.png", cwd=place).status == 0


@pytest.mark.parametrize("io, cpu", ENGINES)
def test_every_engine_writes_the_same(place, io, cpu):
    words = ["--random-resized-crop", "24", "--hflip", "0.5", "--copies", "3", "--seed", "8"]
    os.unlink(place / "masks/sub/b.png")
    save(place / "in/c.png", picture(64, 64))
    (place / "masks/c.png").write_bytes(png(names(64, 64, 65536), 16))
    run("--in", "in", "--out", "o1", "--masks", "masks", "--masks-out", "m1", "--io", "sync", "--cpu", "serial", *words,
        cwd=place, expect=1)
    result = run("--in", "in", "--out", "o2", "--masks", "masks", "--masks-out", "m2", "--io", io, "--cpu", cpu, "-j",
                 "2", "--json", *words, cwd=place, expect=None)
    if "E_ENGINE" in result.err:
        pytest.skip(f"{io} x {cpu} cannot run here")
    assert result.status == 1
    assert tree(place / "o1") == tree(place / "o2") and tree(place / "m1") == tree(place / "m2")
    assert len(tree(place / "m2")) == 6
    assert "E_VANISHED" in result.images["sub/b.jpg"]["detail"]
