# SPDX-License-Identifier: Apache-2.0
"""Defends the page that --html FILE writes about a run: it is there whatever became of the run, what it says is what happened,
its pictures are those of the files, made by a worker, and the command it shows makes the same run.

How it looks is tests/browser's business.
"""
import base64
import html
import io
import os
import pathlib
import re
import shlex
import shutil
import signal
import stat
import subprocess
import time

import numpy as np
import pytest
from command import ENVIRONMENT, IMGBATCH, picture, pixels, run, save, tree
from PIL import Image


@pytest.fixture
def place(tmp_path):
    for i in range(8):
        save(tmp_path / f"in/{i}.png", picture(90 + i, 60, seed=i))
    data = save(tmp_path / "in/cut.jpg", picture(300, 200), quality=95).read_bytes()
    (tmp_path / "in/cut.jpg").write_bytes(data[:len(data) // 2])
    (tmp_path / "in/empty.jpg").write_bytes(b"")
    (tmp_path / "in/notes.txt").write_text("no picture\n")
    return tmp_path


def heading(page):
    return html.unescape(re.search("<h1>(.*?)</h1>", page.read_text(encoding="utf-8")).group(1))


def text_of(markup):
    return html.unescape(re.sub("<[^>]*>", "", markup))


def part(page, name):
    """One section; None: there is none."""
    found = re.search(f'<section id="{name}">.*?</section>', page.read_text(encoding="utf-8"), re.S)
    return found and found.group(0)


def figures(page):
    """The sheet of a page, or of a part of one: each output's name with its picture."""
    found = {}
    text = page.read_text(encoding="utf-8") if isinstance(page, pathlib.Path) else page or ""
    for figure in re.findall("<figure>(.*?)</figure>", text, re.S):
        name = text_of(re.search('<span class="name">(.*?)</span><span class="form">', figure, re.S).group(1))
        data = re.search('src="data:image/jpeg;base64,([^"]*)"', figure)
        found[name] = Image.open(io.BytesIO(base64.b64decode(data.group(1)))).convert("RGB") if data else None
    return found


def shows(place, text):
    """The names on a sheet, each with the picture of that file."""
    shown = figures(text)
    for name, small in shown.items():
        made, kept = (np.asarray(i.resize((9, 6), Image.BOX)).astype(int) for i in (pixels(place / "out" / name), small))
        assert np.abs(made - kept).max() < 6, name
    return set(shown)


def command_of(page):
    text = page.read_text(encoding="utf-8")
    return shlex.split(html.unescape(re.search("as a command</h3>\n<pre>(.*?)</pre>", text, re.S).group(1)))


def temporaries(place):
    return [name for name in os.listdir(place) if name.endswith(".tmp")]


def test_a_run_with_failures(place):
    run("--in", "in", "--out", "out", "--flip", "h", "--html", "page.html", expect=1, cwd=place)
    text = (place / "page.html").read_text(encoding="utf-8")
    assert heading(place / "page.html") == "8 of 10 images done, 2 failed"
    for word in ("E_TRUNCATED", "cut.jpg", "ends in scan 1 of 1", "E_EMPTY", "empty.jpg", "notes.txt", "8 files",
                 "flip h", "libjpeg-turbo", "seed"):
        assert word in text, word
    assert shows(place, place / "page.html") == {f"{i}.png" for i in range(8)}
    assert all(small.size == (90 + int(name[0]), 60) for name, small in figures(place / "page.html").items())
    cut = text[text.index("E_TRUNCATED"):]
    assert cut.index("data:image/jpeg") < cut.index("cut.jpg</span>"), "what there is of it is shown"
    assert "http:" not in text.replace("http://www.w3.org/2000/svg", "") and "https:" not in text
    assert temporaries(place) == []


def test_large_ones_are_made_small(tmp_path):
    save(tmp_path / "in/large.jpg", picture(800, 400), quality=90)
    save(tmp_path / "in/clear.png", Image.new("RGBA", (20, 40), (255, 0, 0, 0)))
    run("--in", "in", "--out", "out", "--html", "page.html", cwd=tmp_path)
    shown = figures(tmp_path / "page.html")
    assert shown["large.jpg"].size == (160, 80) and shown["clear.png"].size == (20, 40)


def test_the_same_sample_from_all_engines(tmp_path):
    for i in range(70):
        save(tmp_path / f"in/{i:02}.png", picture(20, 20, seed=i))
    kept = []
    for io_engine, cpu_engine in (("sync", "serial"), ("threads", "threads"), ("event", "processes"), ("sync", "openmp")):
        out = f"out-{cpu_engine}"
        done = run("--in", "in", "--out", out, "--html", f"{out}.html", "--io", io_engine, "--cpu", cpu_engine,
                   expect=None, cwd=tmp_path)
        if done.status == 3 and "E_ENGINE" in done.err:
            continue
        assert done.status == 0, done.err
        kept.append({name: small.tobytes() for name, small in figures(tmp_path / f"{out}.html").items()})
    assert len(kept) >= 2 and len(kept[0]) == 48 and all(one == kept[0] for one in kept)


def test_nothing_to_do(place):
    words = ("--in", "in", "--include", "*.png", "--out", "out", "--html", "page.html")
    run(*words, cwd=place)
    assert heading(place / "page.html") == "8 images done"
    run(*words, cwd=place)
    assert heading(place / "page.html") == "Nothing to do: all is up to date"
    assert figures(part(place / "page.html", "sheet")) == {}
    assert shows(place, part(place / "page.html", "there")) == {f"{i}.png" for i in range(8)}


def test_what_was_there_already_stands_apart(place):
    """A run that goes on, with several outputs of an image, one of which is a stranger's: never a mask or a sidecar."""
    words = ("--in", "in", "--out", "out", "--copies", "3", "--random-crop", "40", "--sidecar", "--html", "page.html")
    run(*words, "--include", "[0-4].png", cwd=place)
    made = {name for name in tree(place / "out") if name.endswith(".png")}
    assert len(made) == 15 and part(place / "page.html", "there") is None
    save(place / "out/5.0.png", Image.new("RGB", (30, 20), "red"))
    run(*words, "--include", "[0-7].png", "--if-exists", "skip", cwd=place)
    now = {name for name in tree(place / "out") if name.endswith(".png")}
    there = shows(place, part(place / "page.html", "there"))
    assert len(there) == 5 and {name[0] for name in there} == set("01234") and there <= made
    assert shows(place, part(place / "page.html", "sheet")) == now - made - {"5.0.png"}
    text = part(place / "page.html", "there")
    assert "What was there already" in text and "drawn recipe" in text and "picked by a hash" not in text


def test_many_that_were_there_are_a_sample(tmp_path):
    for i in range(70):
        save(tmp_path / f"in/{i:02}.png", picture(90, 60, seed=i))
    run("--in", "in", "--out", "out", cwd=tmp_path)
    run("--in", "in", "--out", "out", "--html", "page.html", cwd=tmp_path)
    assert len(shows(tmp_path, part(tmp_path / "page.html", "there"))) == 24
    assert "24 of 70 skipped images, one output of each, picked by a hash" in (tmp_path / "page.html").read_text()


def test_a_dry_run_decodes_nothing(place):
    run("--in", "in", "--include", "*.png", "--out", "out", "--dry-run", "--html", "page.html", cwd=place)
    assert heading(place / "page.html") == "8 images would be done"
    assert figures(place / "page.html") == {} and not (place / "out").exists()


def test_the_shown_command_makes_the_same_run(place):
    odd = place / "it's\n\xff"
    (place / "in").rename(odd)
    run("--in", odd.name, "--exclude", "cut*", "--exclude", "empty*", "--out", "out", "--one-of",
        "[flip h | rotate90 cw]", "--random-resized-crop", "32,scale=0.3,0.9", "--no-auto-orient", "--seed", "5",
        "--format", "png", "--filter", "bicubic", "--html", "page.html", cwd=place)
    expected = tree(place / "out")
    shutil.rmtree(place / "out")
    text = (place / "page.html").read_text(encoding="utf-8")
    said = html.unescape(re.search("as a command</h3>\n<pre>(.*?)</pre>", text, re.S).group(1))
    assert said.startswith("imgbatch ")
    done = subprocess.run(["bash", "-c", shlex.quote(IMGBATCH) + said.removeprefix("imgbatch")], cwd=place,
                          capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert len(expected) == 8 and tree(place / "out") == expected


def test_defaults_and_choices_are_listed(place):
    run("--in", "in", "--include", "*.png", "--out", "out", "--quality", "77", "--io", "sync", "--cpu", "serial",
        "--html", "page.html", cwd=place)
    rows = dict(re.findall("<td><code>--([a-z-]+)</code></td><td>(.*?)</td>", (place / "page.html").read_text()))
    assert rows["quality"] == "77" and rows["cpu"] == "serial" and rows["metadata"] == "icc"
    assert rows["jobs"].startswith("auto: ") and rows["max-pixels"] == "100M" and rows["prune"] == "no"
    assert " in flight), cpu serial (" in (place / "page.html").read_text()
    assert "--quality 77" in " ".join(command_of(place / "page.html"))


def test_what_cannot_be_replaced_is_refused_before_anything_is_written(place):
    os.mkfifo(place / "fifo")
    for name in ("fifo", "in"):
        done = run("--in", "in", "--out", "out", "--html", name, expect=3, cwd=place)
        assert "E_WRITE" in done.err and name in done.err
        assert not (place / "out").exists()
    assert stat.S_ISFIFO(os.stat(place / "fifo").st_mode)


@pytest.mark.parametrize("name", ["in/1.png", "in/cut.jpg", "in/notes.txt"])
def test_what_is_no_page_is_not_replaced_by_one(place, name):
    before = (place / name).read_bytes()
    done = run("--in", "in", "--out", "out", "--html", name, expect=3, cwd=place)
    assert "E_WRITE" in done.err and name in done.err
    assert not (place / "out").exists() and (place / name).read_bytes() == before


@pytest.mark.parametrize("text", ["", "\n <!DOCTYPE HTML>\n", "<html lang=en>"])
def test_a_page_or_nothing_is_replaced(place, text):
    (place / "page.html").write_text(text)
    run("--in", "in", "--include", "*.png", "--out", "out", "--html", "page.html", cwd=place)
    assert heading(place / "page.html") == "8 images done"


def test_a_page_that_cannot_be_written_costs_nothing_else(place):
    (place / "file").write_text("in the way")
    words = ("--in", "in", "--include", "*.png", "--out", "out", "--json")
    done = run(*words, "--html", "file/page.html", expect=3, cwd=place)
    assert "E_WRITE" in done.err and "file/page.html" in done.err
    assert done.summary["ok"] == 8 and len(tree(place / "out")) == 8
    assert run(*words, cwd=place).summary["skipped"] == 8


def test_a_refused_run_leaves_the_page_of_the_last_one(place):
    (place / "page.html").write_text("<html>of an earlier run")
    run("--in", "nowhere", "--out", "out", "--html", "page.html", expect=2, cwd=place)
    run("--in", "in", "--out", "in/out", "--html", "page.html", expect=2, cwd=place)
    assert (place / "page.html").read_text() == "<html>of an earlier run"


def test_a_run_that_is_refused_once_it_has_its_folder(place):
    save(place / "more/1.png", picture(20, 20))
    run("--in", "in", "more", "--out", "out", "--html", "page.html", expect=2, cwd=place)
    text = (place / "page.html").read_text(encoding="utf-8")
    assert heading(place / "page.html") == "Nothing done: two inputs would write one name"
    assert "E_NAMES" in text and "goes on from here" not in text


def test_damaged_ones_are_shown(place):
    run("--in", "in", "--include", "cut.jpg", "--out", "out", "--keep-damaged", "--html", "page.html", cwd=place)
    text = (place / "page.html").read_text(encoding="utf-8")
    assert heading(place / "page.html") == "1 image done" and "What was damaged" in text and "What failed" not in text
    assert text.count("data:image/jpeg") == 2, "what came in, and what was made"


def test_too_many_failures(place):
    run("--in", "in", "--out", "out", "--max-failures", "0", "--cpu", "serial", "--io", "sync", "--html", "page.html",
        expect=4, cwd=place)
    text = (place / "page.html").read_text(encoding="utf-8")
    assert heading(place / "page.html").startswith("Ended early: ") and "E_FAILURES" in text


def test_a_stopped_run(tmp_path):
    first = save(tmp_path / "in/000.jpg", picture(700, 500).resize((2100, 1500)), quality=90)
    for i in range(1, 120):
        shutil.copyfile(first, tmp_path / f"in/{i:03}.jpg")
    process = subprocess.Popen([IMGBATCH, "--in", "in", "--out", "out", "--random-crop", "200", "--html", "page.html"],
                               cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until = time.monotonic() + 20
    while not (tmp_path / "out").exists() or len(os.listdir(tmp_path / "out")) < 8:
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=20)
    assert process.returncode == 130, stderr
    assert re.match(r"Stopped: \d+ of 120 images done", heading(tmp_path / "page.html"))
    assert "The same command goes on from here" in (tmp_path / "page.html").read_text()


def test_no_worker_no_pictures(place):
    """This process decodes nothing by itself: where workers cannot run a second time the page has no pictures."""
    (place / "once").write_text("#!/bin/sh\n[ -e used ] && exit 1\n: > used\nexec "
                                f"{shlex.quote(os.environ['IMGBATCH_BUILD'])}/imgbatch-worker \"$@\"\n")
    (place / "once").chmod(0o755)
    run("--in", "in", "--include", "*.png", "--out", "out", "--cpu", "processes", "--worker", "./once", "--html",
        "page.html", cwd=place)
    assert heading(place / "page.html") == "8 images done"
    assert list(figures(place / "page.html").values()) == [None] * 8
