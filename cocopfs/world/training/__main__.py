"""`python -m cocopfs.world.training`: draws the material, trains, writes the pack and its card."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import joblib
import torch
import typer

from cocopfs import resources
from cocopfs.engine.commit import commit_bytes
from cocopfs.faces.pack import CLIP
from cocopfs.world.embedded import PACK
from cocopfs.world.training.attributes import load_attributes, train_attributes
from cocopfs.world.training.clip import clip_tokenizer, train_clip
from cocopfs.world.training.clip_export import write_clip
from cocopfs.world.training.clip_material import ClipUse, draw_clip_material
from cocopfs.world.training.clip_measure import measure_clip
from cocopfs.world.training.detector import load_detector, train_detector
from cocopfs.world.training.export import Networks, write_pack
from cocopfs.world.training.material import Use, draw_material
from cocopfs.world.training.measure import measure
from cocopfs.world.training.model_card import render_model_card
from cocopfs.world.training.recogniser import load_recogniser, train_recogniser
from cocopfs.world.training.swapper import gallery_latents, load_swapper, train_swapper


class Step(StrEnum):
    MATERIAL = "material"
    TRAIN = "train"
    EXPORT = "export"
    CLIP = "clip"
    MEASURE = "measure"


def main(
    folder: Annotated[Path, typer.Option(help="of the material and the checkpoints")],
    pack: Annotated[Path, typer.Option(help="where the pack is written")] = PACK,
    steps: Annotated[list[Step] | None, typer.Option("--step", help="only these")] = None,
) -> None:
    """Train the drawn world's networks. What a stopped run left is taken up again."""
    wanted = steps or list(Step)
    _refuse_stale(folder)
    material, checkpoints = folder / "material", folder / "checkpoints"
    if Step.MATERIAL in wanted:
        for use in Use:
            draw_material(material, use, workers=2)
    if Step.TRAIN in wanted:
        # The swapper needs the recogniser; the others need nothing of each other.
        courses = (("detector", "attributes"), ("recogniser", "swapper"))
        joblib.Parallel(n_jobs=2, backend="loky")(
            joblib.delayed(_train)(course, checkpoints, material) for course in courses
        )
    if Step.EXPORT in wanted:
        _export(pack, checkpoints, material)
    if Step.CLIP in wanted:
        _make_clip(pack, checkpoints, material)
    if Step.MEASURE in wanted:
        figures = [*measure(pack, material), *measure_clip(pack, checkpoints, material)]
        files = [*sorted(pack.glob("*.onnx")), *sorted((pack / CLIP).iterdir())]
        sizes = {path.relative_to(pack).as_posix(): path.stat().st_size for path in files}
        card = render_model_card(figures, sizes)
        commit_bytes(resources.DATA_CARDS / "drawn-world-pack.md", card.encode())


def _refuse_stale(folder: Path) -> None:
    """Material and checkpoints are those of the code that made them: of how people are drawn, and
    how networks are made."""
    sources = sorted(path for path in _WORLD.rglob("*.py") if path.name not in _HARMLESS)
    code = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    stamp = folder / "code.txt"
    if not stamp.is_file():
        commit_bytes(stamp, code.encode())
    elif stamp.read_text("ascii") != code:
        raise typer.BadParameter(
            f"{folder} was begun with another drawing or other networks: "
            "name another folder, or remove it"
        )


_WORLD = Path(__file__).resolve().parents[1]
_HARMLESS = (
    "__main__.py",
    "export.py",
    "clip_export.py",
    "measure.py",
    "clip_measure.py",
    "model_card.py",
    "teaser.py",
    "pages.py",
    "embedded.py",
)


def _train(names: tuple[str, ...], checkpoints: Path, material: Path) -> None:
    # One thread: two that wait for each other on a busy core are many times slower than one.
    torch.set_num_threads(1)
    for name in names:
        _COURSES[name](checkpoints, material)


def _train_swapper(checkpoints: Path, material: Path) -> None:
    train_swapper(checkpoints, material, load_recogniser(checkpoints), _say)


_COURSES: dict[str, Callable[[Path, Path], object]] = {
    "detector": lambda checkpoints, material: train_detector(checkpoints, material, _say),
    "attributes": lambda checkpoints, material: train_attributes(checkpoints, material, _say),
    "recogniser": lambda checkpoints, material: train_recogniser(checkpoints, material, _say),
    "swapper": _train_swapper,
}


def _export(pack: Path, checkpoints: Path, material: Path) -> None:
    recogniser = load_recogniser(checkpoints)
    _, emap = gallery_latents(material, recogniser)
    gender, ethnicity = load_attributes(checkpoints)
    networks = Networks(
        detector=load_detector(checkpoints),
        recogniser=recogniser,
        gender=gender,
        ethnicity=ethnicity,
        swapper=load_swapper(checkpoints),
        emap=emap.numpy(),
    )
    write_pack(pack, networks)


def _make_clip(pack: Path, checkpoints: Path, material: Path) -> None:
    """From pictures that the pack's own swapper makes."""
    torch.set_num_threads(1)
    for use in ClipUse:
        draw_clip_material(material, pack, use, workers=2)
    net = train_clip(checkpoints, material, _say)
    write_clip(pack, net, clip_tokenizer(material))


def _say(line: str) -> None:
    typer.echo(line)


if __name__ == "__main__":
    typer.run(main)
