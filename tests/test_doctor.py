"""`cocopfs doctor` sees what would spoil a build, and says how to mend it."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from cocopfs import doctor
from cocopfs.doctor import Finding, examine, look_at_pack
from cocopfs.world.embedded import PACK
from tests.command import cocopfs
from tests.material import Material


def by_subject(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.subject: finding for finding in findings}


def test_this_machine_is_ready(
    real_small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = cocopfs(
        capsys, "doctor", "--device", "cpu", "--pack", real_small, "--out", tmp_path / "out"
    )
    assert ended.code == 0
    assert "det_500m.onnx" in ended.output
    assert "replaces a file in one step" in ended.output
    assert list(tmp_path.iterdir()) == []


def test_a_gpu_build_of_onnxruntime_that_is_shadowed_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    versions = {"onnxruntime": "1.31.1", "onnxruntime-gpu": "1.31.1"}
    real = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: versions.get(name) or real(name))
    monkeypatch.setattr(doctor, "available_providers", lambda: ["CPUExecutionProvider"])
    finding = by_subject(list(examine("cpu", None, None)))["ONNX Runtime"]
    assert not finding.good
    assert "--force-reinstall --no-deps onnxruntime-gpu" in finding.remedy


def test_two_versions_of_opencv_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    real = doctor._version
    monkeypatch.setattr(
        doctor, "_version", lambda name: "5.0.0.90" if name == "opencv-python" else real(name)
    )
    finding = by_subject(list(examine("cpu", None, None)))["OpenCV"]
    assert not finding.good
    assert "pip install" in finding.remedy


def test_a_damaged_pack_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pack").mkdir()
    ended = cocopfs(capsys, "doctor", "--device", "cpu", "--pack", tmp_path / "pack")
    assert ended.code == 2
    assert "detector" in ended.output


@pytest.mark.parametrize(("free", "good"), [(2 * 2**30, True), (2**29, False)])
def test_little_space_is_told_and_hardly_any_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, good: bool
) -> None:
    """Two GiB are plenty for the drawn world."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    finding = by_subject(list(examine("cpu", None, tmp_path)))["disk"]
    assert finding.good is good
    assert f"room for about {free // 300_000:,} samples" in finding.found


# --- ready where a build is, and only there -------------------------------------------------------


def test_pictures_that_a_symlink_leads_to_are_refused_as_a_build_refuses_them(
    small: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = small.coco / "val2017"
    pictures.rename(tmp_path / "elsewhere")
    pictures.symlink_to(tmp_path / "elsewhere")
    why = "a symlink that leads out of its folder"
    looked = cocopfs(capsys, "doctor", "--device", "cpu", "--coco", small.coco)
    built = cocopfs(capsys, "build", "trial", *small.options(tmp_path / "out"))
    assert (looked.code, built.code) == (2, 2)
    assert why in built.error
    finding = by_subject(list(examine("cpu", None, None, small.coco)))["coco: val2017"]
    assert not finding.good
    assert why in finding.found
    assert finding.remedy


def test_a_gallery_without_portraits_is_refused_as_a_build_refuses_it(
    small: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = Material(small.coco, tmp_path / "empty", small.pack)
    empty.vggface2.mkdir()
    looked = cocopfs(capsys, "doctor", "--device", "cpu", "--vggface2", empty.vggface2)
    built = cocopfs(capsys, "build", "trial", *empty.options(tmp_path / "out"))
    assert (looked.code, built.code) == (2, 2)
    assert "has no portraits" in looked.output
    assert "has no portraits" in built.error


def test_what_only_some_recipes_need_is_a_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = shutil.copytree(PACK, tmp_path / "pack")
    listed = yaml.safe_load((pack / "pack.yaml").read_text())
    listed["files"] = [file for file in listed["files"] if file["role"] != "swapper"]
    (pack / "pack.yaml").write_text(yaml.safe_dump(listed))
    found = by_subject(list(look_at_pack(pack)))
    assert {subject for subject, finding in found.items() if finding.note} == {
        "pack: swapper",
        "pack: age",
    }
    assert "swap.swapper=inswapper" in found["pack: swapper"].found
    assert all(finding.good for finding in found.values())
    assert cocopfs(capsys, "models", "verify", pack).code == 0


def test_an_optional_file_that_is_listed_and_gone_is_a_fault(tmp_path: Path) -> None:
    pack = shutil.copytree(PACK, tmp_path / "pack")
    (pack / "swapper.onnx").unlink()
    assert not by_subject(list(look_at_pack(pack)))["pack: swapper"].good


def test_a_pack_that_is_not_there_is_one_finding_with_a_remedy(tmp_path: Path) -> None:
    (finding,) = look_at_pack(tmp_path / "no")
    assert not finding.good
    assert "there is no model pack" in finding.found
    assert "cocopfs models list" in finding.remedy
    (tmp_path / "pack.yaml").write_text("- a list")
    (finding,) = look_at_pack(tmp_path)
    assert not finding.good
    assert finding.remedy


def test_a_part_of_vggface2_is_a_note(
    vggface2_mini: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = cocopfs(capsys, "doctor", "--device", "cpu", "--vggface2", vggface2_mini)
    assert ended.code == 0
    assert "note gallery: train" in ended.output
    assert "it is used as it is" in ended.output


def test_an_out_folder_that_a_build_refuses(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for out in (tmp_path, tmp_path / "file", tmp_path / "file" / "out"):
        finding = by_subject(list(examine("cpu", None, out)))["out"]
        assert not finding.good
        assert "--out" in finding.remedy


def test_folders_that_are_none_have_a_remedy_each(tmp_path: Path) -> None:
    no = tmp_path / "no"
    faults = [finding for finding in examine("cpu", no, None, no, no) if not finding.good]
    assert [finding.subject for finding in faults] == ["pack", "coco", "gallery"]
    assert all(finding.remedy for finding in faults)
