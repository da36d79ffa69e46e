# SPDX-License-Identifier: Apache-2.0
"""Defends how a command line is read: commands, options, their values, and what a wrong word is answered with."""
import re

import pytest
from command import run, save, tree


def test_bare_command_says_how_to_use_it():
    result = run(expect=2)
    assert result.out == ""
    assert result.err.startswith("usage: imgbatch")


def test_help_fits_on_two_screens():
    result = run("--help")
    lines = result.out.splitlines()
    assert result.err == ""
    assert len(lines) <= 100
    assert max(map(len, lines)) <= 100


def operations():
    return re.findall(r"^  ([a-z][a-z0-9-]*)(?: .*)?$", run("ops").out, re.M)


def test_help_names_every_option_operation_and_status():
    text = run("--help").out
    words = text.split()
    for name in [*operations(), "filter", "gravity", "background"]:
        assert name in words
    for name in ("in", "out", "quality", "io", "cpu", "jobs", "memory", "json", "recipe"):
        assert f"--{name}" in text
    for status in ("0", "1", "2", "3", "4", "130, 143"):
        assert f". {status}: " in " ".join(words)


@pytest.mark.parametrize("command", ["run", "status", "info", "ops", "engines"])
def test_help_of_a_command(command):
    assert command in run(command, "--help").out
    assert run(command, "-h").out == run(command, "--help").out


def test_every_operation_has_its_own_help():
    names = operations()
    assert "crop" in names and "resize" in names
    for name in names:
        text = run("ops", name).out
        assert text.startswith(f"--{name}")
        assert len(text.splitlines()) >= 3
    assert run("ops", "--crop").out == run("ops", "crop").out
    assert "did you mean crop?" in run("ops", "corp", expect=2).err


def test_version():
    assert re.fullmatch(r"imgbatch \d+\.\d+\.\d+\n", run("--version").out)


def test_engines_tells_all_of_both_kinds():
    text = run("engines").out
    for word in ("--io sync", "--io threads", "--cpu serial", "--cpu threads", "libjpeg", "libpng"):
        assert word in text


@pytest.mark.parametrize("typed, meant", [
    ("--qualty", "--quality"),
    ("--crpo", "--crop"),
    ("--short-egde", "--short-edge"),
    ("--no-auto-orientt", "--no-auto-orient"),
    ("--qual", "--quality"),  # never taken for what it abbreviates
    ("--print-recip", "--print-recipe"),
    ("--fliter", "--filter"),
    ("--jsno=1", "--json"),
])
def test_unknown_option_names_the_nearest(typed, meant):
    result = run("--in", ".", typed, expect=2)
    assert result.out == ""
    assert f"did you mean {meant}?" in result.err


def test_unknown_option_near_to_nothing():
    assert "--help" in run("--zzzzzzzzzzzz", expect=2).err


def test_unknown_command():
    assert "did you mean status?" in run("statis", expect=2).err
    assert "--in" in run("/", expect=2).err


@pytest.mark.parametrize("words", [
    ["--in", ".", "--out"],  # value missing
    ["--in", ".", "--out", "--json"],
    ["--in"],
    ["--out", "x"],  # no input
    ["--in", "."],  # no output
    ["--in", ".", "--out", "x", "--quality", "101"],
    ["--in", ".", "--out", "x", "--quality", "ninety"],
    ["--in", ".", "--out", "x", "--format", "gif"],
    ["--in", ".", "--out", "x", "--progress", "maybe"],
    ["--in", ".", "--out", "x", "--progressive=perhaps"],
    ["--in", ".", "--out", "x", "--json=yes"],
    ["--in", ".", "--out", "x", "--no-quality"],
    ["--in", ".", "--out", "x", "--crop"],
    ["--in", ".", "--out", "x", "--crop", "ten"],
    ["--in", ".", "--out", "x", "--crop", "9x9; flip h"],
    ["--in", ".", "--out", "x", "--name", "{nonsense}"],
    ["--in", ".", "--out", "x", "-x"],
    ["--out", "x", "stray", "--in", "."],
    ["status"],
    ["status", "a", "b"],
    ["info"],
    ["engines", "now"],
])
def test_wrong_usage_is_told_on_stderr_and_writes_nothing(tmp_path, words):
    save(tmp_path / "a.png")
    result = run(*words, expect=2, cwd=tmp_path)
    assert result.out == ""
    assert result.err.startswith("imgbatch: ")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.png"]


def test_values_behind_an_equals_sign_and_letters(tmp_path):
    save(tmp_path / "in/a.png")
    run("--in=in", "--out=out", "--crop=9x9", "-j2", "-j", "2", "--cpu=serial", "-q", cwd=tmp_path)
    assert list(tree(tmp_path / "out")) == ["a.png"]


def test_in_takes_words_up_to_the_next_option(tmp_path):
    for name in ("one/a.png", "two/b.png", "c.png"):
        save(tmp_path / name)
    run("--in", "one", "two", "c.png", "--out", "out", "-q", cwd=tmp_path)
    assert sorted(tree(tmp_path / "out")) == ["a.png", "b.png", "c.png"]


def test_behind_two_dashes_are_inputs(tmp_path):
    save(tmp_path / "-j.png")
    save(tmp_path / "--in.png")
    run("--out", "out", "-q", "--", "-j.png", "--in.png", cwd=tmp_path)
    assert sorted(tree(tmp_path / "out")) == ["--in.png", "-j.png"]


def test_a_switch_behind_an_operation_without_value(tmp_path):
    save(tmp_path / "in/a.png")
    run("--in", "in", "--out", "out", "--rotate180", "-q", "--transpose", "-j", "1", cwd=tmp_path)
    assert run("--print-recipe", "--rotate180", "-v").out == "rotate180\n"
    assert '"-10"' in run("--print-recipe", "--rotate180", "-10", expect=2).err  # a value, not a letter


def test_many_words(tmp_path):
    names = [f"{i:05}.png" for i in range(20000)]
    result = run("--in", *names, "--out", "out", "--print-recipe", cwd=tmp_path)
    assert result.status == 0


@pytest.mark.parametrize("words", [
    ["--cr\x1b[31mp\n"],
    ["--in", ".", "--out", "x", "--quality", "\x1b[31m9\n0"],
    ["--crop", "\x1b[31m9"],
    ["--recipe", "\x1b[31mnone\n"],
    ["comm\x1b[31mand\n"],
    ["ops", "\x1b[31m\n"],
    ["--in", "\x1b[31m", "--out", "x"],
    ["status", "\x1b[31m\n"],
])
def test_odd_words_are_escaped_in_messages(tmp_path, words):
    result = run(*words, expect=2, cwd=tmp_path)
    assert "\x1b" not in result.err and result.err.count("\n") == 1


def test_two_readers_of_standard_input_are_refused():
    assert "standard input" in run("--recipe", "-", "--files-from", "-", "--out", "x", expect=2).err
