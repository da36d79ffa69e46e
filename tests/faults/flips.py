# SPDX-License-Identifier: Apache-2.0
"""Single bits turned at random: no worker is lost; of PNG, whose parts carry checksums, nothing goes unnoticed."""
import random

import hostile

PART = "COUNT files with one bit turned: no crash, and no PNG that is wrong and not told"
COUNT = 10000
AT_ONCE = 500
WORDS = ["--format", "png", "--png-level", "1", "--max-pixels", "20M", "--on-collision", "suffix"]


def flipped(data, rng):
    at = rng.randrange(len(data))
    changed = bytearray(data)
    changed[at] ^= 1 << rng.randrange(8)
    return bytes(changed), at


def verdict(said, made, right):
    """refused, told (a warning), same (as if nothing had been), or silent."""
    assert said["code"] not in hostile.LOST if said["status"] == "failed" else True, said
    if said["status"] in ("failed", "ignored"):
        return "refused"
    if made == right:
        return "same"
    return "told" if said["warnings"] else "silent"


def batch(place, photos, rights, n, rng):
    bases = [rng.randrange(len(photos)) for _ in range(n)]
    places = []
    for i, base in enumerate(bases):
        data, at = flipped(photos[base].read_bytes(), rng)
        places.append(at)
        place.put(f"{i:04}{photos[base].suffix}", data)
    images, outputs = place.run(*WORDS)
    for i, base in enumerate(bases):
        said = images[f"{i:04}{photos[base].suffix}"]
        assert said.get("code") not in hostile.LOST, f"{photos[base].name}, byte {places[i]}: {said}"
        path = outputs.get(f"{i:04}.png")
        kind = verdict(said, path.read_bytes() if path else None, rights[base])
        suffix = photos[base].suffix
        assert (kind, suffix) != ("silent", ".png"), f"{photos[base]}, byte {places[i]}: wrong, and not told"
        yield suffix, kind
    place.empty()


def torture(count, seed, say, at_once=AT_ONCE):
    rng = random.Random(seed)
    photos = hostile.photos(".jpg", 10, 120_000) + hostile.photos(".png", 10, 120_000)
    assert photos, "no photos to hurt"
    counts = {}
    with hostile.Place() as place:
        for i, path in enumerate(photos):
            place.put(f"{i:04}{path.suffix}", path.read_bytes())
        _, outputs = place.run(*WORDS)
        rights = [outputs[f"{i:04}.png"].read_bytes() for i in range(len(photos))]
        place.empty()
        for done in range(0, count, at_once):
            for key in batch(place, photos, rights, min(at_once, count - done), rng):
                counts[key] = counts.get(key, 0) + 1
            if done // at_once % 5 == 4:
                say(f"{done + at_once} flips")
    return [f"{count} bits turned in {len(photos)} photos: 0 workers lost"] + [
        f"{suffix}: " + ", ".join(f"{kind} {counts.get((suffix, kind), 0)}" for kind in
                                  ("refused", "told", "same", "silent")) for suffix in (".jpg", ".png")]
