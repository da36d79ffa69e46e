# SPDX-License-Identifier: Apache-2.0
"""What `cmake --install` lays down works for those who meet only that: programs that link the library, shared or
static, found by CMake or by pkg-config; the command; and all of it again after the prefix was moved."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ["IMGBATCH_BUILD"])
RECIPE = "short-edge 64; crop 48x48"


def run(*command, check=True, **more):
    result = subprocess.run([str(word) for word in command], capture_output=True, **more)
    if check:
        assert result.returncode == 0, (command, result.stdout.decode(), result.stderr.decode())
    return result


def text(*command, **more):
    return run(*command, **more).stdout.decode()


def libdir(prefix):
    return next(prefix.glob("**/libimgbatch.so")).parent


def tree_bytes(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*"))
            if path.is_file() and ".imgbatch" not in path.parts}


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("install") / "first"
    run("cmake", "--install", BUILD, "--prefix", prefix)
    return prefix


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    from PIL import Image
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "sub").mkdir()
    for number, (width, height) in enumerate([(160, 120), (97, 203), (64, 64)]):
        picture = Image.merge("RGB", [Image.effect_noise((width, height), 40 + 10 * band) for band in range(3)])
        picture.save(folder / f"photo{number}.jpg", quality=90)
        picture.save(folder / "sub" / f"drawing{number}.png")
    return folder


@pytest.fixture(scope="module")
def expected(pictures, prefix, tmp_path_factory):
    """What the installed command makes of the pictures, by the plainest engines."""
    out = tmp_path_factory.mktemp("expected") / "out"
    run(prefix / "bin/imgbatch", "--in", pictures, "--out", out, "--short-edge", "64", "--crop", "48x48",
        "--quality", "85", "--io", "sync", "--cpu", "serial")
    files = tree_bytes(out)
    assert len(files) == 6
    return files


def header_names():
    """Every function that the public headers declare."""
    header = "".join(path.read_text(encoding="utf-8") for path in (TREE / "include/imgbatch").glob("*.h"))
    names = set(re.findall(r"\bIMGBATCH_API\b[^;(]*?\b(imgbatch_\w+)\s*\(", header))
    assert len(names) > 20
    return names


def test_everything_is_there(prefix):
    lib = libdir(prefix)
    for path in (prefix / "bin/imgbatch", prefix / "libexec/imgbatch/imgbatch-worker",
                 prefix / "include/imgbatch/imgbatch.h", prefix / "include/imgbatch/errors.h",
                 lib / "libimgbatch.a", lib / "libimgbatch.so.0",
                 lib / "pkgconfig/imgbatch.pc", lib / "cmake/imgbatch/imgbatchConfig.cmake",
                 lib / "cmake/imgbatch/imgbatchConfigVersion.cmake", prefix / "include/imgbatch/compare.h",
                 lib / "cmake/imgbatch/imgbatchGolden.cmake", lib / "cmake/imgbatch/imgbatchGoldenRun.cmake",
                 prefix / "share/man/man1/imgbatch.1", prefix / "share/doc/imgbatch/LICENSE",
                 prefix / "share/bash-completion/completions/imgbatch", prefix / "share/zsh/site-functions/_imgbatch",
                 prefix / "share/fish/vendor_completions.d/imgbatch.fish"):
        assert path.is_file() and path.stat().st_size > 0, path


def test_the_shared_library_exports_the_public_names_only(prefix):
    lines = text("nm", "-D", "--defined-only", libdir(prefix) / "libimgbatch.so").splitlines()
    assert {line.split()[-1].split("@")[0] for line in lines} == header_names()


def test_the_static_library_shows_the_public_names_only(prefix):
    lines = text("nm", "-g", "--defined-only", libdir(prefix) / "libimgbatch.a").splitlines()
    assert {line.split()[-1] for line in lines if len(line.split()) == 3} == header_names()


def test_libseccomp_is_the_workers_alone(prefix):
    """Whoever links the library need not have it."""
    assert "libseccomp" in text("readelf", "-d", prefix / "libexec/imgbatch/imgbatch-worker")
    for path in (prefix / "bin/imgbatch", libdir(prefix) / "libimgbatch.so"):
        assert "libseccomp" not in text("readelf", "-d", path)


def test_the_soname_is_versioned(prefix):
    assert "[libimgbatch.so.0]" in text("readelf", "-d", libdir(prefix) / "libimgbatch.so")


def test_the_worker_loads_no_more_than_it_needs(prefix):
    needed = text("readelf", "-d", prefix / "libexec/imgbatch/imgbatch-worker")
    for name in ("gomp", "sqlite", "uring"):
        assert name not in needed


def test_nothing_installed_names_the_prefix(prefix):
    lib = libdir(prefix)
    for path in [lib / "pkgconfig/imgbatch.pc", *(lib / "cmake/imgbatch").iterdir()]:
        assert str(prefix) not in path.read_text(), path
        assert str(TREE) not in path.read_text(), path


@pytest.mark.parametrize("standard", ["c11", "gnu17"])
def test_headers_compile_alone(prefix, standard, tmp_path):
    for header in sorted((prefix / "include/imgbatch").glob("*.h")):
        (tmp_path / "alone.c").write_text(f"#include <imgbatch/{header.name}>\nint unused;\n")
        run("cc", f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I", prefix / "include", "-c",
            tmp_path / "alone.c", "-o", tmp_path / "alone.o")


@pytest.mark.skipif(not shutil.which("g++"), reason="no C++ compiler")
def test_headers_compile_as_cxx(prefix, tmp_path):
    (tmp_path / "alone.cc").write_text("#include <imgbatch/imgbatch.h>\nint main() { return !imgbatch_version(); }\n")
    run("g++", "-Wall", "-Wextra", "-Werror", "-I", prefix / "include", tmp_path / "alone.cc",
        "-L", libdir(prefix), "-limgbatch", "-o", tmp_path / "alone")


@pytest.mark.skipif(not shutil.which("mandoc"), reason="mandoc is not installed")
def test_the_manual_page_is_sound(prefix):
    page = prefix / "share/man/man1/imgbatch.1"
    result = run("mandoc", "-T", "lint", "-W", "warning", page, check=False)
    assert result.returncode == 0, result.stdout.decode()
    assert "--short-edge" in text("mandoc", "-T", "utf8", page).replace("\b", "").replace("--", "--") or \
        "short-edge" in page.read_text().replace("\\-", "-")


@pytest.mark.parametrize("shell, path", [
    ("bash", "bash-completion/completions/imgbatch"),
    ("zsh", "zsh/site-functions/_imgbatch"),
    ("fish", "fish/vendor_completions.d/imgbatch.fish"),
])
def test_completions_are_sound(prefix, shell, path):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    run(shell, "-n", prefix / "share" / path)


def test_bash_completes(prefix):
    script = f"""
        source {prefix}/share/bash-completion/completions/imgbatch
        complete -p imgbatch >/dev/null || exit 1
        COMP_WORDS=(imgbatch --short-e) COMP_CWORD=1 COMP_LINE='imgbatch --short-e' COMP_POINT=18
        fun=$(complete -p imgbatch | sed -n 's/.*-F \\([^ ]*\\).*/\\1/p')
        "$fun" imgbatch --short-e imgbatch
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    assert "--short-edge" in text("bash", "--norc", "-c", script)


def build_cmake(prefix, folder, static):
    run("cmake", "-S", TREE / "examples", "-B", folder, f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DSTATIC={'ON' if static else 'OFF'}")
    run("cmake", "--build", folder)


def build_make(prefix, folder, static):
    folder.mkdir()
    environment = dict(os.environ, PKG_CONFIG_PATH=str(libdir(prefix) / "pkgconfig"))
    run("make", "-C", TREE / "examples", f"BUILD={folder}", *(["STATIC=1"] if static else []), env=environment)


def try_examples(folder, prefix, pictures, expected, static, engines, scratch):
    """Both example programs give what the command gives."""
    environment = dict(os.environ, LD_LIBRARY_PATH=str(libdir(prefix)))
    linked = text("ldd", folder / "batch", env=environment)
    assert ("libimgbatch" not in linked) == static, linked
    for engine in engines:
        out = scratch / engine
        run(folder / "batch", pictures, out, engine, env=environment)
        assert tree_bytes(out) == expected, engine
    source = pictures / "sub/drawing1.png"
    result = run(folder / "memory", RECIPE, "sub/drawing1.png", input=source.read_bytes(), env=environment)
    assert result.stdout == expected["sub/drawing1.png"]


@pytest.mark.parametrize("build", [build_cmake, build_make])
@pytest.mark.parametrize("static", [False, True])
def test_a_program_against_the_library(prefix, pictures, expected, build, static, tmp_path):
    build(prefix, tmp_path / "build", static)
    # A program with the library inside it looks for the worker helper where the library was to be installed.
    engines = ["threads"] if static else ["threads", "processes"]
    try_examples(tmp_path / "build", prefix, pictures, expected, static, engines, tmp_path)


def test_a_host_may_use_our_internal_names(prefix, tmp_path):
    (tmp_path / "host.c").write_text("""
        #include <imgbatch/imgbatch.h>
        int fault_set(void); int fault_set(void) { return 40; }
        int pool_new(void); int pool_new(void) { return 2; }
        int recipe_parse = 0;
        int main(void)
        {
            struct imgbatch *batch = imgbatch_new();
            int bad = !batch || imgbatch_recipe_parse(batch, "resize 8x8", 0);

            imgbatch_free(batch);
            return bad || fault_set() + pool_new() + recipe_parse != 42;
        }
    """)
    environment = dict(os.environ, PKG_CONFIG_PATH=str(libdir(prefix) / "pkgconfig"))
    flags = text("pkg-config", "--static", "--cflags", "--libs", "imgbatch", env=environment).split()
    flags = ["-l:libimgbatch.a" if flag == "-limgbatch" else flag for flag in flags]
    run("cc", tmp_path / "host.c", *flags, "-o", tmp_path / "host")
    run(tmp_path / "host")


def test_a_moved_prefix_works(prefix, pictures, expected, tmp_path):
    moved = tmp_path / "moved here"
    build_cmake(prefix, tmp_path / "before", False)
    shutil.copytree(prefix, moved, symlinks=True)
    away = prefix.with_name("away")
    prefix.rename(away)
    try:
        for engine in ("threads", "openmp", "processes"):
            out = tmp_path / f"command-{engine}"
            run(moved / "bin/imgbatch", "--in", pictures, "--out", out, "--short-edge", "64", "--crop", "48x48",
                "--quality", "85", "--cpu", engine)
            assert tree_bytes(out) == expected, engine
        # One built before the move, told where the library is now; and one built after it.
        try_examples(tmp_path / "before", moved, pictures, expected, False, ["processes"], tmp_path)
        build_cmake(moved, tmp_path / "after", False)
        try_examples(tmp_path / "after", moved, pictures, expected, False, ["serial"], tmp_path)
        build_make(moved_link(moved, tmp_path), tmp_path / "after-make", True)
        try_examples(tmp_path / "after-make", moved, pictures, expected, True, ["openmp"], tmp_path)
    finally:
        away.rename(prefix)


def moved_link(moved, tmp_path):
    """The same folder by a name without a blank, which make and PKG_CONFIG_PATH do not bear."""
    link = tmp_path / "moved"
    link.symlink_to(moved)
    return link


def test_golden_tests_of_another_project(prefix, tmp_path):
    """imgbatch_add_golden_test as the example shows it: passes, fails with the evidence, and is updated."""
    for name in ("golden", "batch.c"):
        (shutil.copytree if (TREE / "examples" / name).is_dir() else shutil.copy)(
            TREE / "examples" / name, tmp_path / "examples" / name if name == "golden" else tmp_path / "examples")
    source, build = tmp_path / "examples/golden", tmp_path / "build"
    run("cmake", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", build)
    local = {name: value for name, value in os.environ.items() if name != "CI"}
    run("ctest", "--test-dir", build, env=local)
    shutil.copy(source / "golden/text.png", source / "golden/valley.png")
    done = run("ctest", "--test-dir", build, "--output-on-failure", check=False, env=local)
    assert done.returncode and b'"valley.png": different' in done.stdout
    assert (build / "golden/thumbnails/diff/valley.png").is_file()
    assert b'name="valley.png"' in (build / "golden/thumbnails/junit.xml").read_bytes()
    target = ["cmake", "--build", build, "--target", "thumbnails-update"]
    assert run(*target, check=False, env={**local, "CI": "true"}).returncode
    run(*target, env=local)
    run("ctest", "--test-dir", build, env=local)
