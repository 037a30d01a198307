"""doctor: is this machine ready for a build? Each finding comes with its remedy."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import cocopfs
from cocopfs.engine.commit import OutputError, commit_bytes
from cocopfs.errors import CocopfsError
from cocopfs.faces.pack import Role, open_pack
from cocopfs.faces.roles import OPTIONAL
from cocopfs.faces.session import Device, available_providers, resolve_device
from cocopfs.sources.downloads import look_at_coco, look_at_gallery

_LIBRARIES = (
    "numpy",
    "opencv-python",
    "opencv-contrib-python-headless",
    "pyarrow",
    "pycocotools",
    "insightface",
    "deepface",
    "onnxruntime",
    "onnxruntime-gpu",
    "joblib",
    "pydantic",
    "msgspec",
)
_OPTIONAL = {"onnxruntime-gpu", "opencv-contrib-python-headless", "opencv-python"}
_FREE_BYTES = 40 * 2**30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. A finding that is not good has a remedy."""

    subject: str
    found: str
    good: bool
    remedy: str = ""


def examine(
    device: Device,
    pack: Path | None,
    out: Path | None,
    coco: Path | None = None,
    vggface2: Path | None = None,
) -> Iterator[Finding]:
    """Look at everything that a build needs; what is written for it is taken away again."""
    yield Finding("cocopfs", cocopfs.__version__, good=True)
    yield Finding(
        "Python",
        platform.python_version(),
        good=sys.version_info >= (3, 11),
        remedy="install Python 3.11 or newer",
    )
    yield from _libraries()
    yield _opencv()
    yield _onnxruntime()
    yield _device(device)
    if pack is not None:
        yield from look_at_pack(pack)
    if coco is not None:
        yield from _coco(coco)
    if vggface2 is not None:
        yield from _gallery(vggface2)
    if out is not None:
        yield from _output(out)


def _libraries() -> Iterator[Finding]:
    for name in _LIBRARIES:
        version = _version(name)
        if version is not None:
            yield Finding(name, version, good=True)
        elif name not in _OPTIONAL:
            yield Finding(name, "not installed", good=False, remedy=f"pip install {name}")


def _opencv() -> Finding:
    """Both OpenCV wheels write cv2/; of two versions the one half belongs to the other."""
    import cv2

    names = (
        "opencv-python",
        "opencv-contrib-python",
        "opencv-python-headless",
        "opencv-contrib-python-headless",
    )
    installed = {name: version for name in names if (version := _version(name))}
    releases = {".".join(version.split(".")[:3]) for version in installed.values()}
    good = releases == {cv2.__version__} and cv2.__version__.startswith("4.")
    listed = ", ".join(f"{name} {version}" for name, version in installed.items())
    return Finding(
        "OpenCV",
        f"cv2 {cv2.__version__} of {listed or 'no known wheel'}",
        good,
        remedy="pip install --force-reinstall --no-deps 'opencv-python<5' "
        "'opencv-contrib-python-headless<5'",
    )


def _onnxruntime() -> Finding:
    """Plain onnxruntime, which insightface and deepface ask for, overwrites the GPU build."""
    plain, gpu = _version("onnxruntime"), _version("onnxruntime-gpu")
    providers = available_providers()
    shadowed = gpu is not None and "CUDAExecutionProvider" not in providers
    which = f"plain {plain}" if gpu is None else f"GPU {gpu}"
    return Finding(
        "ONNX Runtime",
        f"{which}: {', '.join(name.removesuffix('ExecutionProvider') for name in providers)}",
        good=not shadowed,
        remedy="pip install --force-reinstall --no-deps onnxruntime-gpu",
    )


def _device(device: Device) -> Finding:
    try:
        resolved = resolve_device(device)
    except CocopfsError as error:
        return Finding("device", error.what, good=False, remedy=error.hint or "")
    return Finding("device", f"{device} → {resolved}", good=True)


def look_at_pack(root: Path) -> Iterator[Finding]:
    """A finding for each role: its file with its hash, or what is wrong with it."""
    for role in Role:
        try:
            pack = open_pack(root, [role])
        except CocopfsError as error:
            optional = role in OPTIONAL and not error.what.count("sha256")
            yield Finding(f"pack: {role}", error.what, good=optional, remedy=error.hint or "")
        else:
            file = next(file for file in pack.files if file.role is role)
            yield Finding(
                f"pack: {role}",
                f"{file.path}, {file.size / 1e6:.1f} MB, sha256 {file.digest[:12]}…",
                good=True,
            )


def _coco(root: Path) -> Iterator[Finding]:
    """What a download of COCO lacks, by its own annotations."""
    for subset in look_at_coco(root):
        if subset.problem is not None:
            remedy = "get annotations_trainval2017.zip from https://cocodataset.org/#download"
            yield Finding(f"coco: {subset.name}", subset.problem, good=False, remedy=remedy)
            continue
        found = f"{subset.listed - subset.missing} of {subset.listed} pictures"
        if subset.whole not in (None, subset.listed):
            found += f" (a part: COCO 2017 has {subset.whole})"
        if subset.missing:
            found += f"; missing: {', '.join(subset.first_missing)}, ..."
        if subset.empty:
            found += f"; {subset.empty} are empty files"
        yield Finding(
            f"coco: {subset.name}",
            found,
            good=not (subset.missing or subset.empty),
            remedy=f"get {subset.name}.zip again and unpack it into {root}",
        )


def _gallery(root: Path) -> Iterator[Finding]:
    """What a download of VGGFace2 lacks; of a gallery of one's own, how large it is."""
    try:
        found = look_at_gallery(root)
    except CocopfsError as error:
        yield Finding("gallery", error.what, good=False, remedy=error.hint or error.expected or "")
        return
    for part in found.parts:
        told = f"{part.folders} identities"
        if found.is_vggface2 and part.whole is not None:
            told += f" of {part.whole}"
        if part.empty:
            told += f"; without a portrait: {', '.join(part.empty[:3])}"
        whole = not found.is_vggface2 or part.whole in (None, part.folders)
        name = f"gallery: {part.name or 'folders'}"
        remedy = f"unpack {part.name or 'the portraits'} again; a gallery that is smaller is used"
        yield Finding(name, told, good=whole and not part.empty, remedy=remedy)
    listed = f"{found.listed} identities, {found.without_folder} of them without a folder"
    yield Finding(
        "gallery: list",
        listed if found.list_name else "none: folder names become names, and genders are unknown",
        good=found.list_name is not None,
        remedy="put identity_meta.csv (VGGFace2) or identities.csv (id, name, gender) beside them",
    )
    if found.consent is not None:
        left = found.consent.open
        yield Finding(
            "gallery: consent",
            f"consent.csv covers {found.consent.covered} identities, {left} are left",
            good=not left,
            remedy="see docs/own-identities.md: without it the dataset cannot be exported",
        )


def _output(out: Path) -> Iterator[Finding]:
    """Space, and whether a rename replaces a file in one step there."""
    folder = next(path for path in (out, *out.resolve().parents) if path.is_dir())
    free = shutil.disk_usage(folder).free
    yield Finding(
        "disk",
        f"{free / 2**30:.0f} GiB free in {folder}",
        good=free >= _FREE_BYTES,
        remedy="work/ and data/ take about 0.3 MB a sample together: choose another --out",
    )
    probe = folder / ".cocopfs-doctor"
    try:
        commit_bytes(probe, b"first")
        commit_bytes(probe, b"second")
        good = probe.read_bytes() == b"second"
        probe.unlink()
    except (OutputError, OSError) as error:
        yield Finding("rename", str(error), good=False, remedy="choose another --out")
    else:
        yield Finding("rename", "replaces a file in one step", good, "choose another --out")


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
