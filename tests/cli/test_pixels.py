# SPDX-License-Identifier: Apache-2.0
"""Defends what the operations do to pixels, end to end: Pillow, doing the same, gets the same, bit for bit."""
import pytest
from command import picture, pixels, run, save
from PIL import Image


def result_of(tmp_path, image, *words, name="a.png", **how):
    save(tmp_path / "in" / name, image, **how)
    run("--in", "in", "--out", "out", "-q", *words, cwd=tmp_path)
    [made] = [p for p in (tmp_path / "out").iterdir() if p.name != ".imgbatch"]
    return pixels(made)


def same(a, b):
    return a.mode == b.mode and a.size == b.size and a.tobytes() == b.tobytes()


MODES = ["L", "RGB", "RGBA", "LA"]


@pytest.mark.parametrize("mode", MODES)
def test_nothing_asked_nothing_changed(tmp_path, mode):
    image = picture(61, 43, mode)
    assert same(result_of(tmp_path, image), image)


@pytest.mark.parametrize("mode", MODES)
def test_crop(tmp_path, mode):
    image = picture(61, 43, mode)
    assert same(result_of(tmp_path, image, "--crop", "20x10+5+7"), image.crop((5, 7, 25, 17)))


def test_crop_by_gravity(tmp_path):
    image = picture(61, 43)
    assert same(result_of(tmp_path, image, "--crop", "21x13"), image.crop((20, 15, 41, 28)))
    (tmp_path / "two").mkdir()
    assert same(result_of(tmp_path / "two", image, "--gravity", "southeast", "--crop", "21x13"),
                image.crop((40, 30, 61, 43)))


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("size, expected", [((61, 43), (28, 20)), ((43, 61), (20, 28)), ((10, 15), (20, 30))])
def test_short_edge(tmp_path, mode, size, expected):
    image = picture(*size, mode)
    assert same(result_of(tmp_path, image, "--short-edge", "20"), image.resize(expected, Image.LANCZOS))


@pytest.mark.parametrize("name", ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_filters(tmp_path, name, mode):
    image = picture(61, 43, mode)
    how = getattr(Image, name.upper())
    assert same(result_of(tmp_path, image, "--resize", f"30x50!,filter={name}"), image.resize((30, 50), how))


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
@pytest.mark.parametrize("words", [["--linear", "--resize", "1x1!,filter=box"], ["--resize", "1x1!,filter=box,linear"]])
def test_linear(tmp_path, name, words):
    """Half of the light is level 188, whether an image is decoded whole or would flow into the resize."""
    image = Image.new("RGB", (64, 64))
    image.paste((255, 255, 255), (0, 0, 32, 64))
    got = result_of(tmp_path, image, *words, "--format", "png", name=name, **({"quality": 100} if name == "a.jpg" else {}))
    assert got.getpixel((0, 0)) == (188, 188, 188)


def test_the_usual_recipe_from_jpeg(tmp_path):
    """Decoding leaves out what the recipe drops; the pixels must not know."""
    image = picture(301, 203)
    got = result_of(tmp_path, image, "--short-edge", "64", "--crop", "48x48", "--format", "png", name="a.jpg",
                    quality=92, subsampling=2)
    whole = pixels(tmp_path / "in/a.jpg").resize((64 * 301 // 203, 64), Image.LANCZOS)
    left = round((whole.width - 48) / 2)
    assert same(got, whole.crop((left, 8, left + 48, 56)))


@pytest.mark.parametrize("words, how", [
    (["--flip", "h"], Image.FLIP_LEFT_RIGHT),
    (["--flip", "v"], Image.FLIP_TOP_BOTTOM),
    (["--transpose"], Image.TRANSPOSE),
    (["--transverse"], Image.TRANSVERSE),
    (["--rotate90", "cw"], Image.ROTATE_270),
    (["--rotate90", "ccw"], Image.ROTATE_90),
    (["--rotate180"], Image.ROTATE_180),
])
@pytest.mark.parametrize("mode", ["L", "RGBA"])
def test_moves(tmp_path, words, how, mode):
    image = picture(61, 43, mode)
    assert same(result_of(tmp_path, image, *words), image.transpose(how))


# What Pillow's ImageOps.exif_transpose does for each orientation.
UPRIGHT = {1: None, 2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM, 5: Image.TRANSPOSE,
           6: Image.ROTATE_270, 7: Image.TRANSVERSE, 8: Image.ROTATE_90}


@pytest.mark.parametrize("orientation", sorted(UPRIGHT))
def test_orientation_is_applied_and_the_tag_reset(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "described"
    image = picture(61, 43)
    got = result_of(tmp_path, image, "--format", "png", "--metadata", "all", name="a.jpg", exif=exif, quality=95)
    stored = pixels(tmp_path / "in/a.jpg")
    how = UPRIGHT[orientation]
    assert same(got, stored if how is None else stored.transpose(how))
    assert got.getexif().get(0x0112, 1) == 1
    assert got.getexif().get(0x010E) == "described"


def test_orientation_is_kept_on_request(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    got = result_of(tmp_path, picture(61, 43), "--no-auto-orient", "--metadata", "all", name="a.jpg", exif=exif)
    assert got.size == (61, 43) and got.getexif()[0x0112] == 6


def test_metadata(tmp_path):
    exif = Image.Exif()
    exif[0x010E] = "described"
    image = picture()
    assert 0x010E not in result_of(tmp_path, image, name="a.jpg", exif=exif).getexif()


def test_quality_and_subsampling(tmp_path):
    save(tmp_path / "in/a.jpg", picture(200, 150), quality=95)
    sizes = []
    for i, words in enumerate((["--quality", "30"], ["--quality", "90"], ["--quality", "90", "--subsampling", "444"])):
        run("--in", "in", "--out", str(i), "-q", *words, cwd=tmp_path)
        with Image.open(tmp_path / str(i) / "a.jpg") as made:
            layers = made.layer
        sizes.append((tmp_path / str(i) / "a.jpg").stat().st_size)
        assert layers[0][1:3] == ((1, 1) if i == 2 else (2, 2))
    assert sizes == sorted(sizes) and len(set(sizes)) == 3


@pytest.mark.parametrize("words, expected", [([], False), (["--progressive"], True)])
def test_progressive(tmp_path, words, expected):
    assert bool(result_of(tmp_path, picture(), *words, name="a.jpg").info.get("progressive")) == expected


def test_same_quality_as_pillow(tmp_path):
    """Both use one library: with the same settings JPEG files hold the same pixels."""
    image = picture(120, 90)
    got = result_of(tmp_path, image, "--format", "jpeg", "--quality", "85")
    image.save(tmp_path / "pillow.jpg", quality=85, subsampling=2)
    assert same(got, pixels(tmp_path / "pillow.jpg"))


def test_wrong_extension_is_told_and_mended(tmp_path):
    save(tmp_path / "in/a.jpg", picture(), format="PNG")
    result = run("--in", "in", "--out", "out", "--json", cwd=tmp_path)
    assert result.images["a.jpg"]["warnings"] == ["W_EXT"]
    assert (tmp_path / "out/a.png").exists() and not (tmp_path / "out/a.jpg").exists()
