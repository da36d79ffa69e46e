#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Asks that the commands of two builds write the same bytes: part of tools/check-arm64.

	tools/arm64/same_bytes.py HERE THERE TESTDATA SCRATCH [WORD...]

HERE is run twice, with the kernels it picks and with those in portable C. THERE is the other machine's command, or a script that
starts it. Every operation is tried on generated pictures of all kinds, then some whole recipes; with WORDs, only what has one of
them in its name. IMGBATCH_CORPUS may name a folder of photos to take as well.
"""
import filecmp
import importlib.machinery
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
TIMES = ("ms", "stages")  # what is said of an image and differs from run to run
# Everything small; --depth keep has 16 bits go through where an operation has them.
PICTURES = ["good/png", "good/sizes", "good/patterns", "good/icc", "good/cmyk"]
DEEP = ["--format", "png", "--png-level", "1", "--depth", "keep"]
PLAIN = ["--format", "png", "--png-level", "1"]
# An operation as the document shows it does not show all that it computes.
MORE = {
    "resize": ["31x47!,filter=nearest", "31x47!,filter=box", "31x47!,filter=bilinear", "31x47!,filter=hamming",
               "31x47!,filter=bicubic", "150x90!,filter=bicubic", "31x47!,linear", "200x10!,window=0.3,0.2,0.9,0.8"],
    "rotate": ["33.3,expand,filter=bilinear", "-71,filter=bicubic", "5,centre=3.5,900"],
    "affine": ["10,8,4,0.8,12,0,filter=bicubic", "0,1e6,0,1", "0,0,0,0.001,filter=bilinear", "45,0,0,1000"],
    "perspective": ["1.2,0.3,-20,0.1,1.3,-10,0.001,0.002,filter=bilinear", "1,0,0,0,1,0,-0.05,0,filter=bicubic",
                    "1e12,0,0,0,1e12,0,0,0"],
    "pad": ["7,mode=reflect", "7,mode=symmetric", "square,mode=edge"],
    "blur": ["0.4", "box,3", "pillow,2.5", "40"],
    "brightness": ["0", "-100"],
    "contrast": ["0.3", "100"],
    "saturation": ["0", "-100"],
    "sharpness": ["0", "100"],
    "hue": ["-0.5", "0.07"],
    "gamma": ["2.2", "0.01", "3 1000"],
    "motion": ["7,0", "9,90"],
    "noise": ["200,seed=9"],
    "clahe": ["40,3"],
    "downscale": ["0.01"],
    "jpeg": ["95,444", "30,422"],
}
# Whole ways through, with encoders and decoders: name, inputs below the pictures or the corpus, words.
WAYS = [
    ("jpeg-out", [*PICTURES, "good/subsampling", "good/orientation"], ["--format", "jpeg", "--short-edge", "60"]),
    ("jpeg-444-progressive", PICTURES, ["--format", "jpeg", "--subsampling", "444", "--progressive", "--metadata", "all"]),
    ("jpeg-422-optimize", PICTURES, ["--format", "jpeg", "--subsampling", "422", "--optimize", "--quality", "35"]),
    ("png-9", PICTURES, ["--format", "png", "--png-level", "9"]),
    ("scaled", ["photos", "good/jpeg", "good/progressive"], ["--decode", "scaled", "--short-edge", "50", *PLAIN]),
    ("stock-entropy", ["photos", "good/jpeg", "good/progressive"], ["--entropy", "stock", *PLAIN]),
    ("our-entropy", ["photos", "good/jpeg", "good/progressive"], ["--entropy", "fast", *PLAIN]),
    ("damaged", ["broken"], ["--keep-damaged", "--max-pixels", "1M", *PLAIN]),
    ("refused", ["broken"], ["--check", "full", "--max-pixels", "1M", *PLAIN]),
    ("many-draws", ["good/sizes"], [
        "--copies", "200", "--sidecar", *PLAIN, "--random-resized-crop", "9", "--hflip", "--random-affine",
        "20,translate=0.2,0.2,scale=0.6,1.2,shear=10", "--random-perspective", "0.6", "--color-jitter", "0.5,0.5,0.8,0.2",
        "--random-gamma", "0.4,2.5", "--random-blur", "3,sigma=0.5,4", "--random-noise", "10,60", "--random-erasing",
        "p=0.5,value=random", "--coarse-dropout"]),
    ("policies", ["photos/day"], ["--copies", "3", "--sidecar", *PLAIN, "--short-edge", "90", "--randaugment", "3,12",
                                  "--trivial-augment-wide", "--autoaugment", "imagenet"]),
    ("photos", ["photos-jpeg", "photos-png"], ["--short-edge", "256", "--crop", "224x224", *PLAIN]),
    ("photos-jpeg", ["photos-jpeg", "photos-png"], ["--short-edge", "256", "--crop", "224x224", "--format", "jpeg"]),
    ("photos-augmented", ["photos-jpeg", "photos-png"], [
        "--sidecar", *PLAIN, "--random-resized-crop", "224", "--hflip", "--color-jitter", "0.4,0.4,0.4,0.1", "--random-rotation", "30",
        "--random-blur", "9", "--random-erasing"]),
    ("photos-turned", ["photos-png"], ["--rotate", "12.5,expand,filter=bicubic", "--blur", "1.7", "--hue", "0.13", *PLAIN]),
    ("orientation", ["orientation"], ["--long-edge", "320,linear", *PLAIN]),
    ("suite", ["pngsuite"], ["--rotate", "7,filter=bilinear", "--keep-damaged", *DEEP]),
]


def examples():
    """The document's: what an operation that cannot do without a value is shown with."""
    loader = importlib.machinery.SourceFileLoader("make_operations", str(TREE / "tools/make-operations"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module.EXAMPLES, module.BY_BOXES


def operations(command):
    listed = subprocess.run([command, "ops"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return re.findall(r"^  ([a-z0-9-]+)", listed, re.MULTILINE)


def cases(command):
    shown, by_boxes = examples()
    for name in operations(command):
        if name in by_boxes:  # what they come to is crop and pad, and boxes are drawn by alike in any build
            continue
        for i, value in enumerate([shown.get(name, ""), *MORE.get(name, [])]):
            yield (f"{name}-{i}" if i else name), PICTURES, ["--sidecar", *DEEP, f"--{name}", *([value] if value else [])]
    for line in (TREE / "tests/golden/recipes").read_text().splitlines():
        if line and not line.startswith("#"):
            name, recipe = line.split(": ", 1)
            yield f"golden-{name}", ["photos/day", "good/patterns"], [*PLAIN, "--recipe", recipe.replace("; ", "\n") + "\n"]
    yield from WAYS


def inputs(names, testdata):
    tops = [testdata] + ([Path(os.environ["IMGBATCH_CORPUS"])] if os.environ.get("IMGBATCH_CORPUS") else [])
    return [str(top / name) for name in names for top in tops if (top / name).exists()]


def run(command, sources, out, words, isa=None):
    """What it said, and with which status it ended."""
    shutil.rmtree(out, ignore_errors=True)
    if "--recipe" in words:
        file = out.with_suffix(".recipe")
        file.write_text(words[words.index("--recipe") + 1])
        words = [str(file) if word.endswith("\n") else word for word in words]
    environment = dict(os.environ, **({"IMGBATCH_ISA": isa} if isa else {}))
    # Threads and little memory: an emulator takes seconds to lay out what many slots could need.
    done = subprocess.run([command, "--in", *sources, "--out", out, "--json", "-q", "--keep-roots", "--on-collision", "suffix", "--io", "threads",
                           "--cpu", "threads", "-j", "2", "--memory", "400M", "--seed", "5", *words], check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    verdicts = []
    for line in map(json.loads, done.stdout.decode(errors="surrogateescape").splitlines()):
        if line["type"] == "image":
            verdicts.append(json.dumps({key: value for key, value in line.items() if key not in TIMES}))
    return done.returncode, sorted(verdicts), done.stderr.decode(errors="replace").strip()


def files(top):
    return {path.relative_to(top) for path in top.rglob("*") if path.is_file() and ".imgbatch" not in path.parts}


def differences(a, b):
    """The names of files that are in one tree only or are not the same, byte for byte; how many there are in all."""
    left, right = files(a), files(b)
    unlike = [str(name) for name in sorted(left & right) if not filecmp.cmp(a / name, b / name, shallow=False)]
    return sorted(map(str, left ^ right)) + unlike, len(left | right)


def check(here, there, testdata, scratch, case):
    name, sources, words = case
    sources = inputs(sources, testdata)
    if not sources:
        return "no pictures", 0
    outs = {"best": (here, None), "c": (here, "c"), "there": (there, None)}
    said = {"best": run(here, sources, scratch / "best", words)}
    if said["best"][0] and "8-bit samples only" in said["best"][2]:
        words = [word for word in words if word not in ("--depth", "keep")]
    said = {key: run(command, sources, scratch / key, words, isa) for key, (command, isa) in outs.items()}
    for key in ("c", "there"):
        if said[key][:2] != said["best"][:2]:
            unlike = set(map(str, said[key][1])) ^ set(map(str, said["best"][1]))
            return f"{key}: other verdicts: {said['best'][0]}, {said[key][0]} {said[key][2]} {sorted(unlike)[:4]}", 0
        unlike, count = differences(scratch / "best", scratch / key)
        if unlike:
            return f"{key}: {len(unlike)} of {count} files are not the same: {' '.join(unlike[:6])}", count
    return ("", count) if count or said["best"][1] else ("nothing was done: " + said["best"][2], 0)


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    here, there = (os.path.abspath(word) for word in sys.argv[1:3])
    testdata, scratch = (Path(word).resolve() for word in sys.argv[3:5])
    words = sys.argv[5:]
    scratch.mkdir(parents=True, exist_ok=True)
    passed = failed = compared = 0
    for case in cases(here):
        if words and not any(word in case[0] for word in words):
            continue
        why, count = check(here, there, testdata, scratch, case)
        if why == "no pictures":
            continue
        compared += count
        passed, failed = (passed, failed + 1) if why else (passed + 1, failed)
        print(f"{'FAILED' if why else 'ok'} {case[0]}: {why or f'{count} files'}", flush=True)
    print(f"{compared} files were compared")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
