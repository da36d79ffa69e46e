# SPDX-License-Identifier: Apache-2.0
"""`imgbatch compare`: verdicts, budgets, what is left out, goldens by hash, updates, explanations and reports."""
import base64
import io
import json
import re
import xml.etree.ElementTree as ElementTree

import numpy
import pytest
from PIL import Image, PngImagePlugin

from command import picture, run, save, tree


@pytest.fixture
def trees(tmp_path):
    """Three equal pairs, one of them below a folder."""
    for top in ("golden", "actual"):
        for number, name in enumerate(("a.png", "b.png", "sub/c.png")):
            save(tmp_path / top / name, picture(seed=number))
    return tmp_path / "golden", tmp_path / "actual"


def change(path, pixels):
    """Sets (x, y) to a colour for each entry."""
    image = Image.open(path)
    for place, colour in pixels.items():
        image.putpixel(place, colour)
    image.save(path)


def pairs(result):
    return {o["name"]: o for o in result.objects if o["type"] == "pair"}


def compare(*words, expect=0, **env):
    return run("compare", *words, "--json", expect=expect, **{"CI": "", **env})


def test_equal_trees(trees):
    result = compare(*trees)
    assert {name: o["verdict"] for name, o in pairs(result).items()} == dict.fromkeys(
        ["a.png", "b.png", "sub/c.png"], "equal")
    assert result.summary["pairs"] == result.summary["equal"] == 3 and result.summary["failed"] == 0
    assert [o["name"] for o in result.objects[:-1]] == ["a.png", "b.png", "sub/c.png"]


def test_one_pixel_is_a_difference(trees):
    golden, actual = trees
    r, g, b = Image.open(actual / "b.png").getpixel((7, 5))
    change(actual / "b.png", {(7, 5): (r, (g + 100) % 256, b)})
    pair = pairs(compare(*trees, expect=1))["b.png"]
    measures = pair["measures"]
    assert pair["verdict"] == "different" and pair["failed"]
    assert measures["differing"] == measures["unequal"] == 1 and measures["pixels"] == 64 * 48
    assert measures["at"] == {"x": 7, "y": 5, "channel": "G", "expected": g, "actual": (g + 100) % 256}
    assert measures["largest"] == abs((g + 100) % 256 - g)


def test_shares_of_a_large_image_are_no_zeros(tmp_path):
    for side in ("golden", "actual"):
        save(tmp_path / side / "a.png", Image.new("RGB", (1600, 1000), (9, 9, 9)))
    change(tmp_path / "actual/a.png", {(1500, 40): (200, 9, 9)})
    result = run("compare", tmp_path / "golden", tmp_path / "actual", expect=1)
    assert "1 of 1,600,000 pixels differ (0.000063%)" in result.err
    assert "the pixel is at 1500,40, 0.000063% of the image" in result.err


def test_the_same_pixels_in_other_bytes(trees, tmp_path):
    """Stored alike, packed by other filters, or with other text: nothing of it is a difference of pixels."""
    golden, actual = trees
    Image.open(golden / "a.png").save(actual / "a.png", compress_level=0)
    Image.open(golden / "b.png").save(actual / "b.png", optimize=True)
    text = PngImagePlugin.PngInfo()
    text.add_text("Date", "today")
    Image.open(golden / "sub/c.png").save(actual / "sub/c.png", pnginfo=text)
    found = pairs(compare(*trees))
    assert {pair["verdict"] for pair in found.values()} == {"equal"}
    assert {(pair["measures"]["unequal"], pair["measures"]["ssim"]) for pair in found.values()} == {(0, 1)}
    found = pairs(compare(*trees, "--metadata", "--diff-dir", tmp_path / "diffs", expect=1))
    assert found["sub/c.png"]["verdict"] == "different" and found["sub/c.png"]["cause"] == "metadata"
    pale = Image.open(tmp_path / "diffs/sub/c.png").convert("RGB")
    light = numpy.asarray(picture(seed=2)).mean(2)
    assert abs(numpy.asarray(pale)[..., 0] - (200 + light * 55 / 255)).max() < 2


def test_budgets_of_levels_pixels_and_percent(trees):
    _, actual = trees
    image = Image.open(actual / "a.png")
    change(actual / "a.png", {(x, 3): tuple(abs(v - 3) for v in image.getpixel((x, 3))) for x in range(6)})
    compare(*trees, expect=1)
    assert pairs(compare(*trees, "--threshold", "3"))["a.png"]["verdict"] == "within"
    compare(*trees, "--threshold", "2", expect=1)
    compare(*trees, "--max-diff-pixels", "6")
    compare(*trees, "--max-diff-pixels", "5", expect=1)
    compare(*trees, "--max-diff-percent", "0.2")
    compare(*trees, "--max-diff-percent", "0.19", expect=1)
    compare(*trees, "--max-diff-percent", "0.2", "--max-diff-pixels", "5", expect=1)


def test_psnr_and_ssim_alone_ask_for_no_count(trees):
    golden, actual = trees
    noise = numpy.random.default_rng(5).integers(-2, 3, (48, 64, 3))
    levels = numpy.clip(numpy.asarray(Image.open(golden / "a.png")).astype(int) + noise, 0, 255)
    Image.fromarray(levels.astype("uint8")).save(actual / "a.png")
    measures = pairs(compare(*trees, expect=1))["a.png"]["measures"]
    compare(*trees, "--min-psnr", str(measures["psnr"] - 0.01))
    result = compare(*trees, "--min-psnr", str(measures["psnr"] + 0.01), expect=1)
    assert pairs(result)["a.png"]["exceeded"] == ["min-psnr"]
    compare(*trees, "--min-ssim", str(measures["ssim"] - 1e-6))
    compare(*trees, "--min-ssim", str(measures["ssim"] + 1e-6), expect=1)
    compare(*trees, "--min-ssim", "0.5", "--max-diff-pixels", "0", expect=1)


def test_missing_and_extra_files(trees):
    golden, actual = trees
    (actual / "a.png").rename(actual / "new.png")
    (golden / "notes.txt").write_text("no image")
    result = compare(*trees, expect=1)
    assert pairs(result)["a.png"]["verdict"] == "missing" and pairs(result)["new.png"]["verdict"] == "extra"
    assert result.summary["failed"] == 2 and result.summary["ignored"] == 1
    compare(*trees, "--allow-missing", expect=1)
    compare(*trees, "--allow-extra", expect=1)
    assert compare(*trees, "--allow-missing", "--allow-extra").summary["missing"] == 1


@pytest.mark.parametrize("mode", ["RGBA", "L", "LA"])
def test_other_channels_are_a_difference_even_of_equal_levels(tmp_path, mode):
    grey = picture(mode="L")
    save(tmp_path / "a.png", grey.convert("RGB"))
    save(tmp_path / "b.png", grey.convert(mode))
    pair = pairs(compare(tmp_path / "a.png", tmp_path / "b.png", expect=1))["b.png"]
    assert pair["form"] and pair["cause"] == "form" and pair["measures"]["unequal"] == 0
    assert "every level is equal" in pair["explanation"] and "channels" in pair["explanation"]


def test_another_depth_is_a_difference(tmp_path):
    levels = numpy.arange(64 * 48).reshape(48, 64) % 256
    Image.fromarray(levels.astype("uint8")).save(tmp_path / "a.png")
    Image.fromarray((levels * 257).astype("uint16")).save(tmp_path / "b.png")
    pair = pairs(compare(tmp_path / "a.png", tmp_path / "b.png", expect=1))["b.png"]
    assert pair["cause"] == "form" and "depth: 8 bits became 16" in pair["explanation"]


def test_palettes_are_compared_by_their_pixels(tmp_path):
    image = picture().quantize(32)
    save(tmp_path / "a.png", image)
    save(tmp_path / "b.png", image.convert("RGB"))
    assert pairs(compare(tmp_path / "a.png", tmp_path / "b.png"))["b.png"]["verdict"] == "equal"


def test_sixteen_bits(tmp_path):
    levels = (numpy.arange(64 * 48).reshape(48, 64) * 21).astype("uint16")
    Image.fromarray(levels).save(tmp_path / "a.png")
    levels[5, 9] += 300
    Image.fromarray(levels).save(tmp_path / "b.png")
    measures = pairs(compare(tmp_path / "a.png", tmp_path / "b.png", expect=1))["b.png"]["measures"]
    assert measures["peak"] == 65535 and measures["largest"] == 300 and measures["at"]["x"] == 9
    compare(tmp_path / "a.png", tmp_path / "b.png", "--threshold", "2")
    compare(tmp_path / "a.png", tmp_path / "b.png", "--threshold", "1", expect=1)


def test_rectangles_and_masks_are_left_out(trees, tmp_path):
    _, actual = trees
    change(actual / "a.png", {(10, 10): (0, 0, 0), (11, 12): (255, 255, 255)})
    compare(*trees, expect=1)
    result = compare(*trees, "--ignore", "10,10,2,3")
    assert pairs(result)["a.png"]["measures"]["ignored"] == 6
    compare(*trees, "--ignore", "10,10,1,1", expect=1)
    compare(*trees, "--ignore", "10,10,1,1", "--ignore", "11,12,100000,1")
    mask = Image.new("L", (64, 48), 255)
    mask.paste(0, (10, 10, 12, 13))
    mask.save(tmp_path / "mask.png")
    assert pairs(compare(*trees, "--mask", tmp_path / "mask.png"))["a.png"]["measures"]["ignored"] == 6
    Image.new("L", (8, 8), 255).save(tmp_path / "small.png")
    result = compare(*trees, "--mask", tmp_path / "small.png", expect=2)
    assert pairs(result)["a.png"]["code"] == "E_MASK"


def test_the_last_matching_tolerance_wins(trees):
    golden, actual = trees
    for name in ("a.png", "sub/c.png"):
        value = Image.open(actual / name).getpixel((1, 1))
        change(actual / name, {(1, 1): tuple(v + 4 if v < 128 else v - 4 for v in value)})
    (golden / "tolerances").write_text("# comment\n*.png threshold=4\nsub/* threshold=3 # stricter\n")
    result = compare(*trees, expect=1)
    assert pairs(result)["a.png"]["verdict"] == "within" and pairs(result)["a.png"]["budget"]["rule"] == "*.png"
    assert pairs(result)["sub/c.png"]["verdict"] == "different"
    (golden / "tolerances").write_text('sub/* threshold=3\n"*.png" max-diff-pixels=1 ignore=0,0,1,1\n')
    compare(*trees)
    (golden / "tolerances").write_text("*.png threshold=300\n")
    assert "line 1" in run("compare", *trees, expect=2).err


def test_metadata_only_on_request(tmp_path):
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "one")
    save(tmp_path / "a.png", pnginfo=text, dpi=(72, 72))
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "one", zip=True)
    save(tmp_path / "b.png", pnginfo=text, dpi=(72, 72))
    save(tmp_path / "c.png", dpi=(96, 96))
    files = [tmp_path / f"{name}.png" for name in "abc"]
    compare(files[0], files[1], "--metadata")
    compare(files[0], files[2])
    pair = pairs(compare(files[0], files[2], "--metadata", expect=1))["c.png"]
    assert pair["cause"] == "metadata" and "density" in pair["facts"] and "text" in pair["facts"]


def test_goldens_by_hash(trees, tmp_path):
    _, actual = trees
    file = tmp_path / "pixels.hashes"
    run("compare", "--hashes", file, actual, expect=2, CI="")
    assert compare("--hashes", file, actual, "--update").summary["updated"] == 3
    assert compare("--hashes", file, actual).summary["equal"] == 3
    # The same pixels in another file are the same; a changed pixel, another depth or a missing file are not.
    Image.open(actual / "a.png").save(actual / "a.png", compress_level=1)
    compare("--hashes", file, actual)
    change(actual / "b.png", {(0, 0): (1, 2, 3)})
    (actual / "sub/c.png").unlink()
    result = compare("--hashes", file, actual, expect=1)
    assert {n: o["verdict"] for n, o in pairs(result).items()} == {
        "a.png": "equal", "b.png": "different", "sub/c.png": "missing"}
    before = file.read_text()
    compare("--hashes", file, actual, "--update", "nothing*", expect=1)
    assert file.read_text() == before
    compare("--hashes", file, actual, "--update", "--allow-missing")
    assert file.read_text() != before and "sub/c.png" in file.read_text()


def test_update_takes_over_what_differs(trees):
    golden, actual = trees
    change(actual / "a.png", {(0, 0): (9, 9, 9)})
    change(actual / "sub/c.png", {(0, 0): (9, 9, 9)})
    save(actual / "deep/new.png")
    (actual / "b.png").unlink()
    run("compare", *trees, "--update", expect=2, CI="true")
    assert compare(*trees, "--update", "sub/*", expect=1).summary["updated"] == 1
    assert (golden / "sub/c.png").read_bytes() == (actual / "sub/c.png").read_bytes()
    result = compare(*trees, "--update", "--force", expect=1, CI="true")
    assert result.summary["updated"] == 2 and result.summary["missing"] == 1
    assert tree(golden) == {**tree(actual), "b.png": tree(golden)["b.png"]}


def test_a_broken_file_is_trouble(trees):
    _, actual = trees
    whole = (actual / "a.png").read_bytes()
    (actual / "a.png").write_bytes(whole[:len(whole) // 2])
    (actual / "b.png").write_bytes(b"no image")
    result = compare(*trees, expect=2)
    assert pairs(result)["a.png"]["verdict"] == "broken" and pairs(result)["a.png"]["detail"].startswith("actual: ")
    assert pairs(result)["b.png"]["code"] == "E_NOT_IMAGE"


@pytest.mark.parametrize("words, said", [
    ([], "needs EXPECTED and ACTUAL"), (["one"], "takes EXPECTED and ACTUAL"),
    (["--treshold", "3"], "did you mean --threshold"), (["--threshold", "256"], "0..255"),
    (["--ignore", "1,2,3"], "X,Y,W,H"), (["a", "b", "c"], "no more"),
    (["--hashes", "x", "--threshold", "1", "actual"], "no budget"),
])
def test_wrong_words(words, said, tmp_path):
    (tmp_path / "actual").mkdir()
    assert said in run("compare", *words, expect=2, cwd=tmp_path).err


def test_a_folder_is_not_compared_with_a_file_nor_with_nothing(trees, tmp_path):
    run("compare", trees[0], trees[1] / "a.png", expect=2)
    run("compare", trees[0], tmp_path / "nowhere", expect=2)
    (tmp_path / "empty").mkdir()
    assert "no image" in run("compare", tmp_path / "empty", tmp_path / "empty", expect=2).err


def test_reports_and_pictures_of_failures_only(trees, tmp_path):
    _, actual = trees
    change(actual / "a.png", {(3, 4): (1, 2, 3)})
    (actual / "sub/c.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (actual / "b.png").unlink()
    junit, folder = tmp_path / "reports/junit.xml", tmp_path / "diffs"
    result = compare(*trees, "--junit", junit, "--diff-dir", folder, "--allow-missing", expect=2)
    suite = ElementTree.parse(junit).getroot()[0]
    assert dict(suite.attrib, time="") == {"name": "imgbatch compare", "tests": "3", "failures": "1", "errors": "1",
                                           "skipped": "1", "time": ""}
    assert {case.get("name"): case[0].tag for case in suite} == {
        "a.png": "failure", "b.png": "skipped", "sub/c.png": "error"}
    assert list(tree(folder)) == ["a.png"] and pairs(result)["a.png"]["diff"] == str(folder / "a.png")
    shown = Image.open(folder / "a.png")
    assert shown.size == (64, 48) and shown.getpixel((3, 4))[0] == 255 and shown.getpixel((3, 4))[1] < 160
    assert len(set(shown.getpixel((8, 8)))) == 1


def test_the_pages_pictures_are_the_pixels(trees, tmp_path):
    """Three pictures of each failure that keep every sample, made by several threads."""
    golden, actual = trees
    for name in ("a.png", "b.png", "sub/c.png"):
        change(actual / name, {(3, 4): (1, 2, 3), (60, 40): (200, 0, 9)})
    save(golden / "larger.png", picture(seed=9))
    save(actual / "larger.png", picture(80, 60, seed=9))
    compare(*trees, "--html", tmp_path / "page.html", "--diff-dir", tmp_path / "diffs", expect=1)
    page = (tmp_path / "page.html").read_text()
    for name in ("a.png", "b.png", "sub/c.png", "larger.png"):
        entry = page[page.index(f">{name}<"):]
        entry = entry[:entry.index("</details>")]
        shown = re.findall(r'alt="(\w+)" data-\w+="[\d ]+" width="\d+" height="\d+" src="data:image/png;base64,([^"]+)"', entry)
        folders = {"expected": golden, "actual": actual, "differences": tmp_path / "diffs"}
        assert [what for what, _ in shown] == list(folders)[:2 if name == "larger.png" else 3]
        for what, data in shown:
            pixels = numpy.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))
            assert (pixels == numpy.asarray(Image.open(folders[what] / name).convert("RGB"))).all(), (name, what)


def test_what_nobody_is_told_is_not_worked_out(trees, tmp_path):
    """With --quiet the status is the same."""
    change(trees[1] / "b.png", {(3, 4): (1, 2, 3)})
    assert run("compare", *trees, "-q", expect=1).err == ""
    assert run("compare", *trees, "-q", "--max-diff-pixels", "1").err == ""
    assert pairs(run("compare", *trees, "-q", "--json", expect=1))["b.png"]["explanation"]
    run("compare", *trees, "-q", "--junit", tmp_path / "report.xml", expect=1)
    assert "the pixel is at 3,4" in (tmp_path / "report.xml").read_text()


def test_a_report_that_cannot_be_written_is_the_environments_fault(trees, tmp_path):
    (tmp_path / "file").write_text("")
    run("compare", *trees, "--junit", tmp_path / "file/junit.xml", expect=3)


def test_jobs_change_nothing_but_time(trees):
    _, actual = trees
    change(actual / "a.png", {(3, 4): (1, 2, 3)})
    results = []
    for jobs in ("1", "2", "5"):
        objects = compare(*trees, "--jobs", jobs, expect=1).objects[:-1]
        results.append(json.dumps([{**o, "ms": 0} for o in objects]))
    assert len(set(results)) == 1


def test_lines_for_a_person(trees):
    _, actual = trees
    change(actual / "a.png", {(3, 4): (1, 2, 3)})
    result = run("compare", *trees, expect=1)
    assert '"a.png": different: 1 of 3,072 pixels differ' in result.err and "; the pixel is at 3,4, 0.03% of" in result.err and "2 equal, 1 different: 3 pairs" in result.err
    assert "b.png" not in result.err and result.out == ""
    assert '"b.png": equal' in run("compare", *trees, "-v", expect=1).err
    assert run("compare", *trees, "-q", expect=1).err == ""
