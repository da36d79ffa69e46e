# SPDX-License-Identifier: Apache-2.0
"""`imgbatch compare` says what a difference looks like. tools/check-explain does the same with 500 alterations and more."""
import sys
from pathlib import Path

import numpy
import pytest
from PIL import ImageFilter

from command import IMGBATCH, TESTDATA

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools/compare"))
import alterations  # noqa: E402

SEED = 20
PHOTOS = sorted((TESTDATA / "photos").rglob("*.jpg"))

pytestmark = pytest.mark.skipif(not PHOTOS, reason="no test data (tools/make-testdata)")


def test_alterations_are_explained(tmp_path):
    wanted = alterations.make(tmp_path, 60, SEED, PHOTOS)
    right, wrong = alterations.judge(IMGBATCH, tmp_path, wanted)
    assert len(right) >= 0.95 * len(wanted), (SEED, wrong)


def test_what_has_no_pattern_is_not_given_one(tmp_path):
    """Noise and sharpening are nothing that it knows; it must not see JPEG or gamma in them."""
    wanted = {}
    for number in range(12):
        rng = numpy.random.default_rng([SEED, 1000 + number])
        image = alterations.photo(rng, PHOTOS)
        levels = alterations.levels_of(image)
        other = image.filter(ImageFilter.UnsharpMask(2, 150, 0)) if number % 2 else alterations.image_of(
            levels + rng.normal(0, 4, levels.shape))
        for side, picture in (("golden", image), ("actual", other)):
            (tmp_path / side).mkdir(exist_ok=True)
            picture.save(tmp_path / side / f"{number}.png")
        wanted[f"{number}.png"] = "unknown", "not equal"
    _, wrong = alterations.judge(IMGBATCH, tmp_path, wanted)
    assert wrong == {}, SEED
