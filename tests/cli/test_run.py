# SPDX-License-Identifier: Apache-2.0
"""Defends what a run does to the tree under OUT: names, what is done again and what is left, and what is refused."""
import os
import shutil
import subprocess

import pytest
from command import ENVIRONMENT, IMGBATCH, accounts_add_up, picture, run, save, tree
from PIL import Image


@pytest.fixture
def place(tmp_path):
    """A folder with in/: three images in two folders, and a text."""
    save(tmp_path / "in/a.png", picture(seed=1))
    save(tmp_path / "in/sub/b.jpg", picture(seed=2))
    save(tmp_path / "in/sub/deep/c.png", picture(seed=3))
    (tmp_path / "in/notes.txt").write_text("no image")
    return tmp_path


def go(place, *words, **how):
    return run("--in", "in", "--out", "out", "--json", *words, cwd=place, **how)


def test_the_tree_is_mirrored(place):
    result = go(place, "--crop", "9x9")
    assert sorted(tree(place / "out")) == ["a.png", "sub/b.jpg", "sub/deep/c.png"]
    assert result.images["notes.txt"]["status"] == "ignored"
    assert [o["path"] for o in result.images["sub/b.jpg"]["outputs"]] == ["sub/b.jpg"]
    assert result.images["a.png"]["outputs"][0]["width"] == 9
    assert result.summary["ok"] == 3 and result.summary["ignored"] == 1
    accounts_add_up(result.summary)


def test_a_second_run_does_no_work(place):
    go(place, "--crop", "9x9")
    before = {name: os.stat(place / "out" / name).st_mtime_ns for name in tree(place / "out")}
    again = go(place, "--crop", "9x9")
    assert again.summary["skipped"] == 3 and again.summary["ok"] == 0 and again.summary["outputs"] == 0
    accounts_add_up(again.summary)
    assert before == {name: os.stat(place / "out" / name).st_mtime_ns for name in tree(place / "out")}


def test_what_changed_is_done_again(place):
    go(place, "--crop", "9x9")
    save(place / "in/a.png", picture(seed=9))
    os.unlink(place / "out/sub/b.jpg")
    again = go(place, "--crop", "9x9")
    assert {name: o["status"] for name, o in again.images.items() if name != "notes.txt"} == {
        "a.png": "ok", "sub/b.jpg": "ok", "sub/deep/c.png": "skipped"}
    other = go(place, "--crop", "8x8")
    assert other.summary["ok"] == 3


def test_a_file_that_no_run_made_is_left(place):
    save(place / "out/a.png", picture(seed=7))
    mine = (place / "out/a.png").read_bytes()
    result = go(place, expect=1)
    assert result.images["a.png"]["code"] == "E_EXISTS"
    assert (place / "out/a.png").read_bytes() == mine
    go(place, "--if-exists", "overwrite")
    assert (place / "out/a.png").read_bytes() != mine


def test_if_exists_skip_leaves_what_is_there(place):
    save(place / "out/a.png", picture(seed=7))
    mine = (place / "out/a.png").read_bytes()
    go(place, "--if-exists", "skip")
    assert (place / "out/a.png").read_bytes() == mine
    assert sorted(tree(place / "out")) == ["a.png", "sub/b.jpg", "sub/deep/c.png"]


def test_prune_removes_what_lost_its_input(place):
    go(place)
    os.unlink(place / "in/a.png")
    go(place)
    assert "a.png" in tree(place / "out")
    go(place, "--prune")
    assert "a.png" not in tree(place / "out")


def test_a_dry_run_writes_nothing(place):
    result = go(place, "--resize", "32x32!", "--dry-run")
    assert not (place / "out").exists()
    assert result.images["a.png"]["outputs"][0]["path"] == "a.png"
    assert result.images["a.png"]["outputs"][0]["width"] == 32
    text = run("--in", "in", "--out", "out", "--resize", "32x32!", "--dry-run", cwd=place).out
    assert '"sub/b.jpg" -> "sub/b.jpg" 32x32\n' in text
    assert not (place / "out").exists()


def test_copies_and_seed(place):
    words = ("--random-resized-crop", "16", "--copies", "3")
    go(place, *words)
    first = tree(place / "out")
    assert sorted(first) == sorted(f"{stem}-{i}.{ext}" for stem, ext in
                                   (("a", "png"), ("sub/b", "jpg"), ("sub/deep/c", "png")) for i in range(3))
    assert len(set(first.values())) == len(first)
    go(place, *words, "--if-exists", "overwrite", "--cpu", "serial", "--io", "sync")
    assert tree(place / "out") == first
    go(place, *words, "--seed", "1")
    assert tree(place / "out") != first


@pytest.mark.parametrize("template, expected", [
    ("{stem}.{ext}", ["a.png", "b.jpg", "c.png"]),
    ("{dir}/x-{stem}.{ext}", ["x-a.png", "sub/x-b.jpg", "sub/deep/x-c.png"]),
    ("{n:06}.{ext}", None),
    ("all/{name}", ["all/a.png", "all/b.jpg", "all/c.png"]),
])
def test_name_templates(place, template, expected):
    go(place, "--name", template)
    names = sorted(tree(place / "out"))
    if expected:
        assert names == sorted(expected)
    else:
        assert len(names) == 3 and all(len(name) == 10 and name[:6].isdigit() for name in names)


def test_late_templates(place):
    refused = go(place, "--name", "{w}x{h}-{stem}.{ext}", expect=2)
    assert "--on-collision" in refused.err
    go(place, "--name", "{w}x{h}-{stem}.{ext}", "--on-collision", "suffix", "--resize", "20x10!")
    assert sorted(tree(place / "out")) == ["20x10-a.png", "20x10-b.jpg", "20x10-c.png"]


def test_format_gives_its_extension(place):
    go(place, "--format", "png")
    assert sorted(tree(place / "out")) == ["a.png", "sub/b.png", "sub/deep/c.png"]


def test_colliding_names_are_refused_before_anything_is_written(place):
    save(place / "in/a.jpg")
    result = go(place, "--format", "png", expect=2)
    assert "E_NAMES" in result.err and "a.jpg" in result.err and "a.png" in result.err
    assert tree(place / "out") == {}
    go(place, "--format", "png", "--on-collision", "suffix")
    assert len([name for name in tree(place / "out") if "/" not in name]) == 2


def test_roots_are_merged_or_kept_apart(tmp_path):
    save(tmp_path / "one/a.png", picture(seed=1))
    save(tmp_path / "two/a.png", picture(seed=2))
    refused = run("--in", "one", "two", "--out", "out", expect=2, cwd=tmp_path)
    assert "--keep-roots" in refused.err
    run("--in", "one", "two", "--out", "out", "--keep-roots", cwd=tmp_path)
    assert sorted(tree(tmp_path / "out")) == ["one/a.png", "two/a.png"]


@pytest.mark.parametrize("out", ["in", "in/sub/below", "./in/../in"])
def test_output_inside_an_input_is_refused(place, out):
    before = tree(place)
    result = run("--in", "in", "--out", out, expect=2, cwd=place)
    assert "E_INSIDE" in result.err
    assert tree(place) == before


def test_nothing_matched(place):
    (place / "empty").mkdir()
    run("--in", "empty", "--out", "out", expect=2, cwd=place)
    run("--in", "absent", "--out", "out", expect=2, cwd=place)


def test_include_and_exclude(place):
    go(place, "--include", "*.png")
    assert sorted(tree(place / "out")) == ["a.png", "sub/deep/c.png"]
    shutil.rmtree(place / "out")
    go(place, "--exclude", "deep", "--exclude", "*.txt", "--exclude", "a.*")
    assert sorted(tree(place / "out")) == ["sub/b.jpg"]


def test_files_from(place):
    run("--files-from", "-", "--out", "one", "-q", cwd=place, stdin=b"in/a.png\nin/sub/b.jpg\n")
    run("--files-from", "-", "-0", "--out", "two", "-q", cwd=place, stdin=b"in/a.png\0in/sub/b.jpg\0")
    assert tree(place / "one") == tree(place / "two") and len(tree(place / "one")) == 2
    (place / "list").write_text("sub/b.jpg\n")
    run("--files-from", "list", "--root", "in", "--out", "three", "-q", cwd=place)
    assert sorted(tree(place / "three")) == ["sub/b.jpg"]


def test_files_from_tells_what_is_no_file(place):
    os.mkfifo(place / "pipe")
    result = run("--files-from", "-", "--out", "out", "--json", expect=1, cwd=place,
                 stdin=b"in/a.png\npipe\nin/sub\ngone.png\n")
    assert {name: o.get("code") for name, o in result.images.items()} == {
        "in/a.png": None, "pipe": "E_NOT_REGULAR", "in/sub": "E_NOT_REGULAR", "gone.png": "E_VANISHED"}
    accounts_add_up(result.summary)


ODD = [b"new\nline.png", b"-dash.png", b"esc\x1b[31m.png", b"\xff\xfe.png", b"quote\"'.png", b" .png",
       "ünïcode €.png".encode(), b"x" * 251 + b".png", b"back\\slash.png", b"{n}.png"]


def test_odd_names(tmp_path):
    data = save(tmp_path / "a.png").read_bytes()
    (tmp_path / "in").mkdir()
    for name in ODD:
        with open(os.path.join(os.fsencode(tmp_path), b"in", name), "wb") as file:
            file.write(data)
    result = run("--in", "in", "--out", "out", "--json", "--crop", "8x8", cwd=tmp_path)
    assert result.summary["ok"] == len(ODD)
    assert sorted(os.listdir(os.fsencode(tmp_path / "out"))) == sorted(ODD + [b".imgbatch"])
    assert sum("in_b64" in o for o in result.objects) == 1


def test_odd_names_in_messages(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ODD:
        with open(os.path.join(os.fsencode(tmp_path), b"in", name), "wb"):
            pass  # empty: fails
    result = run("--in", "in", "--out", "out", expect=1, cwd=tmp_path)
    lines = [line for line in result.err.splitlines() if "E_EMPTY" in line]
    assert len(lines) == len(ODD) and all(line.startswith('imgbatch: "') for line in lines)
    assert "\x1b" not in result.err and "\\x1B" in result.err and "\\xFF" in result.err


def test_symbolic_links(place):
    (place / "in/link.png").symlink_to("a.png")
    assert go(place).images["link.png"]["status"] == "ignored"
    assert go(place, "--follow").images["link.png"]["status"] == "ok"


def test_a_second_run_on_one_output_is_refused(place):
    with subprocess.Popen([IMGBATCH, "--files-from", "-", "--out", "out"], cwd=place, env=ENVIRONMENT,
                          stdin=subprocess.PIPE, stderr=subprocess.PIPE) as first:
        lock = place / "out/.imgbatch/lock"
        while not lock.exists() or not lock.read_bytes():
            assert first.poll() is None
        result = go(place, expect=3)
        assert "E_LOCKED" in result.err and str(first.pid) in result.err
        first.communicate(b"in/a.png\n")
        assert first.returncode == 0


def test_max_failures(place):
    for i in range(5):
        (place / f"in/bad{i}.png").write_bytes(b"")
    result = go(place, "--max-failures", "2", expect=4)
    accounts_add_up(result.summary)
    assert go(place, "--max-failures", "5", expect=1).summary["failed"] == 5


def test_preserve_times(place):
    os.utime(place / "in/a.png", ns=(10**18, 10**18 + 123456789))
    go(place, "--preserve-times")
    assert os.stat(place / "out/a.png").st_mtime_ns == 10**18 + 123456789
    assert go(place, "--preserve-times").summary["skipped"] == 3


def test_new_files_get_the_umask(place):
    before = os.umask(0o027)
    try:
        go(place)
    finally:
        os.umask(before)
    assert os.stat(place / "out/a.png").st_mode & 0o777 == 0o640


@pytest.mark.parametrize("io", ["sync", "threads", "event"])
@pytest.mark.parametrize("cpu", ["serial", "threads", "openmp", "processes"])
def test_every_pair_of_engines_gives_the_same_tree(place, io, cpu):
    words = ("--random-resized-crop", "24", "--hflip", "--copies", "2", "-q")
    run("--in", "in", "--out", "expected", *words, "--io", "sync", "--cpu", "serial", cwd=place)
    result = run("--in", "in", "--out", "out", *words, "--io", io, "--cpu", cpu, "-j", "2", expect=None, cwd=place)
    if result.status == 3 and "E_ENGINE" in result.err:
        pytest.skip(result.err)
    assert result.status == 0, result.err
    assert tree(place / "out") == tree(place / "expected")


def test_forced_kernels(place):
    run("--in", "in", "--out", "expected", "--short-edge", "20", "-q", cwd=place)
    run("--in", "in", "--out", "out", "--short-edge", "20", "-q", cwd=place, IMGBATCH_ISA="c")
    assert tree(place / "out") == tree(place / "expected")
    refused = run("--in", "in", "--out", "not", "--short-edge", "20", cwd=place, expect=2, IMGBATCH_ISA="abacus")
    assert "IMGBATCH_ISA=abacus" in refused.err


def test_entropy_decoding_is_a_choice_of_speed_only(place):
    trees = []
    for how in (["--entropy", "stock"], ["--entropy", "fast"], ["--entropy", "fast", "--verify-decode", "1"], []):
        out = f"out{len(trees)}"
        result = run("--in", "in", "--out", out, "--short-edge", "20", "--jpeg", "80", *how, expect=None, cwd=place)
        if result.status == 2 and "made without ours" in result.err:
            pytest.skip(result.err)
        assert result.status == 0, result.err
        trees.append(tree(place / out))
    assert all(t == trees[0] for t in trees)


def test_entropy_decoding_named_in_the_environment(place):
    words = ("--in", "in", "--out", "out", "--short-edge", "20", "-q")
    refused = run(*words, cwd=place, expect=2, IMGBATCH_ENTROPY="abacus")
    assert "IMGBATCH_ENTROPY takes auto, stock or fast" in refused.err
    run(*words, cwd=place, IMGBATCH_ENTROPY="stock")
    engines = subprocess.run([IMGBATCH, "engines"], env={**ENVIRONMENT, "IMGBATCH_ENTROPY": "stock"}, capture_output=True,
                             text=True, check=True)
    assert "entropy decoding libjpeg-turbo's" in engines.stdout


def test_inverse_dct_is_ours_only_where_it_is_the_librarys_to_the_bit(place):
    """Without its vectors libjpeg-turbo computes otherwise where numbers leave 16 bits: then it does so itself."""
    def engines(**more):
        return subprocess.run([IMGBATCH, "engines"], env={**ENVIRONMENT, **more}, capture_output=True, text=True, check=True).stdout

    if "inverse DCT ours" not in engines():
        pytest.skip("the inverse DCT is libjpeg-turbo's here")
    assert "inverse DCT libjpeg-turbo's: its self-test" in engines(JSIMD_FORCENONE="1")
    assert "inverse DCT libjpeg-turbo's: there are no kernels" in engines(IMGBATCH_ISA="c")
    run("--in", "in", "--out", "ours", "--short-edge", "20", "-q", cwd=place)
    run("--in", "in", "--out", "theirs", "--short-edge", "20", "-q", cwd=place, IMGBATCH_ISA="c")
    assert tree(place / "ours") == tree(place / "theirs")

    # A file whose coefficients leave 16 bits: all that it is quantised by becomes 255.
    (place / "wild").mkdir()
    Image.effect_noise((64, 64), 90).save(place / "wild/a.jpg", quality=90)
    data = bytearray((place / "wild/a.jpg").read_bytes())
    table = data.index(b"\xff\xdb") + 5
    data[table:table + 64] = b"\xff" * 64
    (place / "wild/a.jpg").write_bytes(data)
    trees = {}
    for how in ("fast", "stock"):
        for vectors in ({}, {"JSIMD_FORCENONE": "1"}):
            out = f"{how}{len(vectors)}"
            run("--in", "wild", "--out", out, "--format", "png", "--entropy", how, "-q", cwd=place, **vectors)
            trees[out] = tree(place / out)
    assert trees["fast0"] == trees["stock0"] != trees["stock1"] == trees["fast1"]
