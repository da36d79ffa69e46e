# SPDX-License-Identifier: Apache-2.0
"""Defends the two streams: stdout carries what was asked for, whole or with exit status 3; the rest goes to stderr."""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios

import pytest
from command import ENVIRONMENT, IMGBATCH, accounts_add_up, picture, run, save, tree


@pytest.fixture
def place(tmp_path):
    for i in range(6):
        save(tmp_path / f"in/{i}.png", picture(seed=i))
    (tmp_path / "in/bad.png").write_bytes(b"")
    return tmp_path


def test_without_json_stdout_is_empty(place):
    result = run("--in", "in", "--out", "out", expect=1, cwd=place)
    assert result.out == ""
    assert 'imgbatch: "bad.png": E_EMPTY: ' in result.err
    assert "6 ok" in result.err and "1 failed" in result.err
    assert "imgbatch: imgbatch:" not in result.err


def test_json_is_one_object_a_line(place):
    result = run("--in", "in", "--out", "out", "--json", expect=1, cwd=place)
    images = result.images
    assert len(images) == 7 and len(result.objects) == 8
    assert images["bad.png"]["code"] == "E_EMPTY" and images["bad.png"]["status"] == "failed"
    assert images["0.png"]["bytes_in"] == (place / "in/0.png").stat().st_size
    assert images["0.png"]["outputs"][0]["bytes"] == (place / "out/0.png").stat().st_size
    assert set(images["0.png"]["ms"]) == {"read", "work", "write"}
    assert result.summary["schema"] == 1
    accounts_add_up(result.summary)


def test_quiet_tells_failures_only(place):
    lines = run("--in", "in", "--out", "out", "-q", expect=1, cwd=place).err.splitlines()
    assert len(lines) == 1 and "E_EMPTY" in lines[0]


def test_verbose_tells_what_was_chosen(place):
    verbose = run("--in", "in", "--out", "out", "-v", expect=1, cwd=place).err
    usual = run("--in", "in", "--out", "two", expect=1, cwd=place).err
    assert "--cpu" in verbose or "cpu" in verbose
    assert len(verbose.splitlines()) > len(usual.splitlines())


def test_twenty_lines_a_kind_then_a_count(tmp_path):
    (tmp_path / "in").mkdir()
    for i in range(33):
        (tmp_path / f"in/{i}.png").write_bytes(b"")
    lines = run("--in", "in", "--out", "out", expect=1, cwd=tmp_path).err.splitlines()
    assert sum('": E_EMPTY: ' in line for line in lines) == 20
    assert "imgbatch: E_EMPTY: 13 more, 33 in all" in lines


@pytest.mark.parametrize("words", [
    ["--help"], ["--version"], ["ops"], ["ops", "crop"], ["engines"], ["--man"], ["--completion", "bash"],
    ["--print-recipe", "--crop", "9x9"], ["info", "in/0.png"], ["status", "done"], ["status", "done", "--json"],
    ["--in", "in", "--exclude", "bad*", "--out", "out", "--json"],
    ["--in", "in", "--exclude", "bad*", "--out", "out", "--dry-run"],
])
def test_a_stdout_that_cannot_be_written_is_exit_status_3(place, words):
    run("--in", "in", "--exclude", "bad*", "--out", "done", "-q", cwd=place)
    reader, closed = os.pipe()
    os.close(reader)
    full = os.open("/dev/full", os.O_WRONLY)
    for stdout in (full, closed):
        done = subprocess.run([IMGBATCH, *words], cwd=place, env=ENVIRONMENT, stdout=stdout,
                              stderr=subprocess.PIPE, check=False)
        assert done.returncode == 3, done.stderr
        assert b"standard output" in done.stderr
    os.close(full)
    os.close(closed)


def test_no_file_becomes_a_closed_stdout(place):
    done = subprocess.run(["sh", "-c", '"$0" "$@" >&- 2>&- <&-', IMGBATCH, "--in", "in", "--out", "out", "--json"],
                          cwd=place, env=ENVIRONMENT, check=False)
    assert done.returncode == 3
    result = run("--in", "in", "--out", "out", "--json", expect=1, cwd=place)
    accounts_add_up(result.summary)
    assert json.loads(run("status", "out", "--json", cwd=place).out)["failed"] == 1


def on_terminal(place, *words, columns=80, status=1, **env):
    """What a terminal of so many columns gets on stderr."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {**ENVIRONMENT, "TERM": "xterm", **env}
    with subprocess.Popen([IMGBATCH, *words], cwd=place, env=environment, stdout=subprocess.PIPE,
                          stderr=slave) as process:
        os.close(slave)
        text = b""
        try:
            while piece := os.read(master, 65536):
                text += piece
        except OSError:
            pass  # the terminal's other end is closed
        process.communicate()
    os.close(master)
    assert process.returncode == status, text
    return text.decode()


def test_a_progress_line_on_a_terminal(place):
    for columns in (40, 120):
        text = on_terminal(place, "--in", "in", "--out", f"out{columns}", columns=columns)
        assert "\r" in text
        for piece in re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;]*[mK]", "", text)):
            if "/" in piece and "imgbatch" not in piece and "listed" not in piece and " in " not in piece:
                assert len(piece) < columns
    assert re.search(r"\r\x1b\[K(\x1b\[31m)?imgbatch: ", text) or "imgbatch: " in text


def test_progress_never_and_dumb_terminals_and_colours(place):
    assert "\x1b[K" not in on_terminal(place, "--in", "in", "--out", "a", "--progress", "never")
    assert "\x1b" not in on_terminal(place, "--in", "in", "--out", "b", TERM="dumb")
    assert "\x1b[31m" in on_terminal(place, "--in", "in", "--out", "c")
    assert "\x1b[3" not in on_terminal(place, "--in", "in", "--out", "d", NO_COLOR="1")


def test_progress_into_a_log_is_whole_lines(place):
    result = run("--in", "in", "--out", "out", "--progress", "always", expect=1, cwd=place)
    assert "\r" not in result.err and "\x1b" not in result.err


def test_a_reader_that_left_stops_the_run(tmp_path):
    first = save(tmp_path / "in/0.png", picture(400, 300))
    for i in range(1, 200):
        os.link(first, tmp_path / f"in/{i}.png")
    words = ["--in", "in", "--out", "out", "--json", "--cpu", "serial"]
    reader, closed = os.pipe()
    os.close(reader)
    done = subprocess.run([IMGBATCH, *words], cwd=tmp_path, env=ENVIRONMENT, stdout=closed,
                          stderr=subprocess.PIPE, check=False)
    os.close(closed)
    assert done.returncode == 3
    assert 0 < len(tree(tmp_path / "out")) < 200
    again = run(*words, cwd=tmp_path)
    accounts_add_up(again.summary)
    assert len(tree(tmp_path / "out")) == 200
