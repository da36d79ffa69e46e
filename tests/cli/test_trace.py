# SPDX-License-Identifier: Apache-2.0
"""Defends the trace: well-formed events of Chrome's format, rows with names, bars that nest and never overlap."""
import json
import os
from decimal import Decimal

import pytest
from command import picture, run, save

IMAGES = 20
PAIRS = (("sync", "serial"), ("threads", "processes"), ("event", "threads"), ("threads", "openmp"))


@pytest.fixture
def place(tmp_path):
    for i in range(IMAGES):
        save(tmp_path / f"in/{i:02}.jpg", picture(200, 150, seed=i))
    return tmp_path


def events_of(path):
    text = path.read_text(encoding="utf-8")
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def is_time(value):
    return isinstance(value, Decimal) and value >= 0


def check_event(event):
    assert event["ph"] in "MXCi" and event["pid"] >= 1 and event["tid"] >= 1
    assert isinstance(event["name"], str) and event["name"]
    if event["ph"] == "M":
        assert event["name"] in ("process_name", "process_sort_index", "thread_name", "thread_sort_index")
        assert set(event["args"]) == ({"sort_index"} if event["name"].endswith("index") else {"name"})
        return
    assert is_time(event["ts"])
    if event["ph"] == "X":
        assert is_time(event["dur"]) and isinstance(event["args"], dict) and event["cat"]
    elif event["ph"] == "C":
        assert event["args"] and all(is_time(value) for value in event["args"].values())
    else:
        assert event["s"] == "g"


def check_nesting(bars):
    """Each bar lies in the one that is open, or behind it."""
    inside = []
    for bar in sorted(bars, key=lambda bar: (bar["ts"], -bar["dur"])):
        end = bar["ts"] + bar["dur"]
        while inside and inside[-1] <= bar["ts"]:
            inside.pop()
        assert not inside or end <= inside[-1], bar
        inside.append(end)
    return len(bars)


def check(events):
    """All that holds of any trace; bars by their row."""
    rows, named, last = {}, set(), {}
    for event in events:
        check_event(event)
        row = (event["pid"], event["tid"])
        if event["ph"] == "M" and event["name"] == "thread_name":
            assert row not in named
            named.add(row)
        elif event["ph"] == "X":
            rows.setdefault(row, []).append(event)
        elif event["ph"] == "C":
            assert last.setdefault(event["name"], Decimal(0)) <= event["ts"]
            last[event["name"]] = event["ts"]
    assert set(rows) <= named
    assert {int(event["pid"]) for event in events if event["name"] == "process_name"} == {1, 2, 3, 4}
    for bars in rows.values():
        check_nesting(bars)
    return rows


def bars_of(rows, category):
    return [bar for bars in rows.values() for bar in bars if bar["cat"] == category]


@pytest.mark.parametrize("io,cpu", PAIRS)
def test_every_image_has_its_bars(place, io, cpu):
    (place / "in/bad.jpg").write_bytes((place / "in/00.jpg").read_bytes()[:600])
    result = run("--in", "in", "--out", "out", "--short-edge", "64", "--brightness", "1.2", "--io", io, "--cpu", cpu, "-j", "2",
                 "--trace", "trace.json", "--json", expect=None, cwd=place)
    if result.status == 3 and "E_ENGINE" in result.err:
        pytest.skip(result.err)
    assert result.status == 1, result.err
    rows = check(events_of(place / "trace.json"))
    names = {f"{i:02}.jpg" for i in range(IMAGES)}
    assert {bar["name"] for bar in bars_of(rows, "image")} == names | {"bad.jpg"}
    assert {bar["name"] for bar in bars_of(rows, "read")} == names | {"bad.jpg"}
    assert {bar["name"] for bar in bars_of(rows, "write")} == names
    assert {bar["name"] for bar in bars_of(rows, "stage")} == {"plan", "decode", "short-edge", "brightness", "encode"}
    assert [bar["name"] for bar in bars_of(rows, "run")] == ["plan", "open", "work", "end"]
    assert [bar["args"].get("code") for bar in bars_of(rows, "image") if bar["name"] == "bad.jpg"] == [result.images["bad.jpg"]["code"]]
    assert sum(bar["args"]["bytes"] for bar in bars_of(rows, "read")) == result.summary["bytes_in"]
    assert sum(bar["args"]["bytes"] for bar in bars_of(rows, "write")) == result.summary["bytes_out"]
    # Bars are as long as the profile says.
    profile = result.summary["profile"]
    busy = sum(worker[key] for worker in profile["worker_ms"] for key in ("plan", "decode", "operations", "encode"))
    assert float(sum(bar["dur"] for bar in bars_of(rows, "image"))) / 1000 == pytest.approx(busy, abs=0.1)


def test_many_outputs_and_odd_names(place):
    odd = os.fsencode(place / "in") + b"/od\xff\"\n\\d.jpg"
    os.rename(place / "in/00.jpg", odd)
    run("--in", "in", "--out", "out", "--short-edge", "64", "--copies", "40", "--trace", "trace.json", cwd=place)
    rows = check(events_of(place / "trace.json"))
    assert any("\ufffd\"\n\\d" in bar["name"] for bar in bars_of(rows, "image"))
    # More outputs than a reply holds: the image is in hand, and written, more than once.
    assert len(bars_of(rows, "image")) == len(bars_of(rows, "write")) > IMAGES


def test_an_earlier_trace_is_replaced_and_nothing_else(place):
    run("--in", "in", "--out", "out", "--trace", "trace.json", cwd=place)
    check(events_of(place / "trace.json"))
    run("--in", "in/00.jpg", "--out", "one", "--trace", "trace.json", cwd=place)
    assert len(bars_of(check(events_of(place / "trace.json")), "image")) == 1
    image = (place / "in/00.jpg").read_bytes()
    assert "E_WRITE" in run("--in", "in", "--out", "two", "--trace", "in/00.jpg", expect=3, cwd=place).err
    assert (place / "in/00.jpg").read_bytes() == image
    (place / "folder").mkdir()
    assert "E_WRITE" in run("--in", "in", "--out", "two", "--trace", "folder", expect=3, cwd=place).err
    assert not list((place / "two").glob("*.jpg"))


def test_a_trace_that_does_not_fit_is_said(place):
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    # A device is no regular file: it is refused before anything is done.
    assert "E_WRITE" in run("--in", "in", "--out", "out", "--trace", "/dev/full", expect=3, cwd=place).err


def test_outputs_do_not_depend_on_it(place):
    run("--in", "in", "--out", "plain", "--random-resized-crop", "64", "--seed", "7", cwd=place)
    run("--in", "in", "--out", "traced", "--random-resized-crop", "64", "--seed", "7", "--trace", "t", cwd=place)
    run("--in", "in", "--out", "off", "--random-resized-crop", "64", "--seed", "7", cwd=place, IMGBATCH_MEASURE="off")
    for i in range(IMAGES):
        made = {(place / folder / f"{i:02}.jpg").read_bytes() for folder in ("plain", "traced", "off")}
        assert len(made) == 1
    # Nor does what a run knows of an earlier one.
    again = run("--in", "in", "--out", "plain", "--random-resized-crop", "64", "--seed", "7", "--trace", "t", "--json", cwd=place)
    assert again.summary["skipped"] == IMAGES
