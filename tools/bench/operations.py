# SPDX-License-Identifier: Apache-2.0
"""Times operations against Pillow: tools/bench-kernels --ops runs it, and says how to call it.

What is timed stands with each operation's oracle (tests/kernels/oracles). One thread; a photo in memory; every set of
kernels and Pillow in turns, so that a busy machine slows all alike; medians of CPU time."""
import argparse
import json
import os
import statistics
import sys
import time

TREE = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../..")
sys.path.insert(0, os.path.join(TREE, "tests/kernels"))
os.environ["IMGBATCH_BUILD"] = os.environ.get("IMGBATCH_BUILD", os.path.join(TREE, "build/release"))
os.environ.setdefault("IMGBATCH_TESTDATA", os.path.join(os.environ["IMGBATCH_BUILD"], "testdata"))

import numpy as np  # noqa: E402

import parity  # noqa: E402
from oracles import ORACLES  # noqa: E402


def size_of(text):
    width, height = (int(side) for side in text.split("x"))
    return width, height


def picture(channels, size):
    """The largest of the photos, resized where a size is asked for, with a ramp of alpha."""
    photo = max(parity.photos(), key=lambda image: image.width * image.height)
    if size:
        photo = photo.resize(size)
    rng = np.random.default_rng(1)
    return parity.photo_pixels(rng, photo, photo.width, photo.height, channels)


def pillow_ms(function, image):
    start = time.thread_time()
    function(image)
    return (time.thread_time() - start) * 1e3


def measure(text, pillow, pixels, runners, seconds):
    """Median milliseconds: of Pillow (None: it has no such thing), then of each set of kernels."""
    image = parity.image_of(pixels)
    columns = [[] for _ in range(len(runners) + 1)]
    end, rounds = time.monotonic() + seconds, 0
    while rounds < 5 or (time.monotonic() < end and rounds < 500):
        if pillow:
            columns[0].append(pillow_ms(pillow, image))
        for runner, column in zip(runners, columns[1:]):
            column.append(runner.time(text, pixels, 1))
        rounds += 1
    return [statistics.median(column[1:]) if column else None for column in columns]


def show(args, text, kernels, ms, pillow, pixels):
    per_pixel, times = ms * 1e6 / (pixels.shape[0] * pixels.shape[1]), pillow / ms if pillow else None
    if args.json:
        print(json.dumps({"operation": text, "channels": args.channels, "isa": kernels, "ms": round(ms, 4),
                          "ns_per_pixel": round(per_pixel, 3), "times_pillow": times and round(times, 2)}))
    else:
        print("%-44s %-8s %9.3f %9.3f %9s" % (text, kernels, ms, per_pixel, "%.2f" % times if times else "-"))


def summary(name, best):
    """best: operation lines to how many times as fast as Pillow the last set of kernels is."""
    if best:
        slowest = min(best, key=best.get)
        print("\n%s against Pillow: median %.2f times as fast over %d, least %.2f (%s)" % (
            name, statistics.median(best.values()), len(best), best[slowest], slowest))


def main():
    parser = argparse.ArgumentParser(prog="tools/bench-kernels --ops")
    parser.add_argument("names", nargs="*", metavar="NAME", help="operations; all without")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--channels", type=int, default=3, choices=(1, 2, 3, 4))
    parser.add_argument("--size", type=size_of, metavar="WxH", help="of the picture (as its file has it)")
    parser.add_argument("--seconds", type=float, default=1, help="for each line (%(default)s)")
    args = parser.parse_args()
    unknown = set(args.names) - set(ORACLES)
    if unknown:
        parser.error("no such operation: " + ", ".join(sorted(unknown)))
    pixels = picture(args.channels, args.size)
    runners = [parity.Runner(name) for name in parity.kernel_sets()]
    best = {}
    if not args.json:
        print("%dx%d, %d channels\n%-44s %-8s %9s %9s %9s" % (
            pixels.shape[1], pixels.shape[0], args.channels, "operation", "isa", "ms", "ns/pixel", "x Pillow"))
    for name in args.names or [name for name in parity.operations() if name in ORACLES]:
        if args.channels not in ORACLES[name].channels:
            continue
        for text, pillow in ORACLES[name].bench:
            other, *ours = measure(text, pillow, pixels, runners, args.seconds)
            if other:
                show(args, text, "pillow", other, other, pixels)
                best[text] = other / ours[-1]
            for runner, ms in zip(runners, ours):
                show(args, text, runner.kernels, ms, other, pixels)
    if not args.json:
        summary(runners[-1].kernels, best)


main()
