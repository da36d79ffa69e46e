# SPDX-License-Identifier: Apache-2.0
"""Defends what is promised of boxes: they follow their image through the drawn recipe, are cut and dropped as asked, and
are written in the form that was read with all else kept; none is missing in silence, none crashes the run.

The pictures hold coloured rectangles, so that where a box belongs can be seen in the output."""
import json
import os
import resource
import subprocess
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PIL import Image
from command import ENVIRONMENT, IMGBATCH, picture, run, save, tree

COLORS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)]
# Left, top, right, bottom in a picture of 96x72; one at the edge, one small.
RECTANGLES = {"a.png": [(10, 12, 40, 30), (50, 5, 96, 45), (30, 48, 60, 70)],
              "sub/b.png": [(0, 0, 20, 20), (70, 50, 80, 58)], "c.png": []}
SIZE = (96, 72)
ENGINES = [(io, cpu) for io in ("sync", "threads", "event") for cpu in ("serial", "threads", "openmp", "processes")]


def draw(rectangles, size=SIZE):
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    for (left, top, right, bottom), color in zip(rectangles, COLORS):
        pixels[top:bottom, left:right] = color
    return Image.fromarray(pixels)


def coco_of(images):
    """A COCO file of {name: rectangles}; category i + 1 has colour i."""
    found = {"info": {"year": 2024, "note": "kept \\u00e9 as it is"}, "images": [], "annotations": [],
             "licenses": [{"id": 3, "name": "\"x\", {y}"}],
             "categories": [{"id": i + 1, "name": f"color{i}"} for i in range(4)]}
    for number, (name, rectangles) in enumerate(images.items()):
        found["images"].append({"id": 100 + number, "license": 3, "file_name": name, "width": SIZE[0],
                                "height": SIZE[1], "coco_url": "http://x/y"})
        for i, (left, top, right, bottom) in enumerate(rectangles):
            found["annotations"].append({
                "id": 1000 + 10 * number + i, "image_id": 100 + number, "category_id": i + 1, "iscrowd": 0,
                "area": (right - left) * (bottom - top), "bbox": [left, top, right - left, bottom - top],
                "segmentation": [[left, top, right, top, right, bottom, left, bottom]], "attributes": {"k": [1, "["]}})
    return found


def voc_of(name, rectangles):
    text = f"<annotation>\n\t<folder>x</folder>\n\t<filename>{os.path.basename(name)}</filename>\n" \
           f"\t<size>\n\t\t<width>{SIZE[0]}</width>\n\t\t<height>{SIZE[1]}</height>\n\t\t<depth>3</depth>\n\t</size>\n"
    for i, (left, top, right, bottom) in enumerate(rectangles):
        text += f"\t<object>\n\t\t<name>color{i}</name><!-- kept -->\n\t\t<bndbox><xmin>{left + 1}</xmin>" \
                f"<ymin>{top + 1}</ymin><xmax>{right}</xmax><ymax>{bottom}</ymax></bndbox>\n" \
                f"\t\t<difficult>0</difficult>\n\t</object>\n"
    return text + "</annotation>\n"


def yolo_of(rectangles):
    return "".join(f"{i} {(left + right) / 2 / SIZE[0]:.6f} {(top + bottom) / 2 / SIZE[1]:.6f} "
                   f"{(right - left) / SIZE[0]:.6f} {(bottom - top) / SIZE[1]:.6f}\n"
                   for i, (left, top, right, bottom) in enumerate(rectangles))


@pytest.fixture
def place(tmp_path):
    for name, rectangles in RECTANGLES.items():
        save(tmp_path / "in" / name, draw(rectangles))
        for form, suffix, text in (("yolo", ".txt", yolo_of(rectangles)), ("voc", ".xml", voc_of(name, rectangles))):
            path = (tmp_path / form / name).with_suffix(suffix)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    (tmp_path / "yolo/classes.txt").write_text("red\ngreen\nblue\nyellow\n")
    (tmp_path / "coco.json").write_text(json.dumps(coco_of(RECTANGLES), indent=1))
    return tmp_path


FORMS = {"coco": ("coco.json", "new.json"), "yolo": ("yolo", "ynew"), "voc": ("voc", "vnew")}


def go(place, form, *words, **how):
    boxes, out = FORMS[form]
    return run("--in", "in", "--out", "out", "--boxes", boxes, "--boxes-out", out, "--json", *words, cwd=place, **how)


def boxes_of(place, form, output):
    """{colour: box in pixels} of an output, by whichever form."""
    width, height = Image.open(place / "out" / output).size
    if form == "coco":
        file = json.loads((place / "new.json").read_text())
        image, = (i for i in file["images"] if i["file_name"] == output)
        assert (image["width"], image["height"]) == (width, height)
        return {a["category_id"] - 1: (a["bbox"][0], a["bbox"][1], a["bbox"][0] + a["bbox"][2],
                                       a["bbox"][1] + a["bbox"][3])
                for a in file["annotations"] if a["image_id"] == image["id"]}
    path = os.path.splitext(output)[0]
    if form == "yolo":
        rows = [line.split() for line in (place / "ynew" / (path + ".txt")).read_text().splitlines()]
        return {int(r[0]): ((float(r[1]) - float(r[3]) / 2) * width, (float(r[2]) - float(r[4]) / 2) * height,
                            (float(r[1]) + float(r[3]) / 2) * width, (float(r[2]) + float(r[4]) / 2) * height)
                for r in rows}
    top = ElementTree.parse(place / "vnew" / (path + ".xml")).getroot()
    assert (int(top.find("size/width").text), int(top.find("size/height").text)) == (width, height)
    assert top.find("filename").text == os.path.basename(output)
    return {int(o.find("name").text[5:]): tuple(int(o.find("bndbox/" + side).text) - (side in ("xmin", "ymin"))
                                                for side in ("xmin", "ymin", "xmax", "ymax"))
            for o in top.findall("object")}


def seen(place, output):
    """{colour: bounds of its pixels} in an output."""
    pixels = np.array(Image.open(place / "out" / output).convert("RGB")).astype(int)
    found = {}
    for i, color in enumerate(COLORS):
        ys, xs = np.nonzero(abs(pixels - color).max(axis=2) < 100)
        if len(ys):
            found[i] = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
    return found


def outputs_of(result):
    return [o["path"] for image in result.images.values() for o in image["outputs"]]


RECIPES = {
    "nothing": [],
    "flip": ["--flip", "h", "--flip", "v"],
    "turn": ["--rotate90", "cw", "--transpose"],
    "cut": ["--crop", "61x37+13+21"],
    "pad and shrink": ["--pad", "7,3,9,30,fill=gray", "--resize", "53x71!"],
    "cover": ["--resize", "40x40^", "--crop", "40x40"],
    "rotate": ["--rotate", "30,expand,fill=gray"],
    "rotate in place": ["--rotate", "-17,fill=gray,filter=bilinear"],
    "affine": ["--affine", "12,4,-6,1.2,5,3,fill=gray"],
    "random": ["--random-resized-crop", "64", "--hflip", "0.5", "--random-crop", "50x40", "--copies", "4"],
    "values": ["--grayscale", "--crop", "70x70"],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("recipe", RECIPES)
def test_boxes_are_where_the_colours_are(place, form, recipe):
    """The moved box encloses the colour within a pixel, and where the picture was not turned it is as tight."""
    result = go(place, form, *RECIPES[recipe], "--filter", "nearest", "--min-area", "0")
    slack = 1 if form != "voc" else 1.51  # VOC's are whole pixels
    checked = 0
    for output in outputs_of(result):
        boxes, colours = boxes_of(place, form, output), seen(place, output)
        if recipe == "values":
            colours = {}
        for color, bounds in colours.items():
            box = boxes[color]
            assert box[0] <= bounds[0] + slack and box[1] <= bounds[1] + slack, (output, color, box, bounds)
            assert box[2] >= bounds[2] - slack and box[3] >= bounds[3] - slack, (output, color, box, bounds)
            if "rotate" not in recipe and "affine" not in recipe:
                assert np.allclose(box, bounds, atol=slack), (output, color, box, bounds)
            checked += 1
        width, height = Image.open(place / "out" / output).size
        for box in boxes.values():
            assert -1e-3 <= box[0] <= box[2] <= width + 1e-3 and -1e-3 <= box[1] <= box[3] <= height + 1e-3
    assert checked > 2 or recipe == "values"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", FORMS)
def test_orientation_turns_boxes_too(tmp_path, orientation, form):
    """Pixel boxes of the stored size are turned with the image; shares (YOLO) are of the upright one."""
    exif = Image.Exif()
    exif[0x112] = orientation
    rectangles = RECTANGLES["a.png"][:2]
    save(tmp_path / "in/a.png", draw(rectangles), exif=exif)
    (tmp_path / "yolo").mkdir()
    (tmp_path / "voc").mkdir()
    (tmp_path / "coco.json").write_text(json.dumps(coco_of({"a.png": rectangles})))
    (tmp_path / "voc/a.xml").write_text(voc_of("a.png", rectangles))
    run("--in", "in", "--out", "plain", cwd=tmp_path)
    (tmp_path / "out").symlink_to("plain")
    upright = seen(tmp_path, "a.png")
    (tmp_path / "out").unlink()
    width, height = Image.open(tmp_path / "plain/a.png").size
    (tmp_path / "yolo/a.txt").write_text("".join(
        f"{i} {(b[0] + b[2]) / 2 / width} {(b[1] + b[3]) / 2 / height} {(b[2] - b[0]) / width} {(b[3] - b[1]) / height}\n"
        for i, b in upright.items()))
    go(tmp_path, form)
    found = boxes_of(tmp_path, form, "a.png")
    assert found.keys() == upright.keys() and all(np.allclose(found[i], upright[i], atol=1e-3) for i in found)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_said_of_the_upright_size_is_upright(tmp_path, form):
    exif = Image.Exif()
    exif[0x112] = 6
    save(tmp_path / "in/a.png", draw([(1, 2, 30, 20)], (SIZE[1], SIZE[0])), exif=exif)
    rectangles = [(40, 30, 70, 60)]
    (tmp_path / "yolo").mkdir()
    (tmp_path / "voc").mkdir()
    (tmp_path / "coco.json").write_text(json.dumps(coco_of({"a.png": rectangles})))
    (tmp_path / "voc/a.xml").write_text(voc_of("a.png", rectangles))
    (tmp_path / "yolo/a.txt").write_text(yolo_of(rectangles))
    go(tmp_path, form)
    assert np.allclose(boxes_of(tmp_path, form, "a.png")[0], rectangles[0], atol=1e-3)


def test_all_else_of_a_coco_file_is_kept(place):
    before = json.loads((place / "coco.json").read_text())
    go(place, "coco")
    after = json.loads((place / "new.json").read_text())
    for file in before, after:  # images come in the order of the run's listing
        file["images"].sort(key=lambda image: image["id"])
        file["annotations"].sort(key=lambda annotation: annotation["id"])
    assert after == before and list(after) == list(before)


def test_all_else_of_a_voc_file_is_kept(place):
    go(place, "voc")
    assert tree(place / "vnew") == tree(place / "voc")


def test_yolo_files_come_back_and_classes_with_them(place):
    go(place, "yolo")
    assert tree(place / "ynew") == tree(place / "yolo")


def test_ids_of_several_outputs_are_stable_and_unique(place):
    go(place, "coco", "--copies", "3", "--hflip", "0.5")
    after = json.loads((place / "new.json").read_text())
    ids = {i["file_name"]: i["id"] for i in after["images"]}
    assert ids["a-0.png"] == 300 and ids["a-2.png"] == 302 and len(set(ids.values())) == 9
    assert sorted(a["id"] for a in after["annotations"] if a["image_id"] == 301) == [3001, 3004, 3007]
    assert len({a["id"] for a in after["annotations"]}) == len(after["annotations"]) == 15


def test_polygons_and_areas_follow(place):
    go(place, "coco", "--resize", "48x36!", "--crop", "24x36+0+0")
    after = json.loads((place / "new.json").read_text())
    image, = (i for i in after["images"] if i["file_name"] == "a.png")
    found = {a["category_id"]: a for a in after["annotations"] if a["image_id"] == image["id"]}
    assert found.keys() == {1, 3}
    assert found[1]["segmentation"] == [[5, 6, 20, 6, 20, 15, 5, 15]] and found[1]["area"] == 15 * 9
    assert found[3]["bbox"] == [15, 24, 9, 11] and found[3]["area"] == 99


def test_an_area_keeps_its_share_of_the_shape(place):
    coco = json.loads((place / "coco.json").read_text())
    coco["annotations"][0]["area"] = 270.5  # of a shape of 540
    coco["annotations"][1]["segmentation"] = []
    (place / "coco.json").write_text(json.dumps(coco))
    go(place, "coco", "--resize", "50%")
    first, second = json.loads((place / "new.json").read_text())["annotations"][:2]
    assert first["area"] == 270.5 / 4 and second["segmentation"] == [] and second["area"] == 46 * 40 / 4


def test_what_cannot_follow_is_left_out_and_said(place):
    coco = coco_of({"a.png": RECTANGLES["a.png"], "sub/b.png": [], "c.png": []})
    coco["annotations"][0]["segmentation"] = {"counts": [1, 2, 3], "size": [72, 96]}
    coco["annotations"][1].update(keypoints=[1, 2, 2], num_keypoints=1)
    (place / "coco.json").write_text(json.dumps(coco))
    result = go(place, "coco", "--flip", "h")
    after = json.loads((place / "new.json").read_text())["annotations"]
    assert "segmentation" not in after[0] and after[0]["area"] == 30 * 18
    assert "keypoints" not in after[1] and "num_keypoints" not in after[1]
    assert "2 annotations lost" in result.err


def test_a_yolo_polygon_is_moved_and_cut(place):
    (place / "yolo/c.txt").write_text("2 0.0 0.0 1.0 0.0 1.0 1.0 0.0 1.0\n0 0.5 0.5 0.25 0.25 0.875\n")
    go(place, "yolo", "--crop", "48x36+24+18")
    assert (place / "ynew/c.txt").read_text().splitlines() == [
        "2 1.000000 0.000000 1.000000 1.000000 0.000000 1.000000 0.000000 0.000000",
        "0 0.500000 0.500000 0.500000 0.500000 0.875"]


@pytest.mark.parametrize("form", FORMS)
def test_small_and_hidden_boxes_are_dropped(place, form):
    # Of the first 20 of 30 columns are left, of the second nothing, of the third all.
    go(place, form, "--crop", "50x72+20+0")
    assert boxes_of(place, form, "a.png").keys() == {0, 1, 2}
    go(place, form, "--crop", "50x72+20+0", "--min-visibility", "0.7")
    assert boxes_of(place, form, "a.png").keys() == {2}
    go(place, form, "--crop", "50x72+20+0", "--min-area", "500")
    assert boxes_of(place, form, "a.png").keys() == {1, 2}
    go(place, form, "--crop", "50x72+46+0")
    assert boxes_of(place, form, "a.png").keys() == {1, 2}


@pytest.mark.parametrize("form", FORMS)
def test_an_image_without_boxes_is_an_error(place, form):
    save(place / "in/new.png", draw([]))
    (place / "in/notes.txt").write_text("no image")
    result = go(place, form, expect=1)
    assert result.images["new.png"]["code"] == "E_BOXES" and result.images["new.png"]["stage"] == "read"
    assert "without objects" in result.images["new.png"]["detail"], "it says how to go on"
    assert result.images["notes.txt"]["status"] == "ignored"
    assert result.images["a.png"]["status"] == "ok" and not (place / "out/new.png").exists()
    assert go(place, form, "--dry-run", expect=1).images["new.png"]["code"] == "E_BOXES"


def test_boxes_of_no_input_are_counted(place):
    os.unlink(place / "in/a.png")
    coco = json.loads((place / "coco.json").read_text())
    coco["annotations"][-1]["image_id"] = 77
    (place / "coco.json").write_text(json.dumps(coco))
    result = go(place, "coco")
    assert "1 images with 3 annotations are no input" in result.err
    assert "1 annotations are of no image" in result.err
    assert len(json.loads((place / "new.json").read_text())["annotations"]) == 1


@pytest.mark.parametrize("form", FORMS)
def test_another_size_is_an_error(place, form):
    if form == "yolo":
        pytest.skip("shares are of any size")
    save(place / "in/a.png", draw(RECTANGLES["a.png"], (95, 72)))
    result = go(place, form, expect=1)
    assert result.images["a.png"]["code"] == "E_BOXES" and "96x72" in result.images["a.png"]["detail"]


@pytest.mark.parametrize("form", FORMS)
def test_a_second_run_writes_the_same_boxes_and_no_image(place, form):
    words = ["--random-crop", "60x50", "--hflip", "0.5", "--copies", "2"]
    go(place, form, *words)
    out = place / FORMS[form][1]
    read = (lambda: out.read_bytes()) if form == "coco" else (lambda: tree(out))
    before = read()
    if form == "coco":
        out.unlink()
    again = go(place, form, *words)
    assert again.summary["skipped"] == 3 and again.summary["outputs"] == 0
    assert read() == before
    # Half of it anew.
    save(place / "in/a.png", draw(RECTANGLES["a.png"]), compress_level=1)
    assert go(place, form, *words).summary["skipped"] == 2
    assert read() == before


def test_changed_boxes_are_written_without_new_images(place):
    go(place, "coco")
    coco = json.loads((place / "coco.json").read_text())
    coco["annotations"][0]["bbox"] = [1, 2, 3, 4]
    (place / "coco.json").write_text(json.dumps(coco))
    assert go(place, "coco").summary["skipped"] == 3
    assert json.loads((place / "new.json").read_text())["annotations"][0]["bbox"] == [1, 2, 3, 4]
    coco["images"].pop(0)
    (place / "coco.json").write_text(json.dumps(coco))
    result = go(place, "coco", expect=1)
    assert result.images["a.png"]["code"] == "E_BOXES" and result.summary["skipped"] == 2


def test_changed_label_files_are_written_again(place):
    go(place, "yolo")
    (place / "yolo/a.txt").write_text("3 0.5 0.5 0.5 0.5\n")
    assert go(place, "yolo").summary["skipped"] == 2
    assert (place / "ynew/a.txt").read_text() == "3 0.500000 0.500000 0.500000 0.500000\n"
    os.unlink(place / "in/a.png")
    go(place, "yolo", "--prune")
    assert not (place / "ynew/a.txt").exists() and (place / "ynew/c.txt").exists()


BROKEN = {
    "not JSON": ('{"images": [], "annotations": [}', 1),
    "cut": ('{"images": [],\n "annotations": [\n{"id": 1,', 3),
    "no object": ("[1, 2]", 1),
    "NaN": ('{"images": [],\n"annotations": [{"id": 1, "image_id": 2, "bbox": [NaN, 1, 2, 3]}]}', 2),
    "an image that is none": ('{"annotations": [],\n\n"images": [7]}', 3),
    "no id": ('{"images": [{"file_name": "a.png"}], "annotations": []}', 1),
    "an id that is no number": ('{"images": [{"id": 1.5, "file_name": "a.png"}], "annotations": []}', 1),
    "lists twice": ('{"images": [],\n"images": [], "annotations": []}', 2),
    "deep": ('{"images": [], "annotations": [], "x":' + "[" * 5000 + "}", 1),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_json_is_refused_by_its_line(place, kind):
    text, line = BROKEN[kind]
    (place / "coco.json").write_text(text)
    result = go(place, "coco", expect=2)
    assert f"--boxes, line {line}: " in result.err and not (place / "out").exists()


@pytest.mark.parametrize("text, why", [
    ('{"images": []}', "annotations"), ("", "premature"), ('{"images": [], "annotations": []} x', "line 1"),
    ('{"images": [{"id": 1, "file_name": "a"}, {"id": 1, "file_name": "b"}], "annotations": []}', "the id 1"),
    ('{"images": [{"id": 1, "file_name": "a"}, {"id": 2, "file_name": "./a"}], "annotations": []}', "file_name \"a\"")])
def test_other_files_are_refused(place, text, why):
    (place / "coco.json").write_text(text)
    assert why in go(place, "coco", expect=2).err


@pytest.mark.parametrize("box", ["[5, 5, -3, 2]", "[1e300, 0, 1, 1]", "[0, 0, 1e12, 1]", "[1, 2, 3]", "\"box\"", "null",
                                 "[1, 2, 3, 4, 5]", "{}"])
def test_a_hostile_box_is_its_images_error(place, box):
    coco = json.loads((place / "coco.json").read_text())
    coco["annotations"][0]["bbox"] = json.loads(box)
    (place / "coco.json").write_text(json.dumps(coco))
    result = go(place, "coco", "--rotate", "30,expand", expect=1)
    assert result.images["a.png"]["code"] == "E_BOXES" and result.images["c.png"]["status"] == "ok"
    assert len(json.loads((place / "new.json").read_text())["images"]) == 2


@pytest.mark.parametrize("line", ["0 0.5 0.5 -0.1 0.2", "0 nan 0.5 0.1 0.1", "0 1e99 0 0 0", "0 0.1 0.2", "x", "0 a b c d",
                                  "0 0.5 0.5 0.1 0.1\n1 2 3 4 5 6 inf"])
def test_a_hostile_line_is_its_images_error(place, line):
    (place / "yolo/a.txt").write_text(line + "\n")
    result = go(place, "yolo", expect=1)
    assert result.images["a.png"]["code"] == "E_BOXES" and "line " in result.images["a.png"]["detail"]


@pytest.mark.parametrize("text, why", [
    ("<annotation><object>", "line 1"), ("", "no element"), ("<a/>", "no <annotation>"),
    ("<annotation>\n<object><name>x</name></object></annotation>", "line 2: an object without a box"),
    ("<annotation><object><bndbox><xmin>nan</xmin></bndbox></object></annotation>", "not a number"),
    ("<annotation><object><bndbox><xmin>9</xmin><ymin>1</ymin><xmax>3</xmax><ymax>4</ymax></bndbox></object></annotation>",
     "a box that is none"),
    ("<!DOCTYPE a [<!ENTITY b 'c'>]><annotation/>", "document type"),
    ("<annotation><size><width>6<depth>3</depth></width></size></annotation>", "holds text only"),
    ("<annotation>" + "<x>" * 200, "too deep")])
def test_broken_xml_is_its_images_error(place, text, why):
    (place / "voc/a.xml").write_text(text)
    result = go(place, "voc", expect=1)
    assert result.images["a.png"]["code"] == "E_BOXES" and why in result.images["a.png"]["detail"]
    assert sorted(tree(place / "vnew")) == ["c.xml", "sub/b.xml"]


def voc_in(encoding, declared=None, said="\u00e9"):
    declared = f'<?xml version="1.0" encoding="{declared or encoding}"?>\n'
    return (declared + voc_of("a.png", [(8, 8, 40, 40)]).replace("kept", said)).encode(encoding)


@pytest.mark.parametrize("encoding, declared, said", [
    ("utf-8", None, "\u4e2d"), ("utf-8", "utf8", "x"), ("us-ascii", None, "x"), ("us-ascii", "ascii", "x"),
    ("iso-8859-1", None, "\u00e9"), ("iso-8859-1", "latin-1", "\u00e9"), ("utf-8-sig", "UTF-8", "\u00e9")])
def test_voc_files_stay_in_their_encoding(tmp_path, encoding, declared, said):
    """What is written into them says the right name, also to readers that take `utf8` for what has one byte a character."""
    name = "\u00e9\u4e2d\U0001f600&.png"
    save(tmp_path / "in" / name, draw([(8, 8, 40, 40)]))
    before = voc_in(encoding, declared, said)
    path = (tmp_path / "voc" / name).with_suffix(".xml")
    path.parent.mkdir()
    path.write_bytes(before)
    go(tmp_path, "voc", "--flip", "h")
    after = (tmp_path / "vnew" / path.name).read_bytes()
    assert after.count(f"<!-- {said} -->".encode(encoding.removesuffix("-sig"))) == 1
    assert after.split(b"<filename>")[0] == before.split(b"<filename>")[0]
    top = ElementTree.fromstring(after)
    assert top.find("filename").text == name and int(top.find("object/bndbox/xmin").text) == SIZE[0] - 40 + 1
    raw = after.split(b"<filename>")[1].split(b"</filename>")[0]
    assert raw == (name.replace("&", "&#38;").encode() if (declared or encoding) in ("utf-8", "UTF-8")
                   else b"&#233;&#20013;&#128512;&#38;.png")


@pytest.mark.parametrize("text, why", [
    (voc_in("utf-16"), "in UTF-16 or -32: only UTF-8, US-ASCII and ISO-8859-1 are read"),
    (voc_in("utf-16-be"), "in UTF-16 or -32: only"), (voc_in("utf-32"), "in UTF-16 or -32: only"),
    (voc_in("utf-8", "UTF-16"), "line 1: encoding specified in XML declaration is incorrect"),
    (voc_in("cp1252", "windows-1252"), "line 1: encoding windows-1252: only UTF-8, US-ASCII and ISO-8859-1 are read"),
    (voc_in("gbk", said="\u4e2d"), "line 1: encoding gbk: only"), (voc_in("utf-8", "ascii"), "not well-formed"),
    (voc_in("utf-8", "no\x1bsuch"), "line 1: "), (voc_in("latin-1", "utf8"), "not well-formed"),
    (voc_in("latin-1")[len(voc_in("latin-1").split(b"\n")[0]):].strip(),
     "line 10: not in UTF-8, and no other encoding is declared")])
def test_voc_files_in_other_encodings_are_refused(place, text, why):
    (place / "voc/a.xml").write_bytes(text)
    image = go(place, "voc", expect=1).images["a.png"]
    assert image["code"] == "E_BOXES" and why in image["detail"]


@pytest.mark.parametrize("words, why", [
    (["--boxes", "coco.json"], "go together"), (["--boxes-out", "x"], "go together"),
    (["--boxes", "nowhere", "--boxes-out", "x"], "nowhere"), (["--boxes", "in", "--boxes-out", "x"], "neither"),
    (["--boxes", "coco.json", "--boxes-out", "coco.json"], "--boxes-out is --boxes"),
    (["--boxes", "coco.json", "--boxes-out", "yolo"], "--boxes-out is none"),
    (["--boxes", "yolo", "--boxes-out", "yolo/x"], "lies in --boxes"),
    (["--min-visibility", "2"], "--min-visibility takes"), (["--min-area", "-1"], "--min-area takes"),
    (["--iou-crop"], "no --boxes"), (["--one-of", "[hflip 1 | box-safe-crop]"], "no --boxes")])
def test_wrong_words_are_refused_before_anything_is_written(place, words, why):
    result = run("--in", "in", "--out", "out", *words, cwd=place, expect=2)
    assert why in result.err and not (place / "out").exists()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("io, cpu", ENGINES)
def test_every_engine_writes_the_same(place, form, io, cpu):
    words = ["--iou-crop", "--zoom-out", "0.5,side=1,2", "--box-safe-crop", "--copies", "3", "--seed", "5", "--min-area",
             "4"]
    boxes, out = FORMS[form]
    made = []
    for number, pair in enumerate((("sync", "serial"), (io, cpu))):
        result = run("--in", "in", "--out", f"o{number}", "--boxes", boxes, "--boxes-out", f"b{number}", "--io", pair[0],
                     "--cpu", pair[1], "-j", "2", *words, cwd=place, expect=None)
        if "E_ENGINE" in result.err:
            pytest.skip(f"{io} x {cpu} cannot run here")
        assert result.status == 0, result.err
        at = place / f"b{number}"
        made.append((tree(place / f"o{number}"), tree(at) if at.is_dir() else at.read_bytes()))
    assert made[0] == made[1] and len(made[0][0]) == 9


def test_a_stopped_run_leaves_the_file_as_it_was(place):
    (place / "new.json").write_text("mine")
    result = go(place, "coco", "--max-failures", "0", "--max-pixels", "10", expect=4)
    assert (place / "new.json").read_text() == "mine" and result.status == 4


def test_masks_boxes_and_sidecars_go_together(place):
    for name in RECTANGLES:
        save((place / "masks" / name), draw(RECTANGLES[name]).convert("L"))
    result = go(place, "yolo", "--masks", "masks", "--masks-out", "mnew", "--sidecar", "--copies", "2", "--random-crop",
                "40")
    assert result.summary["outputs"] == 3 * 2 * 4
    assert sorted(tree(place / "mnew")) == sorted(n for n in tree(place / "out") if n.endswith(".png"))
    assert len(tree(place / "ynew")) == 7
    assert go(place, "yolo", "--masks", "masks", "--masks-out", "mnew", "--sidecar", "--copies", "2", "--random-crop",
              "40").summary["skipped"] == 3


def test_box_safe_crop_keeps_boxes_whole(place):
    result = go(place, "coco", "--box-safe-crop", "--copies", "20")
    sizes = set()
    for output in outputs_of(result):
        name = output.rsplit("-", 1)[0] + ".png"
        boxes = boxes_of(place, "coco", output)
        assert len(boxes) == len(RECTANGLES[name])
        for i, box in boxes.items():
            was = RECTANGLES[name][i]
            assert (box[2] - box[0], box[3] - box[1]) == (was[2] - was[0], was[3] - was[1])
        sizes.add(Image.open(place / "out" / output).size)
    assert len(sizes) > 20


def test_iou_crop_takes_part_of_some_box(place):
    result = go(place, "coco", "--iou-crop", "options=0.5", "--copies", "20")
    changed = 0
    for output in outputs_of(result):
        size = Image.open(place / "out" / output).size
        changed += size != SIZE
        if output.startswith("c-"):
            assert size == SIZE  # there is no box to draw by
        elif size != SIZE:
            boxes = boxes_of(place, "coco", output).values()
            assert 0.5 <= size[0] / size[1] <= 2
            assert max((b[2] - b[0]) * (b[3] - b[1]) for b in boxes) >= 0.5 * size[0] * size[1] * 0.99
    assert changed > 5


def test_draws_by_boxes_are_drawn_again_when_boxes_change(place):
    go(place, "coco", "--box-safe-crop")
    coco = json.loads((place / "coco.json").read_text())
    coco["annotations"][0]["bbox"] = [0, 0, 96, 72]
    (place / "coco.json").write_text(json.dumps(coco))
    again = go(place, "coco", "--box-safe-crop")
    assert again.summary["skipped"] == 2 and again.images["a.png"]["outputs"][0]["width"] == 96


@pytest.mark.skipif(bool(os.environ.get("IMGBATCH_SANITIZE")), reason="sanitizers need more memory than this allows")
def test_a_large_file_takes_little_memory(tmp_path):
    """Tens of megabytes of annotations are not held: texts are read again when wanted."""
    save(tmp_path / "in/1.png", picture(64, 48))
    long = "[" + ",".join(f"{i % 64}.5, {i % 48}.25" for i in range(400)) + "]"
    with open(tmp_path / "coco.json", "w") as file:
        file.write('{"images": [' + ",".join(f'{{"id": {i}, "file_name": "{i}.png", "width": 64, "height": 48}}'
                                             for i in range(10000)) + '],\n"annotations": [')
        for i in range(10000):
            file.write(("," if i else "") + f'{{"id": {i}, "image_id": {i}, "bbox": [1, 2, 3, 4], "segmentation": [{long}]}}\n')
        file.write("]}")
    assert os.path.getsize(tmp_path / "coco.json") > 40e6
    subprocess.run([IMGBATCH, "--in", "in", "--out", "out", "--boxes", "coco.json", "--boxes-out", "new.json",
                    "--cpu", "serial", "--io", "sync", "--memory", "16M"], cwd=tmp_path, env=ENVIRONMENT, check=True,
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (32 << 20, 32 << 20)))
    assert len(json.loads((tmp_path / "new.json").read_text())["annotations"]) == 1
