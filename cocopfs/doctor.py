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
from cocopfs.errors import CocopfsError, UsageError
from cocopfs.faces.pack import Role, open_pack
from cocopfs.faces.roles import OPTIONAL, MissingRoleError
from cocopfs.faces.session import Device, available_providers, resolve_device
from cocopfs.sources.downloads import look_at_coco, look_at_gallery
from cocopfs.stages.out_folder import refuse_foreign

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
_SAMPLE = 300_000  # bytes on disk, in data/ and work/ together
_ONLY_FOR = {
    Role.SWAPPER: "only swap.swapper=inswapper needs one, swap.swapper=blend does not",
    Role.AGE: "only an age floor needs one: select.min_age, enroll.min_age",
}
_LEAST = 2**30  # bytes free: the drawn world takes 0.4 GB


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. What is not good has a remedy; a `note` is worth knowing, but
    a build goes on with it, or need not have it."""

    subject: str
    found: str
    good: bool
    remedy: str = ""
    note: bool = False


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
        return _fault("device", error)
    return Finding("device", f"{device} → {resolved}", good=True)


def look_at_pack(root: Path) -> Iterator[Finding]:
    """A finding for each role: its file with its hash, or what is wrong with it; one alone where
    there is no pack to look at."""
    try:
        open_pack(root, ())
    except CocopfsError as error:
        yield _fault("pack", error)
        return
    for role in Role:
        try:
            pack = open_pack(root, [role])
        except MissingRoleError as error:
            if role in OPTIONAL:
                yield Finding(f"pack: {role}", f"none; {_ONLY_FOR[role]}", good=True, note=True)
            else:
                yield _fault(f"pack: {role}", error)
        except CocopfsError as error:
            yield _fault(f"pack: {role}", error)
        else:
            file = next(file for file in pack.files if file.role is role)
            yield Finding(
                f"pack: {role}",
                f"{file.path}, {file.size / 1e6:.1f} MB, sha256 {file.digest[:12]}…",
                good=True,
            )


def _coco(root: Path) -> Iterator[Finding]:
    """What a download of COCO lacks, by its own annotations."""
    try:
        subsets = list(look_at_coco(root))
    except CocopfsError as error:
        yield _fault("coco", error)
        return
    for subset in subsets:
        name = f"coco: {subset.name}"
        if subset.problem is not None:
            yield Finding(name, subset.problem, good=False, remedy=subset.remedy)
            continue
        found = f"{subset.listed - subset.missing} of {subset.listed} pictures"
        if subset.whole not in (None, subset.listed):
            found += f" (a part: COCO 2017 has {subset.whole})"
        if subset.missing:
            found += f"; missing: {', '.join(subset.first_missing)}, ..."
        if subset.empty:
            found += f"; {subset.empty} are empty files"
        remedy = f"get {subset.name}.zip again and unpack it into {root}"
        if subset.outside:
            found += f"; {subset.outside} are symlinks that lead out of {root}"
            remedy = f"move or mount the pictures into {root}"
        whole = not (subset.missing or subset.empty or subset.outside)
        yield Finding(name, found, good=whole, remedy="" if whole else remedy)


def _gallery(root: Path) -> Iterator[Finding]:
    """What a download of VGGFace2 lacks; of a gallery of one's own, how large it is."""
    try:
        found = look_at_gallery(root)
    except CocopfsError as error:
        yield _fault("gallery", error)
        return
    for part in found.parts:
        told = f"{part.folders} identities"
        whole = not found.is_vggface2 or part.whole in (None, part.folders)
        if not whole:
            told += f" (a part: VGGFace2 has {part.whole})"
        if part.empty:
            told += f"; {len(part.empty)} without a portrait: {', '.join(part.empty[:3])}"
            told += ", ..." if len(part.empty) > 3 else ""
        note = bool(part.empty) or not whole
        remedy = f"it is used as it is; for all, unpack {part.name or 'the portraits'} again"
        name = f"gallery: {part.name or 'folders'}"
        yield Finding(name, told, good=True, remedy=remedy if note else "", note=note)
    listed = f"{found.listed} identities, {found.without_folder} of them without a folder"
    yield Finding(
        "gallery: list",
        listed if found.list_name else "none: folder names become names, and genders are unknown",
        good=found.list_name is not None,
        remedy="put identity_meta.csv (VGGFace2) or identities.csv (id, name, gender) beside them, "
        "or match without genders: --set 'match.by=[]'",
    )
    if found.consent is not None:
        left = found.consent.open
        yield Finding(
            "gallery: consent",
            f"consent.csv covers {found.consent.covered} identities, {left} are left",
            good=True,
            remedy="see docs/own-identities.md: without it the dataset cannot be exported"
            if left
            else "",
            note=left > 0,
        )


def _output(out: Path) -> Iterator[Finding]:
    """Space, and whether a rename replaces a file in one step there."""
    folder = next(path for path in (out, *out.resolve().parents) if path.exists())
    try:
        refuse_foreign(out)
        if not folder.is_dir():
            raise UsageError(f"{folder} is a file", hint="name another folder with --out")
    except UsageError as error:
        yield _fault("out", error)
        return
    free = shutil.disk_usage(folder).free
    yield Finding(
        "disk",
        f"{free / 2**30:.0f} GiB free in {folder}: room for about {free // _SAMPLE:,} samples",
        good=free >= _LEAST,
        remedy="work/ and data/ take about 0.3 MB a sample together: choose another --out",
    )
    probe = folder / ".cocopfs-doctor"
    try:
        commit_bytes(probe, b"first")
        commit_bytes(probe, b"second")
        good = probe.read_bytes() == b"second"
        probe.unlink()
    except (OutputError, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else error.what
        found = f"{folder} cannot be written: {why}"
        yield Finding("rename", found, good=False, remedy="choose another --out")
    else:
        yield Finding("rename", "replaces a file in one step", good, "choose another --out")


def _fault(subject: str, error: CocopfsError) -> Finding:
    return Finding(subject, error.what, good=False, remedy=error.hint or error.expected or "")


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
