# SPDX-License-Identifier: Apache-2.0
"""Defends every verdict: each file of the generated test data, good or broken, becomes what its manifest says."""
import base64
import json
import os

import pytest
from command import TESTDATA, accounts_add_up, run, tree

pytestmark = pytest.mark.skipif(not (TESTDATA / "MANIFEST.json").exists(), reason="no test data (tools/make-testdata)")


def manifest():
    files = json.loads((TESTDATA / "MANIFEST.json").read_text())["files"]
    return {base64.b64decode(f["path_b64"]) if "path_b64" in f else f["path"].encode(): f for f in files}


def by_name(objects):
    images = {}
    for o in objects:
        if o["type"] == "image":
            images[base64.b64decode(o["in_b64"]) if "in_b64" in o else o["in"].encode()] = o
    return images


def verdict(image):
    return image["code"] if image["status"] == "failed" else image["status"]


def check(result, check_warnings=True):
    images, expected = by_name(result.objects), manifest()
    images.pop(b"MANIFEST.json", None)
    assert sorted(images) == sorted(expected)
    wrong = [f"{name}: {verdict(images[name])}, not {f['expect']}: {images[name].get('detail')} ({f['what']})"
             for name, f in expected.items() if verdict(images[name]) != f["expect"]]
    if check_warnings:
        wrong += [f"{name}: {sorted(images[name].get('warnings', []))}, not {f['warnings']} ({f['what']})"
                  for name, f in expected.items()
                  if f["expect"] == "ok" and sorted(images[name].get("warnings", [])) != f["warnings"]]
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp("testdata") / "out"
    words = ["--in", TESTDATA, "--out", out, "--json", "--on-collision", "suffix", "--check", "full"]
    return out, words, run(*words, expect=1)


def test_every_verdict(whole):
    check(whole[2])


def test_the_accounts_add_up(whole):
    out, _, result = whole
    summary = result.summary
    accounts_add_up(summary)
    statuses = [o["status"] for o in result.objects[:-1]]
    assert summary["listed"] == len(statuses)
    for status in ("ok", "failed", "ignored", "skipped"):
        assert summary[status] == statuses.count(status)
    written = [output for o in result.objects[:-1] for output in o.get("outputs", [])]
    assert summary["outputs"] == len(written) == len(tree(out))
    assert {f["expect"] for f in manifest().values()} >= {"ok", "ignored", "E_EMPTY", "E_TRUNCATED", "E_CORRUPT"}


def test_inputs_are_never_touched(whole):
    for name, f in manifest().items():
        assert os.stat(os.path.join(os.fsencode(TESTDATA), name)).st_size == f["bytes"]


def test_a_second_run_tries_failures_only(whole):
    _, words, first = whole
    again = run(*words, expect=1)
    assert again.summary["skipped"] == first.summary["ok"]
    assert again.summary["failed"] == first.summary["failed"]
    assert again.summary["outputs"] == 0


def test_the_same_verdicts_in_workers(tmp_path):
    check(run("--in", TESTDATA, "--out", tmp_path / "out", "--json", "--on-collision", "suffix", "--check", "full",
              "--cpu", "processes", "-j", "2", "--short-edge", "100", expect=1))


def test_damaged_ones_on_request(whole, tmp_path):
    before = by_name(whole[2].objects)
    result = run("--in", TESTDATA, "--out", tmp_path / "out", "--json", "--on-collision", "suffix", "--check", "full",
                 "--keep-damaged", expect=None)
    accounts_add_up(result.summary)
    assert result.summary["damaged"] > 0
    for name, image in by_name(result.objects).items():
        if image["status"] == "damaged":
            assert before[name]["code"] in ("E_TRUNCATED", "E_CORRUPT") and image["outputs"]
            assert "W_DAMAGED" in image["warnings"]
