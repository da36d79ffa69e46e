# SPDX-License-Identifier: Apache-2.0
"""Defends the manual page and the completions: made from the tables, accepted by what reads them."""
import re
import shutil
import subprocess

import pytest
from command import run

BASH = r"""
source ./completion
try() {
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	_imgbatch
	printf '%s\n' "${COMPREPLY[@]}"
}
try "$@"
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    top = tmp_path_factory.mktemp("documents")
    (top / "completion").write_text(run("--completion", "bash").out)
    (top / "some folder").mkdir()
    (top / "some file").write_text("")
    return top


def complete(place, *words):
    done = subprocess.run(["bash", "--norc", "-c", BASH, "bash", "imgbatch", *words], cwd=place, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.stderr == b""
    return done.stdout.decode().split("\n")[:-1]


@pytest.mark.parametrize("words, expected", [
    (["sta"], ["status"]),
    (["--short"], ["--short-edge"]),
    (["--in", "x", "--no-auto"], ["--no-auto-orient"]),
    (["run", "--in", "x", "--grav"], ["--gravity"]),
    (["--io", ""], ["auto", "sync", "threads", "event"]),
    (["--io", "=", "thr"], ["threads"]),
    (["--filter", "bi"], ["bilinear", "bicubic"]),
    (["--rotate90", ""], ["cw", "ccw"]),
    (["--progress", "al"], ["always"]),
    (["ops", "random-resized"], ["random-resized-crop"]),
    (["status", "some"], ["some folder"]),
    (["preview", "--in", "x", "-o", "some"], ["some file", "some folder"]),
    (["preview", "--short"], ["--short-edge"]),
    (["compare", "--min-p"], ["--min-psnr"]),
    (["compare", "one", "some"], ["some file", "some folder"]),
    (["compare", "one", "two", "--diff-dir", "so"], ["some folder"]),
    (["replay", "some"], ["some file", "some folder"]),
    (["--in", "one", "some"], ["some file", "some folder"]),
    (["--out", "so"], ["some folder"]),
    (["--crop", "2"], []),
])
def test_bash_completes(place, words, expected):
    assert sorted(filter(None, complete(place, *words))) == sorted(expected)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_accept_their_scripts(tmp_path, shell):
    text = run("--completion", shell).out
    for word in ("short-edge", "random-resized-crop", "jobs", "no-auto-orient", "engines", "gravity"):
        assert word in text
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not here")
    (tmp_path / "script").write_text(text)
    subprocess.run([shell, "-n", tmp_path / "script"], check=True)


def test_other_shells_are_refused():
    assert "fish" in run("--completion", "csh", expect=2).err


def test_the_manual_names_everything():
    text = run("--man").out.replace("\\-", "-").replace("\\&", "")
    for name in re.findall(r"--([a-z0-9-]+)", run("--help").out):
        assert f"Fl -{name}" in text or name.startswith("no-") or name == "name", name
    for word in ("E_TRUNCATED", "W_EXT", "IMGBATCH_ISA", "IMGBATCH_WORKER", "NO_COLOR", ".imgbatch", "130"):
        assert word in text


@pytest.mark.skipif(not shutil.which("mandoc"), reason="mandoc is not here")
def test_the_manual_is_clean(tmp_path):
    (tmp_path / "imgbatch.1").write_text(run("--man").out)
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "style", tmp_path / "imgbatch.1"], check=False,
                          stdout=subprocess.PIPE)
    assert done.stdout == b""
