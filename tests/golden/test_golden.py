# SPDX-License-Identifier: Apache-2.0
"""Outputs are the golden ones, to the level, as `imgbatch compare` itself says. tools/update-golden changes them."""
import os
import pathlib
import subprocess

import outputs
import pytest

HERE = pathlib.Path(__file__).resolve().parent
IMGBATCH = os.environ.get("IMGBATCH", "imgbatch")
TESTDATA = os.environ.get("IMGBATCH_TESTDATA", "testdata/generated")


@pytest.fixture(scope="module", params=["c", ""])
def made(request, tmp_path_factory):
    """By portable C, and by the best kernels of this machine."""
    top = tmp_path_factory.mktemp("golden")
    before = dict(os.environ)
    if request.param:
        os.environ["IMGBATCH_ISA"] = request.param
    try:
        outputs.make(IMGBATCH, TESTDATA, top)
    finally:
        os.environ.clear()
        os.environ.update(before)
    return top


def compare(*words):
    return subprocess.run([IMGBATCH, "compare", *words], capture_output=True, text=True, check=False)


def test_small_outputs(made):
    done = compare(HERE / "images", made / "small")
    assert done.returncode == 0, done.stderr


def test_large_outputs_by_hash(made):
    done = compare("--hashes", HERE / "pixels.hashes", made / "large")
    assert done.returncode == 0, done.stderr


def test_a_changed_level_is_noticed(made, tmp_path):
    from PIL import Image
    path = made / "small/cover/valley.png"
    image = Image.open(path)
    r, g, b = image.getpixel((20, 20))
    image.putpixel((20, 20), (r, g, b ^ 1))
    image.save(tmp_path / "valley.png")
    done = compare(HERE / "images/cover/valley.png", tmp_path / "valley.png")
    assert done.returncode == 1 and "off by one level in 1 pixel" in done.stderr


def test_every_golden_has_its_recipe():
    """A golden that nothing makes any more is missing from the actual ones; this names it without a run."""
    assert {path.name for path in (HERE / "images").iterdir()} == set(outputs.recipes())
