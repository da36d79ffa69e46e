# SPDX-License-Identifier: Apache-2.0
"""Defends the contact sheet: its samples are the run's own, spread over the inputs, and a failure costs one cell."""
import io
import os
import stat

import numpy as np
import pytest
from command import TESTDATA, picture, run, save, tree
from PIL import Image

RANDOM = ("--random-crop", "64", "--one-of", "[flip h | rotate90 cw | grayscale 3]", "--seed", "7")


@pytest.fixture
def place(tmp_path):
    for i in range(10):
        save(tmp_path / f"in/{'sub/' * (i % 2)}{i:02}.png", picture(80 + i, 75, seed=i))
    return tmp_path


def sheet(place, *words, name="sheet.png"):
    run("preview", "--in", "in", "-o", name, *words, cwd=place)
    with Image.open(place / name) as image:
        assert image.mode == "RGB"
        return np.asarray(image).astype(int)


def holds(big, small):
    """Whether an image lies in another one, pixel for pixel."""
    height, width = small.shape[:2]
    corner = big[:big.shape[0] - height + 1, :big.shape[1] - width + 1]
    for y, x in np.argwhere((corner == small[0, 0]).all(axis=2)):
        if (big[y:y + height, x:x + width] == small).all():
            return True
    return False


def outputs(place, out="out"):
    return {name: np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
            for name, data in tree(place / out).items()}


def test_samples_are_the_runs_own_outputs(place):
    shown = sheet(place, *RANDOM, "--grid", "4x10", "--cell", "64")
    run("--in", "in", "--out", "out", "-q", "--copies", "4", *RANDOM, cwd=place)
    for name, pixels in outputs(place).items():
        assert holds(shown, pixels) == (not name.endswith("-3.png")), name


def test_one_copy_is_the_first_draw(place):
    shown = sheet(place, *RANDOM, "--grid", "2x10", "--cell", "64")
    run("--in", "in", "--out", "out", "-q", *RANDOM, cwd=place)
    assert all(holds(shown, pixels) for pixels in outputs(place).values())


def test_copies_bound_the_draws(place):
    shown = sheet(place, *RANDOM, "--grid", "6x5", "--cell", "64", "--copies", "2")
    run("--in", "in", "--out", "out", "-q", "--copies", "3", *RANDOM, cwd=place)
    for name, pixels in outputs(place).items():
        assert holds(shown, pixels) == (not name.endswith("-2.png")), name


def test_a_fixed_recipe_shows_before_and_after(place):
    shown = sheet(place, "--crop", "64", "--flip", "h", "--grid", "6x4", "--cell", "100")
    run("--in", "in", "--out", "before", "-q", cwd=place)
    run("--in", "in", "--out", "after", "-q", "--crop", "64", "--flip", "h", cwd=place)
    for pixels in (*outputs(place, "before").values(), *outputs(place, "after").values()):
        assert holds(shown, pixels)


def test_several_outputs_of_one_decode(place):
    shown = sheet(place, "--five-crop", "64", "--grid", "6x10", "--cell", "64")
    run("--in", "in", "--out", "out", "-q", "--five-crop", "64", cwd=place)
    assert len(outputs(place)) == 50 and all(holds(shown, pixels) for pixels in outputs(place).values())


def test_the_same_words_give_the_same_sheet_and_another_seed_does_not(place):
    first = sheet(place, *RANDOM)
    assert (sheet(place, *RANDOM, "-j", "1", name="again.png") == first).all()
    again = sheet(place, *RANDOM[:-1], "8", name="other.png")
    assert again.shape != first.shape or (again != first).any()


def test_pictures_are_spread_over_the_listing(tmp_path):
    for i in range(300):
        save(tmp_path / f"in/{i:03}.png", Image.new("RGB", (64, 64), (i % 256, i // 256, 77)))
    shown = sheet(tmp_path, "--grid", "2x6", "--cell", "64")
    values = sorted({int(r) + 256 * int(g) for r, g, b in shown.reshape(-1, 3) if b == 77})
    values = [v for v in values if (shown == (v % 256, v // 256, 77)).all(axis=2).sum() >= 4096]
    assert len(values) == 6 and values[0] < 50 and values[-1] > 220, values


def test_labels_beside_pictures_take_no_place(place):
    for i in range(10):
        (place / f"in/{i:02}.txt").write_text("a label")
        (place / f"in/sub/{i:02}.xml").write_text("<label/>")
    shown = sheet(place, "--grid", "2x10", "--cell", "100")
    run("--in", "in", "--out", "out", "-q", cwd=place)
    assert all(holds(shown, pixels) for pixels in outputs(place).values())


def test_pictures_without_a_telling_name_are_found(place):
    for path in (place / "in").rglob("*.png"):
        path.rename(path.with_suffix(""))
    (place / "in/readme").write_text("no image")
    shown = sheet(place, "--grid", "2x10", "--cell", "100")
    run("--in", "in", "--out", "out", "-q", cwd=place)
    assert sum(holds(shown, pixels) for pixels in outputs(place).values()) >= 9


ALARM = (249, 230, 227)


def alarms(shown, cell):
    return round((shown == ALARM).all(axis=2).sum() / cell ** 2, 1)


def test_a_failure_costs_its_cell(place):
    (place / "in/03.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut short")
    save(place / "in/small.png", picture(20, 20))
    (place / "in/gone.png").symlink_to("nowhere")
    shown = sheet(place, *RANDOM, "--grid", "4x12", "--cell", "100", "--follow")
    assert 3 < alarms(shown, 100) < 5, "one original and three draws, less their letters"
    run("--in", "in", "--out", "out", "-q", "--copies", "3", *RANDOM, expect=None, cwd=place)
    assert all(holds(shown, pixels) for pixels in outputs(place).values())


def test_the_generated_pictures_with_everything_odd(tmp_path):
    (tmp_path / "in").symlink_to(TESTDATA.resolve())
    shown = sheet(tmp_path, *RANDOM, "--grid", "5x60", "--cell", "64")
    assert shown.shape[0] > 60 * 64
    assert sorted(os.listdir(tmp_path)) == ["in", "sheet.png"]


@pytest.mark.parametrize("cell", ["64", "160", "320", "1024"])
@pytest.mark.parametrize("grid", ["2x1", "7x2"])
def test_any_grid(place, grid, cell):
    columns, rows = map(int, grid.split("x"))
    shown = sheet(place, *RANDOM, "--grid", grid, "--cell", cell)
    assert shown.shape[0] > rows * int(cell) and shown.shape[1] > columns * int(cell)


def test_long_and_odd_names_and_recipes(place):
    save(place / "in" / ("ä" * 60 + "\n\x1b€.png"))
    many = [word for i in range(40) for word in ("--crop", "64x64+0+0")]
    sheet(place, *many, "--vflip", "--grid", "2x11", "--cell", "64")


def test_formats_by_extension(place):
    run("preview", "--in", "in", "-o", "sheet.jpg", "--grid=3x2", "--cell=64", cwd=place)
    assert Image.open(place / "sheet.jpg").format == "JPEG"
    out = run("preview", "--in", "in", "-o", "-", "--grid", "3x2", cwd=place).out
    assert out.encode("utf-8", "surrogateescape").startswith(b"\x89PNG")


@pytest.mark.parametrize("words, said", [
    ([], "-o FILE"), (["-o", "sheet"], "-o FILE"), (["-o", "sheet.gif"], "-o FILE"), (["-o"], "needs a value"),
    (["-o", "s.png", "--grid", "6"], "--grid"), (["-o", "s.png", "--grid", "1x2"], "2 to"),
    (["-o", "s.png", "--grid", "6x0"], "1 to"), (["-o", "s.png", "--grid", "900x900"], "2 to"),
    (["-o", "s.png", "--cell", "10"], "64 to"), (["-o", "s.png", "--cell", "x"], "--cell"),
    (["-o", "s.png", "--grid", "200x200", "--cell", "1024"], "million"),
    (["-o", "s.png", "--frob"], "unknown option"),
])
def test_wrong_words(place, words, said):
    result = run("preview", "--in", "in", *words, expect=2, cwd=place)
    assert said in result.err and sorted(os.listdir(place)) == ["in"]


def test_nothing_to_show(tmp_path):
    (tmp_path / "in").mkdir()
    assert "E_NOTHING" in run("preview", "--in", "in", "-o", "s.png", expect=2, cwd=tmp_path).err
    (tmp_path / "in/a.txt").write_text("no image")
    assert "E_NOTHING" in run("preview", "--in", "in", "-o", "s.png", expect=2, cwd=tmp_path).err
    assert "E_USAGE" in run("preview", "--in", "absent", "-o", "s.png", expect=2, cwd=tmp_path).err
    assert "E_USAGE" in run("preview", "-o", "s.png", expect=2, cwd=tmp_path).err
    assert os.listdir(tmp_path) == ["in"]


def test_an_unwritable_sheet(place):
    """What is no regular file is left as it is: a pipe here, a device elsewhere."""
    (place / "file").write_text("")
    os.mkfifo(place / "pipe.png")
    for path in "file/s.png", "pipe.png":
        assert f"E_WRITE: {path}: " in run("preview", "--in", "in", "-o", path, expect=3, cwd=place).err
    assert stat.S_ISFIFO(os.stat(place / "pipe.png").st_mode)
    assert sorted(os.listdir(place)) == ["file", "in", "pipe.png"]


def test_a_sheet_in_a_new_folder(place):
    run("preview", "--in", "in", "-o", "new/folder/s.png", cwd=place)
    assert os.listdir(place / "new/folder") == ["s.png"]


def test_help(place):
    assert "--grid" in run("preview", "--help", cwd=place).out
