# SPDX-License-Identifier: Apache-2.0
"""Defends that operations keep their order, and that a printed recipe reads back to itself."""
import pytest
from command import pixels, run, save, tree


def printed(*words, **how):
    return run("--print-recipe", *words, **how).out


def names(text):
    return [line.split()[0] for line in text.splitlines()]


def test_order_is_kept():
    assert names(printed("--crop", "9x9", "--flip", "h", "--resize", "4x4!")) == ["crop", "flip", "resize"]
    assert names(printed("--resize", "4x4!", "--crop", "9x9", "--flip", "h")) == ["resize", "crop", "flip"]


def test_order_matters_to_the_pixels(tmp_path):
    save(tmp_path / "in/a.png")
    run("--in", "in", "--out", "one", "-q", "--crop", "20x20+0+0", "--flip", "h", cwd=tmp_path)
    run("--in", "in", "--out", "two", "-q", "--flip", "h", "--crop", "20x20+0+0", cwd=tmp_path)
    assert tree(tmp_path / "one") != tree(tmp_path / "two")


@pytest.mark.parametrize("words", [
    [],
    ["--crop", "224x224"],
    ["--resize", "256x256^,filter=bicubic", "--crop", "224x224"],
    ["--short-edge", "256", "--gravity", "north", "--crop", "224x224"],
    ["--filter", "box", "--resize", "50%"],
    ["--rotate", "-10"],
    ["--rotate", "12.5,expand,fill=#000"],
    ["--rotate90", "ccw", "--grayscale", "--vflip", "0.25"],
    ["--background", "#123456", "--pad", "300x300"],
    ["--random-resized-crop", "224", "--hflip"],
    ["--one-of", "[hflip 1 | rotate90 cw]"],
    ["--color-jitter", "0.4 0.4 0.4 0.1"],
])
def test_a_printed_recipe_reads_back_to_itself(tmp_path, words):
    for word in words:
        if word in ("--rotate", "--one-of", "--color-jitter") and run("ops", word[2:], expect=None).status:
            pytest.skip(f"{word} is not there yet")
    first = printed(*words)
    assert printed("--recipe", "-", stdin=first.encode()) == first
    (tmp_path / "r").write_text(first)
    assert printed("--recipe", tmp_path / "r") == first


def test_defaults_hold_wherever_they_stand(tmp_path):
    save(tmp_path / "in/a.png")
    trees = []
    for i, words in enumerate((["--filter", "box", "--resize", "9x9"], ["--resize", "9x9", "--filter=box"],
                               ["--resize", "9x9,filter=box"],
                               ["--filter", "nearest", "--resize", "9x9,filter=box"])):
        run("--in", "in", "--out", str(i), "-q", *words, cwd=tmp_path)
        trees.append(tree(tmp_path / str(i)))
    assert trees[0] == trees[1] == trees[2] == trees[3]
    run("--in", "in", "--out", "other", "-q", "--resize", "9x9", cwd=tmp_path)
    assert tree(tmp_path / "other") != trees[0]


def test_recipe_files_stand_in_their_place(tmp_path):
    (tmp_path / "r").write_text("# a comment\nflip h  # another\n\nrotate180; crop 5x5\n")
    text = printed("--grayscale", "--recipe", "r", "--resize", "4x4!", cwd=tmp_path)
    assert names(text) == ["grayscale", "flip", "rotate180", "crop", "resize"]


def test_a_wrong_recipe_names_line_and_word(tmp_path):
    (tmp_path / "r").write_text("flip h\ncrop nonsense\n")
    error = run("--print-recipe", "--recipe", "r", expect=2, cwd=tmp_path).err
    assert "2" in error and "crop" in error and "nonsense" in error


@pytest.mark.parametrize("content", [b"flip h\0invert", b"\xff\xfe"])
def test_a_file_that_is_no_recipe(tmp_path, content):
    (tmp_path / "r").write_bytes(content)
    run("--print-recipe", "--recipe", "r", expect=2, cwd=tmp_path)


def test_a_recipe_that_is_not_there(tmp_path):
    assert "No such file" in run("--recipe", "none", "--print-recipe", expect=2, cwd=tmp_path).err


def test_an_option_line_and_a_file_do_the_same(tmp_path):
    save(tmp_path / "in/a.png")
    run("--in", "in", "--out", "one", "-q", "--crop", "30x30", "--flip", "h", cwd=tmp_path)
    run("--in", "in", "--out", "two", "-q", "--recipe", "-", cwd=tmp_path, stdin=b"crop 30x30\nflip h\n")
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    assert pixels(tmp_path / "one/a.png").size == (30, 30)


@pytest.mark.parametrize("words", [
    ["--hue", "0.1"], ["--crop", "5", "--equalize"], ["--random-apply", "[flip h | hue 0.1]"],
    ["--color-jitter", "0.4,0.4,0.4,0.1"], ["--format", "png", "--hue", "0.1"],
])
def test_what_needs_8_bits_is_refused_at_once_where_16_might_come(tmp_path, words):
    save(tmp_path / "in/a.png")
    said = run("--in", "in", "--out", "out", "--depth", "keep", *words, cwd=tmp_path, expect=2)
    assert "8-bit samples only" in said.err and "--depth 8" in said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [
    ["--hue", "0.1"], ["--depth", "keep", "--format", "jpeg", "--hue", "0.1"],
    ["--depth", "keep", "--brightness", "1.1", "--gamma", "2"], ["--depth", "keep", "--color-jitter", "0.4,0.4,0.4"],
])
def test_what_needs_8_bits_is_taken_where_no_16_can_come(tmp_path, words):
    save(tmp_path / "in/a.png")
    run("--in", "in", "--out", "out", "-q", *words, cwd=tmp_path)
    assert len(tree(tmp_path / "out")) == 1
