# SPDX-License-Identifier: Apache-2.0
"""Defends that a page about a run which cannot be written costs nothing but itself: the old page is whole, the run's files are done,
its ledger knows them, and the exit status says that something is missing.
"""
import os

import faults
import pytest
from kit import SHIM, tree

PAGE = "page.html"


@pytest.fixture(scope="module")
def batch():
    with faults.batch() as small:
        yield small


def run(batch, fault, *words):
    mark = batch.top / "fired"
    mark.unlink(missing_ok=True)
    # A rename is known by where it goes to; the other calls are on the temporary name.
    path = PAGE if fault.startswith("rename") else f"{PAGE}."
    done = batch.run("out", "--html", PAGE, *words,
                     env={"LD_PRELOAD": str(SHIM), "IMGBATCH_FAULT": fault, "IMGBATCH_FAULT_PATH": path,
                          "IMGBATCH_FAULT_FIRED": str(mark)})
    assert mark.exists(), f"{fault} was never met"
    assert sorted(p.name for p in batch.top.glob(f"{PAGE}*")) == [PAGE], "a temporary file is left"
    return done


@pytest.mark.parametrize("fault, words", [
    ("open:1:13:once", b"Permission denied"), ("write:1:28:on", b"No space left on device"),
    ("close:1:122:once", b"Disk quota exceeded"), ("rename:1:5:once", b"Input/output error"),
])
def test_a_page_that_is_refused(batch, fault, words):
    batch.fresh("out")
    (batch.top / PAGE).write_text("<html>the old one")
    done = run(batch, fault)
    errors = [line for line in done.stderr.splitlines() if line.startswith(b"imgbatch: ")]
    assert done.returncode == 3 and len(errors) == 1 and words in errors[0] and PAGE.encode() in errors[0], done.stderr
    assert (batch.top / PAGE).read_text() == "<html>the old one"
    assert tree(batch.top / "out") == batch.expected
    again = batch.run("out", "--html", PAGE)
    assert again.returncode == 0 and b"Nothing to do" in (batch.top / PAGE).read_bytes()
    assert tree(batch.top / "out") == batch.expected


@pytest.mark.parametrize("fault", ["write:1:0:short", "write:1:4:once", "open:1:4:once"])
def test_what_is_short_or_interrupted_goes_on(batch, fault):
    batch.fresh("out")
    assert run(batch, fault).returncode == 0
    text = (batch.top / PAGE).read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>") and text.endswith("</html>\n")


def test_it_does_not_hide_what_ended_the_run(batch):
    """Two things go wrong: the exit status is the run's, and both are told."""
    batch.fresh("out")
    (batch.top / "in/a/broken.jpg").write_bytes(b"\xff\xd8\xff")
    try:
        done = run(batch, "write:1:28:on", "--max-failures", "0", "--io", "sync", "--cpu", "serial")
    finally:
        os.unlink(batch.top / "in/a/broken.jpg")
    assert done.returncode == 4 and b"E_FAILURES" in done.stderr, done.stderr
    assert PAGE.encode() in done.stderr and b"No space left on device" in done.stderr
