# SPDX-License-Identifier: Apache-2.0
"""Defends that an output can be made again from what was recorded, and that a sidecar says enough to do so."""
import os
import shutil
import subprocess

import pytest
from command import TESTDATA, picture, run, save, tree

RANDOM = ("--random-resized-crop", "40", "--hflip", "--vflip", "0.3", "--copies", "3", "--seed", "7")


@pytest.fixture
def place(tmp_path):
    for i in range(4):
        save(tmp_path / f"in/{'sub/' * (i % 2)}{i}.png", picture(64 + i, 48, seed=i))
    save(tmp_path / "in/photo.jpg", picture(90, 70, seed=9), quality=95)
    return tmp_path


def outputs(top):
    return [name for name in tree(top) if not name.endswith(".recipe")]


def replays_all(place, out="out"):
    names = outputs(place / out)
    assert names
    for name in names:
        assert "identical" in run("replay", f"{out}/{name}", cwd=place).out
        made = subprocess.run([os.environ["IMGBATCH"], "replay", f"{out}/{name}", "-o", "-"], cwd=place,
                              stdout=subprocess.PIPE, check=True).stdout
        assert made == (place / out / name).read_bytes()
    return names


@pytest.mark.parametrize("words", [
    RANDOM,
    (*RANDOM, "--format", "jpeg", "--quality", "71", "--subsampling", "444", "--optimize", "--progressive"),
    (*RANDOM, "--background", "#123456", "--filter", "box", "--png-level", "1", "--metadata", "all"),
    ("--resize", "30x30!", "--decode", "scaled"),
    ("--resize", "20x20", "--decode", "scaled", "--copies", "2"),
    (),
])
def test_every_output_is_made_again(place, words):
    save(place / "in/large.jpg", picture(700, 500, seed=3))
    run("--in", "in", "--out", "out", "-q", *words, cwd=place)
    replays_all(place)


def test_damaged_deep_and_turned_ones_too(tmp_path):
    run("--in", TESTDATA, "--out", "out", "-q", "--keep-damaged", "--depth", "keep", "--no-auto-orient",
        "--crop", "16x12", "--copies", "2", expect=None, cwd=tmp_path)
    assert len(replays_all(tmp_path)) > 50


def test_outputs_of_an_older_run_keep_their_settings(place):
    run("--in", "in", "--out", "out", "-q", *RANDOM, cwd=place)
    before = tree(place / "out")
    save(place / "in/new.png", picture(50, 50, seed=5))
    run("--in", "in/new.png", "--out", "out", "-q", "--flip", "h", "--seed", "99", cwd=place)
    assert len(replays_all(place)) == len(before) + 1


def test_a_lost_output_is_made_again(place):
    run("--in", "in", "--out", "out", "-q", *RANDOM, cwd=place)
    lost = place / "out/sub/1-2.png"
    bytes_then = lost.read_bytes()
    shutil.rmtree(place / "out/sub")
    assert "gone" in run("replay", "out/sub/1-2.png", expect=1, cwd=place).out
    run("replay", "out/sub/1-2.png", "-o", "again.png", cwd=place)
    assert (place / "again.png").read_bytes() == bytes_then
    assert [p.name for p in place.iterdir() if p.is_file()] == ["again.png"]


def test_a_changed_output_differs(place):
    run("--in", "in", "--out", "out", "-q", *RANDOM, cwd=place)
    with open(place / "out/0-0.png", "ab") as file:
        file.write(b"x")
    out = run("replay", "out/0-0.png", expect=1, cwd=place).out
    assert "differs" in out and "changed it" in out


def test_the_ledger_is_found_from_below_and_through_links(place):
    run("--in", "in", "--out", "out", "-q", *RANDOM, cwd=place)
    (place / "link").symlink_to("out/sub")
    assert "identical" in run("replay", "1-0.png", cwd=place / "out/sub").out
    assert "identical" in run("replay", "../sub/1-0.png", cwd=place / "out/sub").out
    assert "identical" in run("replay", "link/1-0.png", cwd=place).out
    assert "identical" in run("replay", place / "out/sub/1-0.png", cwd="/").out


def test_names_follow_the_true_extension_and_the_template(place):
    shutil.copy(place / "in/0.png", place / "in/liar.jpg")
    run("--in", "in", "--out", "out", "-q", "--sidecar", "--name", "{dir}/{stem}-{w}-{hash8}.{ext}", "--on-collision",
        "suffix", *RANDOM[:-4], cwd=place)
    names = replays_all(place)
    assert any(name.startswith("liar-40-") and name.endswith(".png") for name in names)
    assert sorted(f"{name}.recipe" for name in names) == [n for n in tree(place / "out") if n.endswith(".recipe")]


def test_what_cannot_be_replayed_says_why(place):
    run("--in", "in", "--out", "out", "-q", "--sidecar", "--copies", "2", cwd=place)
    assert "E_NOTHING" in run("replay", "in/0.png", expect=2, cwd=place).err
    assert "not in the ledger" in run("replay", "out/none.png", expect=2, cwd=place).err
    assert "no image" in run("replay", "out/0-0.png.recipe", expect=2, cwd=place).err
    os.utime(place / "in/0.png")
    assert "E_CHANGED" in run("replay", "out/0-0.png", expect=1, cwd=place).err
    (place / "in/0.png").unlink()
    assert "E_VANISHED" in run("replay", "out/0-1.png", expect=1, cwd=place).err
    assert "E_WRITE" in run("replay", "out/sub/1-0.png", "-o", "in/sub/1.png/no", expect=3, cwd=place).err


def test_another_version_is_warned_of(place):
    run("--in", "in", "--out", "out", "-q", cwd=place)
    subprocess.run(["python3", "-c", "import sqlite3; c = sqlite3.connect('out/.imgbatch/ledger.sqlite'); "
                    "c.execute(\"UPDATE run SET version = '0.0.1'\"); c.commit()"], cwd=place, check=True)
    result = run("replay", "out/0.png", cwd=place)
    assert "written by imgbatch 0.0.1" in result.err and "identical" in result.out


@pytest.mark.parametrize("words", [
    [], ["a", "b"], ["-o"], ["-o", "x"], ["--frob", "x"], ["--sidecar", "x"], ["--in", "x"],
    ["a", "--sidecar", "x", "--in", "y"],
])
def test_wrong_words(tmp_path, words):
    assert run("replay", *words, expect=2, cwd=tmp_path).err.startswith("imgbatch: ")


# --- sidecars ---

def test_a_sidecar_is_a_recipe_that_makes_its_output(place):
    run("--in", "in", "--out", "out", "-q", "--sidecar", *RANDOM, cwd=place)
    names = outputs(place / "out")
    assert sorted(tree(place / "out")) == sorted(names + [f"{name}.recipe" for name in names])
    for name in names:
        source = f"in/{name.rsplit('-', 1)[0]}.{name.rsplit('.', 1)[1]}"
        recipe = place / f"out/{name}.recipe"
        assert f'how "{name}" was made' in recipe.read_text()
        run("--in", source, "--out", "one", "-q", "--recipe", recipe, cwd=place)
        assert (place / "one" / os.path.basename(source)).read_bytes() == (place / "out" / name).read_bytes()
        assert "identical" in run("replay", "--sidecar", recipe, "--in", source, cwd=place).out
        shutil.rmtree(place / "one")


def test_a_sidecar_needs_no_ledger_but_its_input(place):
    run("--in", "in", "--out", "out", "-q", "--sidecar", "--format", "jpeg", "--quality", "40", *RANDOM, cwd=place)
    shutil.rmtree(place / "out/.imgbatch")
    shutil.move(place / "in/photo.jpg", place / "elsewhere")
    words = ("--sidecar", "out/photo-1.jpg.recipe", "--in")
    assert "identical" in run("replay", *words, "elsewhere", cwd=place).out
    run("replay", *words, "elsewhere", "-o", "again.jpg", cwd=place)
    assert (place / "again.jpg").read_bytes() == (place / "out/photo-1.jpg").read_bytes()
    assert "E_CHANGED" in run("replay", *words, "in/0.png", expect=1, cwd=place).err
    assert "E_VANISHED" in run("replay", *words, "in/photo.jpg", expect=1, cwd=place).err
    (place / "out/photo-1.jpg.recipe").write_text("flip h\n")
    assert "not a sidecar" in run("replay", *words, "elsewhere", expect=2, cwd=place).err


@pytest.mark.parametrize("setting", ["worker=/bin/true", "out=/tmp", "masks=m", "in=x", "files-from=x", "frob=1"])
def test_a_sidecar_sets_nothing_but_what_outputs_depend_on(place, setting):
    run("--in", "in", "--out", "out", "-q", "--sidecar", cwd=place)
    sidecar = place / "out/0.png.recipe"
    sidecar.write_text(sidecar.read_text().replace("# settings: ", f"# settings: {setting} "))
    result = run("replay", "--sidecar", sidecar, "--in", "in/0.png", expect=3, cwd=place)
    assert "E_LEDGER" in result.err and setting in result.err


def test_sidecars_are_resumed_and_pruned_like_outputs(place):
    words = ("--in", "in", "--out", "out", *RANDOM)
    run(*words, "-q", cwd=place)
    before = tree(place / "out")
    first = run(*words, "--sidecar", "--json", cwd=place).summary
    assert first["outputs"] == 2 * len(before)
    after = tree(place / "out")
    assert {n: after[n] for n in before} == before and len(after) == 2 * len(before)
    assert run(*words, "--sidecar", "--json", cwd=place).summary["skipped"] == 5
    (place / "out/0-1.png.recipe").unlink()
    assert run(*words, "--sidecar", "--json", cwd=place).summary["ok"] == 1
    assert tree(place / "out") == after
    run(*words, "-q", "--prune", cwd=place)
    assert tree(place / "out") == before


def test_a_strangers_file_is_not_overwritten(place):
    (place / "out").mkdir()
    (place / "out/0.png.recipe").write_text("mine")
    result = run("--in", "in", "--out", "out", "--json", "--sidecar", expect=1, cwd=place)
    assert result.images["0.png"]["code"] == "E_EXISTS"
    assert (place / "out/0.png.recipe").read_text() == "mine"


def test_a_sidecar_and_an_output_of_one_name_collide(place):
    save(place / "in/0.png.recipe", picture(), format="PNG")
    result = run("--in", "in", "--out", "out", "--sidecar", "--name", "{dir}/{name}", expect=2, cwd=place)
    assert "E_NAMES" in result.err and not (place / "out/0.png").exists()


def test_a_name_with_no_room_for_a_sidecar_is_that_images_failure(place):
    save(place / f"in/{'x' * 250}.png")
    result = run("--in", "in", "--out", "out", "--json", "--sidecar", expect=1, cwd=place)
    assert result.summary["failed"] == 1 and result.summary["ok"] == 5
    run("--in", "in", "--out", "other", "-q", cwd=place)


@pytest.mark.parametrize("io", ["sync", "threads", "event"])
@pytest.mark.parametrize("cpu", ["serial", "processes"])
def test_all_engines_write_the_same_sidecars(place, io, cpu):
    words = ("--in", "in", "-q", "--sidecar", *RANDOM[:-4], "--copies", "19", "-j", "2")
    run(*words, "--out", "oracle", "--io", "sync", "--cpu", "serial", cwd=place)
    done = run(*words, "--out", "out", "--io", io, "--cpu", cpu, expect=None, cwd=place)
    if done.status == 3 and "E_ENGINE" in done.err:
        pytest.skip(done.err)
    assert done.status == 0 and tree(place / "out") == tree(place / "oracle")


def test_odd_names_stay_one_line(place):
    os.rename(os.fsencode(place / "in/0.png"), os.fsencode(place) + b"/in/a\nb;\xff.png")
    run("--in", "in", "--out", "out", "-q", "--sidecar", "--flip", "h", cwd=place)
    name = os.fsdecode(b"a\nb;\xff.png")
    assert len((place / "out" / f"{name}.recipe").read_text().splitlines()) == 6
    assert "identical" in run("replay", f"out/{name}", cwd=place).out
    assert "identical" in run("replay", "--sidecar", f"out/{name}.recipe", "--in", f"in/{name}", cwd=place).out
