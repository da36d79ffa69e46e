# SPDX-License-Identifier: Apache-2.0
"""Defends the page that `imgbatch compare --html` writes, in a real browser: what it shows is what the files hold, it answers to
pointer and keys, fetches nothing, and can be read without scripts.

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

SHOWN = "[...document.querySelectorAll('.pair:not([hidden]) .name')].map(n => n.textContent)"
OPENED = "[...document.querySelectorAll('.pair[open] .name')].map(n => n.textContent)"
READOUT = "document.querySelector('.readout').textContent"
VIEWER = "document.querySelector('.readout') !== null && document.querySelector('.readout').textContent !== ''"


def level_at(x, y):
    """The stage's colour at shares of its width and height."""
    return (f"(() => {{ const s = document.querySelector('.stage'); return [...s.getContext('2d').getImageData("
            f"Math.floor({x} * s.width), Math.floor({y} * s.height), 1, 1).data]; }})()")


def opens(name):
    """Opens one pair, and waits for its viewer: that of the pair before may still stand for a moment."""
    pair = f"[...document.querySelectorAll('.pair')].find(p => p.querySelector('.name').textContent === {name!r})"
    return ("do", "void [...document.querySelectorAll('.pair')].forEach("
            f"p => p.open = p.querySelector('.name').textContent === {name!r})"), (
                "until", "document.querySelectorAll('.readout').length === 1 && "
                f"!!{pair}.querySelector('.readout')?.textContent")


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def compare(place, *words, status=1):
    page = place / "report.html"
    done = subprocess.run([IMGBATCH, "compare", "golden", "actual", "--html", page, *words], cwd=place,
                          capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == status, done.stderr
    return page


def scene(seed, height=90, width=120):
    """Areas of one colour each, so that places on the screen have colours that are known."""
    rng = np.random.default_rng(seed)
    return np.kron(rng.integers(40, 200, (height // 30, width // 30, 3)), np.ones((30, 30, 1))).astype(np.uint8)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Two trees: one pair of each kind."""
    place = tmp_path_factory.mktemp("trees")

    def both(name, golden, actual):
        save(place / "golden" / name, golden)
        save(place / "actual" / name, actual)

    red, blue = np.full((60, 100, 3), (200, 30, 30), np.uint8), np.full((60, 100, 3), (30, 30, 200), np.uint8)
    both("colours/red-blue.png", red, blue)
    spot = scene(1)
    spot[40, 50] = (250, 130, 7)
    both("spot.png", scene(1), spot)
    clear = np.full((8, 8, 4), (201, 99, 7, 3), np.uint8)
    other = clear.copy()
    other[2, 5] = (202, 99, 7, 3)
    both("clear.png", clear, other)
    deep = np.full((8, 8), 30001, np.uint16)
    deeper = deep.copy()
    deeper[3, 3] = 30002
    both("deep.png", deep, deeper)
    both("size.png", scene(2), scene(2, 60, 60))
    both("same.png", scene(3), scene(3))
    save(place / "golden/gone.png", scene(4))
    save(place / "actual/new.png", scene(5))
    return place


@pytest.fixture(scope="module")
def page(tree):
    return compare(tree)


def test_all_failures_are_shown_worst_first_and_the_others_are_named(page):
    shown, line, passed, head = browser.drive(
        page, ("ask", SHOWN), ("ask", "document.querySelector('.bar output').textContent"),
        ("ask", "[...document.querySelectorAll('.names li')].map(li => li.textContent)"),
        ("ask", "document.querySelector('h1').textContent"))
    assert shown == ["size.png", "colours/red-blue.png", "spot.png", "clear.png", "deep.png", "gone.png", "new.png"]
    assert line == "7 of 7 shown" and passed == ["same.png"] and head == "7 of 8 pairs failed"


def test_filters(page):
    answers = browser.drive(
        page, ("fill", "input[type=search]", "S/RED"), ("ask", SHOWN), ("fill", "input[type=search]", ""),
        ("select", "select[aria-label='any verdict']", "missing"), ("ask", SHOWN),
        ("select", "select[aria-label='any verdict']", ""),
        ("select", "select[aria-label='any cause']", "size"), ("ask", SHOWN),
        ("select", "select[aria-label='any cause']", ""), ("select", "select[aria-label=Order]", "name"), ("ask", SHOWN),
        ("press", "Escape"), ("press", "/"), ("press", "s"), ("press", "a"), ("press", "m"), ("ask", SHOWN),
        ("ask", "document.querySelectorAll('.names li:not([hidden])').length"))
    assert answers == [["colours/red-blue.png"], ["gone.png"], ["size.png"],
                       ["clear.png", "colours/red-blue.png", "deep.png", "gone.png", "new.png", "size.png", "spot.png"],
                       [], 1]


def test_swipe(page):
    left, right, moved, dragged, back = browser.drive(
        page, *opens("colours/red-blue.png"), ("click", "button[data-mode=swipe]"),
        ("ask", level_at(.4, .3)), ("ask", level_at(.6, .3)),
        ("fill", ".swipe", "700"), ("ask", level_at(.6, .3)),
        ("drag", ".stage", [.7, .5], [.3, .5]), ("ask", level_at(.4, .3)),
        ("click", "button[data-mode=side]"), ("ask", level_at(.15, .5)))
    assert left == moved == back == [200, 30, 30, 255]
    assert right == dragged == [30, 30, 200, 255]


def test_blink_and_heat_map(page):
    first, second, third, heat, spot, around = browser.drive(
        page, *opens("colours/red-blue.png"), ("press", "b"), ("ask", level_at(.4, .3)), ("press", "b"),
        ("ask", level_at(.4, .3)), ("press", "b"), ("ask", level_at(.4, .3)),
        ("press", "4"), ("ask", level_at(.4, .3)),
        ("press", "Escape"), *opens("spot.png"), ("press", "d"), ("ask", level_at(.503, .51)),
        ("ask", level_at(.1, .5)))
    assert [first, second, third] == [[30, 30, 200, 255], [200, 30, 30, 255], [30, 30, 200, 255]]
    assert heat == [110, 0, 130, 255]
    assert len(set(around[:3])) == 1 and around[0] >= 200
    assert spot[:3] != around[:3]


def test_it_blinks_by_itself(page):
    red = f"{level_at(.4, .3)}[0] === 200"
    assert browser.drive(page, *opens("colours/red-blue.png"), ("press", "3"), ("until", f"!({red})"), ("until", red),
                         ("until", f"!({red})"), ("ask", red)) == [False]


def test_pixels_keep_their_values(page):
    clear, deep, spot, beside, below = browser.drive(
        page, *opens("clear.png"), ("ask", READOUT), ("press", "Escape"), *opens("deep.png"), ("ask", READOUT),
        ("press", "Escape"), *opens("spot.png"), ("ask", READOUT), ("click", ".stage"), ("press", "d"),
        ("press", "ArrowRight"), ("ask", READOUT), ("press", "Shift+ArrowDown"), ("ask", READOUT))
    assert "x 5, y 2expected 201 99 7 3actual 202 99 7 3difference +1 0 0 0" in clear
    assert "x 3, y 3expected 30001actual 30002difference +1" in deep
    assert "x 50, y 40" in spot and "actual 250 130 7" in spot
    level = " ".join(str(v) for v in scene(1)[40, 51])
    assert f"x 51, y 40expected {level}actual {level}difference 0 0 0" in beside
    assert "x 51, y 50" in below


def test_zoom_shows_pixels_as_squares(page):
    """No colour is made up between two pixels; values stand in the middle of each."""
    def at(dx, dy):
        return (f"(() => {{ const s = document.querySelector('.stage'); return [...s.getContext('2d').getImageData("
                f"s.width / 2 + {dx}, 22 + (s.height - 22) / 2 + {dy}, 1, 1).data]; }})()")

    zoom, inside, beside, above, larger, all_of_it = browser.drive(
        page, *opens("spot.png"), ("press", "2"), ("fill", ".swipe", "0"), ("press", "d"), ("ask", READOUT),
        ("ask", at(-20, -20)), ("ask", at(28, -20)), ("ask", at(-20, -28)),
        ("wheel", ".stage", [.5, .5], -100), ("ask", READOUT), ("press", "0"), ("ask", READOUT))
    plain = [*scene(1)[40, 51].tolist(), 255]
    assert "48\u00d7" in zoom and "64\u00d7" in larger and "64" not in all_of_it
    assert inside == [250, 130, 7, 255] and beside == above == plain


def test_keys(page):
    answers = browser.drive(
        page, ("press", "j"), ("ask", OPENED), ("press", "j"), ("ask", OPENED), ("press", "k"), ("ask", OPENED),
        ("press", "Escape"), ("ask", OPENED), ("press", "?"), ("ask", "document.querySelector('dialog').open"),
        ("press", "Escape"), ("ask", "document.querySelector('dialog').open"), ("press", "j"), ("press", "j"),
        ("until", VIEWER), ("press", "2"), ("ask", "document.querySelector('[aria-pressed=true]').dataset.mode"))
    assert answers == [["size.png"], ["colours/red-blue.png"], ["size.png"], [], True, False, "swipe"]


def test_ignored_pixels_are_no_heat(tree):
    compare(tree, "--ignore", "0,0,50,60", "--include", "colours/*", "--html", "ignored.html")
    ignored, counted = browser.drive(
        tree / "ignored.html", ("until", VIEWER), ("press", "4"), ("ask", level_at(.4, .5)), ("ask", level_at(.6, .5)))
    assert len(set(ignored[:3])) == 1 and counted == [110, 0, 130, 255]


def test_without_scripts_words_and_pictures_are_there(page):
    browser.drive(page, ("click", ".pair:nth-of-type(2) summary"), ("shot", SHOTS / "plain.png"), javaScriptEnabled=False)
    pixels = np.asarray(Image.open(SHOTS / "plain.png").convert("RGB")).reshape(-1, 3)
    for colour in ((200, 30, 30), (30, 30, 200)):  # the opened pair's pictures in full size, beside its small ones
        assert (pixels == colour).all(axis=1).sum() > 10000, colour
    text = page.read_text(encoding="utf-8")
    for word in ("red-blue.png", "6,000 of 6,000 pixels (100%)", "missing", "same.png"):
        assert word in text


def test_names_are_text(tmp_path):
    names = ["<img src=x onerror=alert(1)>.png", "a&amp;b\"'.png", "<noscript><script>alert(2)<noscript>.png",
             "\u00e9\u4e2d.png", "line\nbreak.png"]
    for name in names:
        save(tmp_path / "golden" / name, scene(1))
        save(tmp_path / "actual" / name, scene(2))
    shown, = browser.drive(compare(tmp_path), ("ask", SHOWN))
    assert sorted(shown) == sorted(name.replace('"', "\\x22").replace("\n", "\\x0A") for name in names)


def test_a_thousand_failures_stay_in_bounds(tmp_path):
    """Noise, which does not compress: the page keeps the worst ones whole, and small pictures of all as far as they fit."""
    rng = np.random.default_rng(7)
    noise = rng.integers(0, 240, (96, 100, 3), dtype=np.uint8)
    for i in range(7):
        save(tmp_path / f"actual/{i:03}.png", noise + (i + 1) * rng.integers(0, 2, noise.shape, dtype=np.uint8))
    for i in range(1000):
        if i >= 7:
            shutil.copyfile(tmp_path / f"actual/{i % 7:03}.png", tmp_path / f"actual/{i:03}.png")
        save(tmp_path / "golden/000.png", noise) if i == 0 else \
            shutil.copyfile(tmp_path / "golden/000.png", tmp_path / f"golden/{i:03}.png")
    page = compare(tmp_path)
    assert page.stat().st_size < 80 << 20
    shown, kept, first, found = browser.drive(
        page, ("ask", f"{SHOWN}.length"), ("ask", "document.querySelectorAll('.pair noscript').length"),
        ("do", "void (document.querySelector('.pair').open = true)"), ("until", VIEWER), ("ask", READOUT),
        ("fill", "input[type=search]", "99"), ("ask", f"{SHOWN}.length"))
    assert shown == 1000 and 100 < kept < 1000 and "100\u00d796" in first and found == 19


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_screenshots(page, scheme):
    """Nothing stands out over the edge of a wide or narrow window, and the scheme is the browser's."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    over = "document.documentElement.scrollWidth - innerWidth"
    paper, *overs = browser.drive(
        page, ("ask", "getComputedStyle(document.body).backgroundColor"), ("ask", over),
        ("shot", SHOTS / f"list-{scheme}.png"), *opens("spot.png"),
        ("do", "document.querySelector('.pair[open]').scrollIntoView()"), ("ask", over),
        ("shot", SHOTS / f"pair-{scheme}.png"), ("press", "d"), ("shot", SHOTS / f"values-{scheme}.png"),
        ("press", "0"), ("size", 390, 844), ("ask", over), ("shot", SHOTS / f"narrow-{scheme}.png"), colorScheme=scheme)
    light = sum(int(v) for v in re.findall(r"\d+", paper)) > 384
    assert light == (scheme == "light") and overs == [0, 0, 0]
