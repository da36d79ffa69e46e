# SPDX-License-Identifier: Apache-2.0
"""Makes what the golden pictures are compared with: each recipe of `recipes`, of a few generated test pictures."""
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
SMALL = ["good/patterns/alpha.png", "photos/large/valley.png"]
# Whose outputs are too large to be checked in, and are kept as hashes of their pixels: in this folder's pixels.hashes.
LARGE = ["good/patterns/zone-plate.png", "good/png/rgb16.png", "good/png/palette8-trns.png", "photos/large/valley.png"]
LARGE_RECIPES = {
    "half": ["--resize", "50%"],
    "deep": ["--depth", "keep", "--resize", "131x97!", "--rotate90", "cw"],
    "drawn": ["--seed", "11", "--random-resized-crop", "200", "--randaugment", "2,9"],
}


def recipes():
    lines = (HERE / "recipes").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines if line and not line.startswith("#"))


def run(imgbatch, source, out, *words):
    subprocess.run([imgbatch, "--in", source, "--out", out, "-q", "--format", "png", *words], check=True)
    shutil.rmtree(out / ".imgbatch")


def gather(testdata, names, to):
    to.mkdir(parents=True)
    for name in names:
        shutil.copy(testdata / name, to)
    return to


def make(imgbatch, testdata, top):
    """Fills top/small and top/large; both must not be there yet."""
    testdata, top = pathlib.Path(testdata), pathlib.Path(top)
    small = gather(testdata, SMALL, top / "in-small")
    for name, recipe in recipes().items():
        file = top / f"{name}.recipe"
        file.write_text(recipe.replace("; ", "\n") + "\n")
        run(imgbatch, small, top / "small" / name, "--recipe", file)
    large = gather(testdata, LARGE, top / "in-large")
    for name, words in LARGE_RECIPES.items():
        run(imgbatch, large, top / "large" / name, *words)
