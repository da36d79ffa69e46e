# SPDX-License-Identifier: Apache-2.0
"""--sandbox as a user meets it: what holds is told, what cannot be had is a warning or exit 3, and bytes are the same.

A kernel or container that refuses the locks is a seccomp filter here, which the command and its workers inherit."""
import ctypes
import errno
import platform
import struct
import subprocess

import pytest

from command import ENVIRONMENT, IMGBATCH, Result, run, save, tree

LANDLOCK_CREATE_RULESET = 444
SECCOMP = {"x86_64": 317, "aarch64": 277}.get(platform.machine())
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2


def refuse(call, error):
    """This process and what it starts get `error` for a system call."""
    libc = ctypes.CDLL(None, use_errno=True)
    lines = [(0x20, 0, 0, 0), (0x15, 0, 1, call), (0x06, 0, 0, 0x00050000 | error), (0x06, 0, 0, 0x7fff0000)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
    program = struct.pack("HP", len(lines), ctypes.addressof(code))
    assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    assert libc.prctl(PR_SET_SECCOMP, FILTER, ctypes.c_char_p(program), 0, 0) == 0


def run_without(*words, expect=0):
    """As run(), where the kernel has no Landlock and the container refuses seccomp."""
    def before():
        refuse(LANDLOCK_CREATE_RULESET, errno.ENOSYS)
        refuse(SECCOMP, errno.EPERM)
    done = subprocess.run([IMGBATCH, *words], capture_output=True, env=ENVIRONMENT, timeout=60, check=False,
                          preexec_fn=before)
    result = Result(done)
    assert result.status == expect, f"exit {result.status}\n{result.err}"
    return result


def holds():
    text = run("engines").out
    return text.split("sandbox: ")[1].split()[0]


@pytest.fixture
def place(tmp_path):
    for i in range(4):
        save(tmp_path / f"in/{i}.jpg")
    save(tmp_path / "in/p.png")
    return tmp_path


def words(place, *more, out="out"):
    return ["--in", str(place / "in"), "--out", str(place / out), "--short-edge", "20", "--cpu", "processes", *more]


def test_what_holds_is_told(place):
    held = holds()
    result = run(*words(place, "--json", "-v"))
    assert result.summary["sandbox"] == held
    assert f"sandbox of the workers: {held}" in result.err
    text = run(*words(place, out="again")).err
    assert f"processes x {result.summary['workers']}, sandbox: {held}" in text or "processes, sandbox" in text
    assert "--sandbox auto" not in text or held != "seccomp+landlock"


def test_off_is_told_and_gives_the_same_bytes(place):
    result = run(*words(place, "--json", "--sandbox", "off", out="off"))
    assert result.summary["sandbox"] == "none" and "--sandbox" not in result.err
    run(*words(place))
    assert tree(place / "off") == tree(place / "out")


def test_other_engines_have_none(place):
    result = run("--in", str(place / "in"), "--out", str(place / "out"), "--cpu", "threads", "--json")
    assert "sandbox" not in result.summary


def test_require_holds_or_the_run_does_not_begin(place):
    whole = holds() == "seccomp+landlock"
    for engine in ("processes", "auto"):
        result = run(*words(place, "--cpu", engine, "--sandbox", "require", out=engine), expect=0 if whole else 3)
        assert whole or "--sandbox require" in result.err


def test_require_is_refused_with_engines_that_have_none(place):
    result = run(*words(place, "--cpu", "threads", "--sandbox", "require"), expect=2)
    assert "--sandbox require goes with --cpu processes" in result.err
    assert not (place / "out").exists()


@pytest.mark.skipif(not SECCOMP, reason="no number for seccomp() here")
def test_auto_goes_on_without_and_says_so(place):
    result = run_without(*words(place, "--json"))
    assert result.summary["sandbox"] == "none" and result.summary["ok"] == 5
    assert result.err.count("--sandbox auto: workers are not wholly locked in here: seccomp: Operation not permitted; "
                            "Landlock: this kernel has none") == 1
    assert "sandbox: none (seccomp: Operation not permitted; Landlock: this kernel has none)" in \
        run_without("engines").out


@pytest.mark.skipif(not SECCOMP, reason="no number for seccomp() here")
@pytest.mark.parametrize("engine", ["processes", "auto"])
def test_require_without_is_exit_3(place, engine):
    result = run_without(*words(place, "--cpu", engine, "--sandbox", "require"), expect=3)
    assert result.err.count("seccomp") == 1 and "E_ENGINE: --sandbox require, and workers cannot be locked in here: " \
        "seccomp: Operation not permitted; Landlock: this kernel has none" in result.err
    assert tree(place / "out") == {}
