# SPDX-License-Identifier: Apache-2.0
"""Photos cut short: each is refused, also where the rows that the recipe needs are all there."""
import random

import hostile

PART = "COUNT photos, each cut at 100 offsets: none may pass, whatever of it is needed"
COUNT = 50
OFFSETS = 100

# All of it; the first rows only; shrunk while decoding; to the end of the file.
RECIPES = {
    "whole": [],
    "top rows": ["--crop", "32x16+0+0"],
    "scaled": ["--resize", "40x40", "--decode", "scaled"],
    "full check": ["--crop", "32x16+0+0", "--check", "full"],
}
PROBED = 16  # bytes that tell a type; less is no image


def check(images, cuts, what, codes):
    for name, size in cuts.items():
        said = images[name]
        assert said["status"] != "ok", f"{what}: {name}, cut at byte {size}, passed: {said}"
        code = said["code"]
        assert code in ("E_TRUNCATED", "E_CORRUPT") or size < PROBED, f"{what}: {name}, cut at byte {size}: {said}"
        codes[code] = codes.get(code, 0) + 1


def torture(count, seed, say, offsets=OFFSETS):
    rng = random.Random(seed)
    photos = hostile.photos(".jpg", count - count // 3) + hostile.photos(".png", count // 3)
    assert photos, "no photos to cut"
    codes, tried = {}, 0
    with hostile.Place() as place:
        for i, path in enumerate(photos):
            data, cuts = path.read_bytes(), {}
            for size in sorted(rng.sample(range(1, len(data)), min(offsets, len(data) - 1))):
                cuts[f"{size:08}{path.suffix}"] = size
                place.put(f"{size:08}{path.suffix}", data[:size])
            for what, words in RECIPES.items():
                images, outputs = place.run(*words)
                check(images, cuts, f"{path.name}, {what}", codes)
                assert not outputs, f"{path.name}, {what}: wrote {sorted(outputs)[:3]}"
            tried += len(cuts)
            place.empty()
            if i % 10 == 9:
                say(f"{i + 1} photos, {tried} cuts")
    told = ", ".join(f"{code} {n}" for code, n in sorted(codes.items()))
    return [f"{len(photos)} photos cut at {tried} offsets, {len(RECIPES)} recipes each: 0 passed silently ({told})"]
