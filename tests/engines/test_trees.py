# SPDX-License-Identifier: Apache-2.0
"""Defends the promise: the same inputs, recipe and seed give the same bytes and the same verdict for
each file, whichever engines run, with however many workers.

Walks the engine tables as `imgbatch engines` prints them, so a new engine is covered by being listed.
The tree holds good images of every kind and broken ones of every kind. In a build with ThreadSanitizer the openmp
engine is left out: gcc's OpenMP runtime is not built with it, and what it does inside looks like races. Every pair runs
there too, but with one number of workers each, and of the corpus some files stand for all.
"""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

import pytest

IMGBATCH = os.environ["IMGBATCH"]
TESTDATA = pathlib.Path(os.environ["IMGBATCH_TESTDATA"])
SANITIZED = os.environ.get("IMGBATCH_SANITIZE", "")
CORPUS = os.environ.get("IMGBATCH_CORPUS", "")
WORKERS = (1, 2, 7)
SANITIZED_MOST = 40  # files of a folder that a build with sanitizers looks at, but never all: it takes ten times the time
RECIPES = {
    "main-job": ["--short-edge", "96", "--crop", "64x64"],
    "random": ["--random-resized-crop", "48", "--hflip", "--copies", "3", "--seed", "7"],
    "augment": ["--random-short-edge", "40,56,72,max-size=160", "--some-of",
                "2 [random-apply 0.7 [hflip | color-jitter 0.4,0.4,0.4,0.1] | autoaugment cifar10 | random-noise 4]",
                "--random-affine", "20,translate=0.1,0.1,shear=5", "--coarse-dropout", "0.7,value=random",
                "--random-jpeg", "30,90",
                "--one-of", "weights=3,2,1 [randaugment | trivial-augment-wide | photometric-distort]",
                "--five-crop", "32", "--seed", "11"],
    "png": ["--resize", "80x60!", "--format", "png", "--metadata", "all",
            "--on-collision", "suffix"],
}


def engines(kind):
    """Names of the engines of a kind ("io", "cpu") that can run here."""
    text = subprocess.run([IMGBATCH, "engines"], check=True, capture_output=True, text=True).stdout
    names = []
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 3 and words[0] == "--" + kind and words[2] == "yes":
            names.append(words[1])
    if SANITIZED == "thread" and "openmp" in names:
        names.remove("openmp")
    return names


def tree(root):
    """Every file below root with the hash of its bytes, but for what is the tool's own."""
    found = {}
    for path in sorted(os.fsencode(root) + b"/" + p for p in walk(os.fsencode(root))):
        name = os.path.relpath(path, os.fsencode(root))
        if not name.startswith(b".imgbatch"):
            with open(path, "rb") as file:
                found[name] = hashlib.sha256(file.read()).hexdigest()
    return found


def walk(root):
    for folder, _, files in os.walk(root):
        for file in files:
            yield os.path.relpath(os.path.join(folder, file), root)


def run(inputs, out, options):
    command = [IMGBATCH, "--in", *map(str, inputs), "--out", str(out), "--json", *options]
    done = subprocess.run(command, capture_output=True)
    assert done.returncode in (0, 1), done.stderr.decode(errors="replace")
    verdicts, summary = {}, None
    for line in done.stdout.splitlines():
        said = json.loads(line)
        if said["type"] == "summary":
            summary = said
        else:
            name = said.get("in_b64", said["in"])
            assert name not in verdicts, f"{name} was told twice"
            verdicts[name] = (said["status"], said.get("code"), said.get("stage"), said.get("detail"),
                              sorted(said.get("warnings", [])))
    assert summary["listed"] == len(verdicts)
    assert summary["listed"] == sum(
        summary[k] for k in ("ok", "failed", "ignored", "skipped", "not_attempted"))
    return verdicts, summary


def spread(where, some, step):
    """Every so many files below `where`, copied to `some`."""
    for file in sorted(walk(where))[::step]:
        to = os.path.join(some, file)
        os.makedirs(os.path.dirname(to), exist_ok=True)
        shutil.copyfile(os.path.join(where, file), to)
    return some


def corpus(folder, tmp_path):
    """A folder of the corpus; with sanitizers, files spread over it."""
    where = pathlib.Path(CORPUS) / folder
    if not SANITIZED:
        return where
    return spread(where, tmp_path / "some", max(2, -(-len(list(walk(where))) // SANITIZED_MOST)))


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """The test pictures; every other one with ThreadSanitizer, which looks at threads and not at pictures."""
    if SANITIZED != "thread":
        return TESTDATA
    some = tmp_path_factory.mktemp("inputs") / "some"
    return pathlib.Path(os.fsdecode(spread(os.fsencode(TESTDATA), os.fsencode(some), 2)))


PAIRS = [(io, cpu) for io in engines("io") for cpu in engines("cpu")]


def test_tables_are_not_empty():
    assert ("sync", "serial") in PAIRS
    assert len(engines("cpu")) >= 3 and len(engines("io")) >= 2


@pytest.fixture(scope="module")
def oracle(inputs, tmp_path_factory):
    """What sync and serial make of each recipe."""
    made = {}
    for name, recipe in RECIPES.items():
        out = tmp_path_factory.mktemp("oracle") / "out"
        verdicts, summary = run([inputs], out, [*recipe, "--io", "sync", "--cpu", "serial"])
        made[name] = (tree(out), verdicts)
        assert summary["ok"] > 20 and summary["failed"] > 5, "the test's own tree is too tame"
        assert len(made[name][0]) == summary["outputs"]
    return made


@pytest.mark.parametrize("io,cpu", PAIRS, ids=lambda e: e)
@pytest.mark.parametrize("recipe", RECIPES)
def test_same_bytes_and_verdicts(inputs, oracle, tmp_path, io, cpu, recipe):
    expected_tree, expected_verdicts = oracle[recipe]
    for workers in WORKERS if recipe == "main-job" and not SANITIZED else (WORKERS[PAIRS.index((io, cpu)) % 3],):
        out = tmp_path / f"out{workers}"
        verdicts, _ = run([inputs], out,
                          [*RECIPES[recipe], "--io", io, "--cpu", cpu, "-j", str(workers)])
        assert verdicts == expected_verdicts, f"{io} x {cpu} -j {workers}"
        assert tree(out) == expected_tree, f"{io} x {cpu} -j {workers}"
        assert not list((out / ".imgbatch").glob("tmp/*"))


@pytest.mark.parametrize("io,cpu", PAIRS, ids=lambda e: e)
def test_a_drawn_recipe_has_a_longest_text(tmp_path, io, cpu):
    """One of a little less than 1 MiB goes through, and is replayed; of a longer one each image is told, and no worker dies."""
    (tmp_path / "in").mkdir()
    for name in ("a.png", "b.png"):
        (tmp_path / "in" / name).write_bytes((TESTDATA / "good/sizes/1x1.png").read_bytes())
    line = "perspective " + ",".join(["1.0001234567891234", "0.0001234567891234"] * 4) + "\n"
    verdicts = {}
    for count in (1, 5000, 9000):
        (tmp_path / "recipe").write_text(line * count)
        verdicts[count], _ = run([tmp_path / "in"], tmp_path / f"out{count}",
                                 ["--recipe", str(tmp_path / "recipe"), "--sidecar", "--io", io, "--cpu", cpu, "-j", "2"])
    one = (tmp_path / "out1/a.png.recipe").stat().st_size
    long = (tmp_path / "out5000/a.png.recipe").stat().st_size
    assert (long - one) // 4999 * 9000 > 1 << 20 > long > 1 << 19, "the test's own numbers"
    assert {v[0] for v in verdicts[5000].values()} == {"ok"}
    said = {v[:3] for v in verdicts[9000].values()}
    assert said == {("failed", "E_OPERATION", "draw")} and not tree(tmp_path / "out9000")
    assert all("are allowed" in v[3] for v in verdicts[9000].values())
    replay = subprocess.run([IMGBATCH, "replay", str(tmp_path / "out5000/a.png")], capture_output=True, check=True)
    assert b"identical" in replay.stdout


def test_order_of_files_means_nothing(inputs, oracle, tmp_path):
    """Draws follow an output's name, so the same files listed backwards give the same bytes."""
    names = sorted(walk(inputs), reverse=True)
    (tmp_path / "names").write_bytes(b"".join(os.fsencode(name) + b"\0" for name in names))
    out = tmp_path / "out"
    command = [IMGBATCH, "--files-from", str(tmp_path / "names"), "-0", "--root", str(inputs), "--out", str(out),
               *RECIPES["augment"], "--io", "threads", "--cpu", "threads", "-j", "7", "-q"]
    assert subprocess.run(command, capture_output=True).returncode in (0, 1)
    assert tree(out) == oracle["augment"][0]


def test_another_seed_gives_other_pictures(inputs, oracle, tmp_path):
    run([inputs], tmp_path / "out", [*RECIPES["augment"], "--seed", "12"])
    other, before = tree(tmp_path / "out"), oracle["augment"][0]
    assert len({name for name in before if other.get(name) != before[name]}) > 0.8 * len(before)


@pytest.mark.skipif(not os.path.isdir(CORPUS), reason="IMGBATCH_CORPUS is not set: no corpus here")
@pytest.mark.parametrize("folder", ["photos-jpeg", "photos-png"])
def test_corpus_photos_have_no_failure(tmp_path, folder):
    verdicts, summary = run([corpus(folder, tmp_path)], tmp_path / "out",
                            ["--short-edge", "256", "--crop", "224x224", "--cpu", "processes"])
    assert summary["failed"] == 0 and summary["ok"] == summary["listed"], verdicts
    assert summary["ok"] > (10 if SANITIZED else 20)


@pytest.mark.skipif(not os.path.isdir(CORPUS), reason="IMGBATCH_CORPUS is not set: no corpus here")
@pytest.mark.parametrize("folder", ["pngsuite", "jpeg-odd", "orientation", "fuzz-seeds"])
def test_corpus_broken_sets_are_accounted_for(tmp_path, folder):
    """Same verdicts and bytes from every pair; nothing crashes, nothing is missing."""
    where = corpus(folder, tmp_path)
    expected = None
    # Each engine once is enough for sanitizers.
    few = {("sync", "serial"), ("threads", "threads"), ("event", "processes"), ("threads", "openmp")}
    for io, cpu in [pair for pair in PAIRS if not SANITIZED or pair in few]:
        out = tmp_path / f"{io}-{cpu}"
        verdicts, summary = run([where], out, ["--resize", "64x64>", "--io", io, "--cpu", cpu, "-j", "2"])
        assert summary["not_attempted"] == 0
        crashed = [name for name, v in verdicts.items() if v[1] == "E_CRASH"]
        assert not crashed
        if expected is None:
            expected = (verdicts, tree(out))
        assert (verdicts, tree(out)) == expected, f"{io} x {cpu}"
