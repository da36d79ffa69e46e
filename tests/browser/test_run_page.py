# SPDX-License-Identifier: Apache-2.0
"""Defends the page that `--html FILE` writes about a run, in a real browser: it needs no script and fetches nothing, every picture
is one, names are text, and nothing stands out over the edge of any window, in light and dark.

Screenshots of it are left in IMGBATCH_BUILD/browser, to be looked at.
"""
import os
import pathlib
import re
import shutil
import subprocess

import browser
import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.skipif(bool(browser.missing()), reason=browser.missing())

IMGBATCH = os.environ.get("IMGBATCH", "imgbatch")
SHOTS = pathlib.Path(os.environ.get("IMGBATCH_BUILD", "build/release")) / "browser"

OVER = "document.documentElement.scrollWidth - innerWidth"
NAMES = "[...document.querySelectorAll('.sheet .name')].map(n => n.textContent)"
BROKEN = "[...document.images].filter(i => !i.complete || !i.naturalWidth || !i.alt).length"
WIDTHS = (1280, 800, 420, 320)


def scene(seed, height=150, width=200):
    rng = np.random.default_rng(seed)
    areas = np.kron(rng.integers(20, 235, (height // 50, width // 50, 3)), np.ones((50, 50, 1)))
    return (areas + rng.integers(-9, 9, areas.shape)).clip(0, 255).astype(np.uint8)


def save(path, pixels, **how):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **how)


ODD = ["<img src=x onerror=alert(1)>.png", "a&amp;b\"'.png", "</pre><script>alert(2)</script>.png",
       "\u00e9\u4e2d.png", "line\nbreak.png", "w" * 240 + ".png"]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A run with outputs of several shapes, failures of several kinds, and odd names."""
    place = tmp_path_factory.mktemp("run")
    for i in range(60):
        save(place / f"in/photos/{i // 10}/{i:03}.jpg", scene(i, 100 + 50 * (i % 3), 200), quality=90)
    for i, name in enumerate(ODD):
        save(place / "in/odd" / name, scene(i))
    save(place / "in/large.jpg", scene(99, 1000, 1500), quality=95)
    for i in range(15):
        save(place / f"in/cut/{i:02}.jpg", scene(i, 200, 300), quality=90)
        data = (place / f"in/cut/{i:02}.jpg").read_bytes()
        (place / f"in/cut/{i:02}.jpg").write_bytes(data[:len(data) * (i + 2) // 18])
    (place / "in/nothing.png").write_bytes(b"")
    (place / "in/notes.txt").write_text("no picture")
    shutil.copyfile(place / "in/photos/0/000.jpg", place / "in/photos/really-a.png")
    done = subprocess.run([IMGBATCH, "--in", "in", "--out", "out", "--random-resized-crop", "160x120", "--hflip", "0.5",
                           "--html", "page.html", "-q"], cwd=place, capture_output=True, timeout=120, check=False)
    assert done.returncode == 1, done.stderr
    return place / "page.html"


def test_it_tells_all_without_scripts(page):
    with_scripts, without = (
        browser.drive(page, ("ask", "document.body.innerText"), ("ask", BROKEN), ("ask", NAMES), javaScriptEnabled=on)
        for on in (True, False))
    assert with_scripts == without
    text, broken, names = without
    assert broken == 0 and len(names) == 48
    for word in ("68 of 84 images done, 16 failed", "E_TRUNCATED", "E_EMPTY", "and 3 more", "W_EXT", "photos/really-a.png",
                 "notes.txt", "48 of 68 images", "--random-resized-crop", "libjpeg-turbo", "Images a second",
                 "decoding", "slots in use"):
        assert word in text, word


def test_charts_can_be_told_without_seeing_them(page):
    """Each has a name for a reader of screens, and its numbers as a table."""
    charts, links = browser.drive(
        page, ("ask", "[...document.querySelectorAll('figure.chart')].map(c => [c.querySelector('svg[role=img]') !== null "
               "&& (c.querySelector('svg').getAttribute('aria-label') || c.querySelector('svg > title').textContent), "
               "c.querySelectorAll('table tr').length])"),
        ("ask", "[...document.querySelectorAll('nav a')].filter(a => !document.querySelector(a.getAttribute('href'))).length"))
    assert len(charts) >= 6 and links == 0
    for name, rows in charts:
        assert name and rows >= 2, name


def test_it_prints_on_white(page):
    SHOTS.mkdir(parents=True, exist_ok=True)
    colours = "['backgroundColor', 'color'].map(c => getComputedStyle(document.body)[c])"
    (paper, ink), over = browser.drive(page, ("media", "print"), ("ask", colours), ("size", 700, 1000), ("ask", OVER),
                                       ("shot", SHOTS / "run-print.png"), colorScheme="dark")
    assert paper == "rgb(255, 255, 255)" and max(map(int, re.findall(r"\d+", ink))) < 60 and over == 0


def test_pictures_are_those_of_the_outputs(page):
    """The mean colour of each picture on the sheet is that of the file, which no other picture has."""
    mean = ("[...document.querySelectorAll('.sheet figure')].map(f => { const i = f.querySelector('img'), "
            "c = document.createElement('canvas').getContext('2d'); c.canvas.width = i.naturalWidth; "
            "c.canvas.height = i.naturalHeight; c.drawImage(i, 0, 0); const d = c.getImageData(0, 0, i.naturalWidth, "
            "i.naturalHeight).data, s = [0, 0, 0]; d.forEach((v, k) => { if (k % 4 < 3) s[k % 4] += v; }); "
            "return [f.querySelector('.name').textContent, ...s.map(v => v * 4 / d.length)]; })")
    shown, = browser.drive(page, ("ask", mean))
    looked_at = 0
    for name, *colour in shown:
        path = page.parent / "out" / name
        if path.exists():  # odd names are shown escaped
            made = np.asarray(Image.open(path).convert("RGB")).reshape(-1, 3).mean(axis=0)
            assert np.abs(made - colour).max() < 3, name
            looked_at += 1
    assert looked_at > 40


def test_names_are_text(page):
    """The sandboxed page of odd names alone shows them all."""
    place = page.parent
    done = subprocess.run([IMGBATCH, "--in", "in/odd", "--out", "odd-out", "--html", "odd.html", "-q"], cwd=place,
                          capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    names, = browser.drive(place / "odd.html", ("ask", NAMES))
    expected = [name.replace("\n", "\\x0A").replace('"', "\\x22") for name in ODD[:-1]]
    assert sorted(n for n in names if len(n) < 200) == sorted(expected)
    assert any(n.startswith("w" * 80) for n in names)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_screenshots(page, scheme):
    SHOTS.mkdir(parents=True, exist_ok=True)
    steps = []
    for width in WIDTHS:
        steps += [("size", width, 1000), ("ask", OVER), ("shot", SHOTS / f"run-{scheme}-{width}.png")]
        if width in (1280, 420):
            for section in ("time", "sizes", "failures", "sheet", "settings"):
                steps += [("do", f"document.getElementById('{section}').scrollIntoView()"),
                          ("shot", SHOTS / f"run-{scheme}-{width}-{section}.png"), ("do", "scrollTo(0, 0)")]
    steps += [("do", "document.querySelectorAll('details').forEach(d => d.open = true)"), ("ask", OVER),
              ("size", 1280, 1000), ("ask", OVER)]
    paper, *overs = browser.drive(page, ("ask", "getComputedStyle(document.body).backgroundColor"), *steps,
                                  colorScheme=scheme)
    light = sum(int(v) for v in re.findall(r"\d+", paper)) > 384
    assert light == (scheme == "light") and overs == [0] * (len(WIDTHS) + 2)
