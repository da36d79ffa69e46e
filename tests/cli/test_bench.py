# SPDX-License-Identifier: Apache-2.0
"""The benchmarks that people run do run, and say what they promise to say. No time is judged."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import xml.dom.minidom

import pytest

import command

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"


@pytest.fixture
def photos(tmp_path):
    for seed, (width, height) in enumerate([(320, 240), (240, 320), (300, 300)]):
        command.save(tmp_path / "photos" / f"{seed}.jpg", command.picture(width, height, seed=seed), quality=90)
    return tmp_path / "photos"


def bench(tool, *words, out):
    done = subprocess.run([str(TOOLS / tool), *map(str, words), "--out", str(out)], capture_output=True, text=True,
                          env={**os.environ, "IMGBATCH": command.IMGBATCH}, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def well_formed(folder):
    charts = sorted(folder.glob("*.svg"))
    assert charts
    for path in charts:
        xml.dom.minidom.parse(str(path))


def test_bench_run(photos, tmp_path):
    out = tmp_path / "run"
    bench("bench-run", photos, "--quick", out=out)
    report = json.loads((out / "results.json").read_text())
    assert report["schema"] == 1 and report["machine"]["cpus"] >= 1
    done = {(one["recipe"], one["io"], one["cpu"]) for one in report["results"]}
    assert {(recipe, "sync", cpu) for recipe in ("main", "large", "png") for cpu in ("serial", "threads")} <= done
    for one in report["results"]:
        assert one["pictures"] == 3 and one["wall_s"]["median"] > 0 and one["peak_pss_bytes"] >= 0
    assert set(report["start_ms"]) == {cpu for _, _, cpu in done}
    page = (out / "index.html").read_text()
    assert page.count("<svg") == len(list(out.glob("*.svg"))) and "src=" not in page and "href=" not in page
    well_formed(out)


@pytest.mark.parametrize("recipe", ["cover224", "inside512", "png256"])
def test_bench_peers_with_pillow_alone(photos, tmp_path, recipe):
    out = tmp_path / "peers"
    floor = ["floor"] if recipe != "png256" and shutil.which("cc") else []
    bench("bench-peers", photos, "--recipe", recipe, "--peers", ",".join(["pillow", *floor]), "--images", 3, "--rounds", 1,
          "--workers", 2, out=out)
    report = json.loads((out / f"{recipe}.json").read_text())
    assert [one["name"] for one in report["results"]] == ["imgbatch", "pillow", *floor]
    for one in report["results"]:
        assert one["files"] == 3 and one["wrong"] == 0 and one["bytes"] > 0
    assert "<svg" in (out / f"{recipe}.html").read_text()
    well_formed(out)


def test_a_peer_that_writes_too_little_is_left_out(photos, tmp_path):
    # One picture is cut short: nobody can write it, and the race says so.
    damaged = photos / "1.jpg"
    damaged.write_bytes(damaged.read_bytes()[:2000])
    done = subprocess.run([str(TOOLS / "bench-peers"), str(photos), "--peers", "pillow", "--images", "3", "--rounds", "1",
                           "--out", str(tmp_path / "peers")], capture_output=True, text=True,
                          env={**os.environ, "IMGBATCH": command.IMGBATCH}, timeout=600, check=False)
    assert done.returncode != 0 and "left out: imgbatch" in done.stderr, done.stdout + done.stderr


def test_bench_concurrency(photos, tmp_path):
    out = tmp_path / "docs"
    out.mkdir()
    bench("bench-concurrency", photos, "--quick", out=out)
    text = (out / "CONCURRENCY.md").read_text()
    tables = dict(re.findall(r"<!-- figures: (\w+) -->\n(.*?)<!-- end -->", text, re.S))
    assert set(tables) == {"machine", "warm", "scaling", "cold", "waiting", "flight", "costs", "noise"}
    assert all(table.strip() for table in tables.values())
    for name in ("warm", "waiting", "flight", "costs"):
        assert tables[name].count("\n| ") >= 3
    assert "`sync`" in tables["warm"] and "processes ×" in tables["warm"]
    well_formed(out / "concurrency")
