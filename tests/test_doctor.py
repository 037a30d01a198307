"""`cocopfs doctor` sees what would spoil a build, and says how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocopfs import doctor
from cocopfs.doctor import Finding, examine
from tests.command import cocopfs


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
