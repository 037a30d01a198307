"""Names from outside cannot lead out of their folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocopfs.sources.paths import UnsafePathError, inside, stat_inside


@pytest.mark.parametrize(
    "relative",
    [
        "",
        "/etc/passwd",
        "../outside.jpg",
        "val2017/../../outside.jpg",
        "val2017/..",
        "..\\outside.jpg",
        "val2017\\1.jpg",
        "1.jpg\0.png",
        "\udcff.jpg",
    ],
)
def test_names_that_are_no_paths_below_the_folder_are_refused(
    tmp_path: Path, relative: str
) -> None:
    with pytest.raises(UnsafePathError):
        inside(tmp_path, relative)


@pytest.mark.parametrize("target", ["../outside.jpg", "../root-2/1.jpg"])
def test_a_symlink_that_leaves_is_refused(tmp_path: Path, target: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "root-2").mkdir()
    (root / "link.jpg").symlink_to(target)
    with pytest.raises(UnsafePathError, match="symlink"):
        inside(root, "link.jpg")


def test_a_folder_behind_a_symlink_that_leaves_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "1.jpg").touch()
    (root / "val2017").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnsafePathError, match="symlink"):
        inside(root, "val2017/1.jpg")


def test_symlinks_within_and_a_symlinked_root_are_followed(tmp_path: Path) -> None:
    (tmp_path / "root" / "real").mkdir(parents=True)
    (tmp_path / "root" / "real" / "1.jpg").touch()
    (tmp_path / "root" / "link").symlink_to("real")
    (tmp_path / "root-link").symlink_to(tmp_path / "root")
    expected = (tmp_path / "root" / "real" / "1.jpg").resolve()
    assert inside(tmp_path / "root-link", "link/1.jpg") == expected


@pytest.mark.parametrize("relative", ["a..b/..c.jpg", "not there.jpg", "val2017/Ğ 雪.jpg"])
def test_odd_but_harmless_names_pass(tmp_path: Path, relative: str) -> None:
    assert inside(tmp_path, relative) == tmp_path.resolve() / relative


def test_a_list_of_files_is_looked_at_as_one_file_would_be(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "real").mkdir(parents=True)
    (root / "real" / "1.jpg").write_bytes(b"four")
    (root / "link").symlink_to("real")
    (root / "real" / "link.jpg").symlink_to("1.jpg")
    (tmp_path / "outside.jpg").touch()
    (root / "real" / "out.jpg").symlink_to(tmp_path / "outside.jpg")
    for relative in ("real/1.jpg", "link/1.jpg", "real/link.jpg", "real/./1.jpg", "real"):
        assert stat_inside(root, relative) == inside(root, relative).stat()
    for relative in ("real/out.jpg", "../outside.jpg", "/etc/passwd", "real/.."):
        with pytest.raises(UnsafePathError):
            stat_inside(root, relative)
    for relative in ("real/2.jpg", "elsewhere/1.jpg"):
        with pytest.raises(FileNotFoundError):
            stat_inside(root, relative)
