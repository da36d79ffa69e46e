#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""One batch with Pillow or OpenCV and a pool of processes, as a careful user would write it. For bench-peers.

	pool.py pillow|pillow-draft|opencv RECIPE IN OUT WORKERS

IN is a flat folder. pillow decodes whole pictures; pillow-draft lets libjpeg-turbo shrink while decoding, to no less than
twice the size that is wanted. OpenCV has no Lanczos that averages when shrinking: INTER_AREA is its own.
"""
import multiprocessing
import os
import sys

PEER, RECIPE, IN, OUT = sys.argv[1:5]
SIDE = {"cover224": 224, "inside512": 512, "png256": 256}[RECIPE]
COVER, PNG = RECIPE == "cover224", RECIPE == "png256"

if PEER == "opencv":
    import cv2
    cv2.setNumThreads(1)
else:
    from PIL import Image, ImageOps


def with_pillow(name, target):
    with Image.open(os.path.join(IN, name)) as picture:
        if PEER == "pillow-draft":
            if COVER:
                picture.draft("RGB", (2 * SIDE, 2 * SIDE))
            else:
                picture.thumbnail((SIDE, SIDE), Image.LANCZOS)
        picture = picture.convert("RGB")
        if COVER:
            picture = ImageOps.fit(picture, (SIDE, SIDE), Image.LANCZOS)
        elif PEER == "pillow":
            picture.thumbnail((SIDE, SIDE), Image.LANCZOS, reducing_gap=None)
        if PNG:
            picture.save(target, compress_level=6)
        else:
            picture.save(target, quality=90, subsampling="4:2:0")


def with_opencv(name, target):
    picture = cv2.imread(os.path.join(IN, name), cv2.IMREAD_COLOR)
    height, width = picture.shape[:2]
    factor = SIDE / min(width, height) if COVER else min(1.0, SIDE / max(width, height))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LANCZOS4
    picture = cv2.resize(picture, size, interpolation=how)
    if COVER:
        left, top = (size[0] - SIDE) // 2, (size[1] - SIDE) // 2
        picture = picture[top:top + SIDE, left:left + SIDE]
    cv2.imwrite(target, picture, [cv2.IMWRITE_PNG_COMPRESSION, 6] if PNG else [cv2.IMWRITE_JPEG_QUALITY, 90])


def one(name):
    target = os.path.join(OUT, os.path.splitext(name)[0] + (".png" if PNG else ".jpg"))
    (with_opencv if PEER == "opencv" else with_pillow)(name, target)


def main():
    names, workers = sorted(os.listdir(IN)), int(sys.argv[5])
    with multiprocessing.Pool(workers) as pool:
        for _ in pool.imap_unordered(one, names, chunksize=max(1, min(8, len(names) // (4 * workers)))):
            pass


if __name__ == "__main__":
    main()
