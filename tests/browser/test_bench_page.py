# SPDX-License-Identifier: Apache-2.0
"""Defends the page that `imgbatch bench --html` writes, in a real browser: it shows what the JSON beside it says, its table can be
sorted, charts have their numbers, nothing is fetched, and it can be read without scripts.

Screenshots of it are left in IMGBATCH_BUILD/browser, to be looked at.
"""
import json
import os
import pathlib
import re
import subprocess

import browser
import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.skipif(bool(browser.missing()), reason=browser.missing())

IMGBATCH = os.environ.get("IMGBATCH", "imgbatch")
SHOTS = pathlib.Path(os.environ.get("IMGBATCH_BUILD", "build/release")) / "browser"

COLUMN = "[...document.querySelectorAll('.all tbody tr')].map(r => r.cells[{}] ? r.cells[{}].textContent : '')"


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A page and the JSON of the same bench."""
    place = tmp_path_factory.mktemp("bench")
    rng = np.random.default_rng(1)
    (place / "in").mkdir()
    for i in range(8):
        Image.fromarray(rng.integers(0, 255, (60 + 9 * i, 90, 3), np.uint8)).save(place / f"in/{i}.jpg")
    done = subprocess.run([IMGBATCH, "bench", "--in", "in", "--resize", "40x40", "--hflip", "--time", "14", "--html",
                           "bench.html", "--json", "bench.json", "--simulate-latency", "5"], cwd=place,
                          capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    return place / "bench.html", json.loads((place / "bench.json").read_text())


def shown(value):
    """A rate as the page has it."""
    if value >= 99.95 or round(value, 1) == round(value):
        return f"{int(value + .5):,}"
    return None  # rounding of tenths is not repeated here


def test_it_says_what_the_json_says(measured):
    page, result = measured
    head, best, sections, rows, images = browser.drive(
        page, ("ask", "document.querySelector('h1').textContent"),
        ("ask", "[...document.querySelectorAll('.best code')].map(c => c.textContent)"),
        ("ask", "[...document.querySelectorAll('section[id]')].map(s => s.id)"),
        ("ask", "document.querySelectorAll('.all tbody tr').length"),
        ("ask", "[...document.querySelectorAll('.all tbody tr')].map(r => r.cells[4].dataset.value ?? '')"))
    assert head == "Which engines for these images"
    assert rows == len(result["cells"])
    winners = [c for c in result["cells"] if c.get("best")]
    assert sorted(best) == sorted(f"--io {c['io']} --cpu {c['cpu']} -j {c['workers']}" for c in winners)
    assert set(sections) == {c["store"] for c in result["cells"] if c["rounds"]}
    assert [float(v) if v else None for v in images] == \
        [c["median"] if c["rounds"] else None for c in result["cells"]]


def test_the_matrix_marks_the_best(measured):
    page, result = measured
    marked, = browser.drive(page, ("ask", "[...document.querySelectorAll('.matrix .first b')].map(b => b.textContent)"))
    full = [c for c in result["cells"] if c.get("best") and c["workers"] == max(
        d["workers"] for d in result["cells"] if (d["io"], d["cpu"]) == (c["io"], c["cpu"]))]
    assert len(marked) == len(full)
    wanted = [shown(c["median"]) for c in full]
    assert all(w is None or w in marked for w in wanted)


def test_a_click_sorts(measured):
    page, _ = measured
    down, up, names, state = browser.drive(
        page, ("click", ".all th:nth-child(5) button"), ("ask", COLUMN.format(4, 4)),
        ("click", ".all th:nth-child(5) button"), ("ask", COLUMN.format(4, 4)),
        ("click", ".all th:nth-child(2) button"), ("ask", COLUMN.format(1, 1)),
        ("ask", "document.querySelector('.all th:nth-child(2)').getAttribute('aria-sort')"))
    numbers = [float(v.replace(",", "")) for v in down if re.fullmatch(r"[\d.,]+", v)]
    back = [float(v.replace(",", "")) for v in up if re.fullmatch(r"[\d.,]+", v)]
    assert numbers == sorted(numbers, reverse=True) and back == sorted(numbers)
    assert all(re.fullmatch(r"[\d.,]+", v) for v in down[:len(numbers)])  # what has no figure stays last
    assert names == sorted(names) and state == "ascending"


def test_charts_have_their_numbers(measured):
    page, _ = measured
    charts, labelled, tables, hints = browser.drive(
        page, ("ask", "document.querySelectorAll('figure.chart svg').length"),
        ("ask", "document.querySelectorAll('figure.chart svg[role=img][aria-label]').length"),
        ("ask", "document.querySelectorAll('figure.chart details table').length"),
        ("ask", "[...document.querySelectorAll('figure.chart rect title')].map(t => t.textContent)"))
    assert charts >= 1 and charts == labelled == tables
    assert any(re.match(r".+ \u00d7 .+: [\d,.]+ images/s$", hint) for hint in hints)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_screenshots(measured, scheme):
    """Nothing stands out over the edge of a wide or narrow window, bars are seen, and the scheme is the browser's."""
    page, _ = measured
    SHOTS.mkdir(parents=True, exist_ok=True)
    over = "document.documentElement.scrollWidth - innerWidth"
    paper, *overs, bar = browser.drive(
        page, ("ask", "getComputedStyle(document.body).backgroundColor"), ("ask", over),
        ("shot", SHOTS / f"bench-{scheme}.png"), ("size", 390, 844), ("ask", over),
        ("shot", SHOTS / f"bench-narrow-{scheme}.png"),
        ("ask", "getComputedStyle(document.querySelector('figure.chart rect')).fill"), colorScheme=scheme)
    assert (sum(int(v) for v in re.findall(r"\d+", paper)) > 384) == (scheme == "light")
    assert overs == [0, 0] and bar not in ("rgb(0, 0, 0)", "none", paper)


def test_without_scripts(measured):
    page, result = measured
    browser.drive(page, ("shot", SHOTS / "bench-plain.png"), javaScriptEnabled=False)
    text = page.read_text(encoding="utf-8")
    assert "hflip" in text and all(c["cpu"] in text for c in result["cells"])
    assert "src=" not in text.replace("img-src", "") and "@import" not in text
