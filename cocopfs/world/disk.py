"""The drawn world on disk: photographs in COCO's layout, portraits in VGGFace2's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import joblib
import msgspec

from cocopfs.engine.commit import commit_bytes
from cocopfs.engine.folder import require_writable
from cocopfs.engine.parent import loky
from cocopfs.engine.progress import Progress
from cocopfs.errors import UsageError
from cocopfs.records import Gender
from cocopfs.sources.origin import FILE as ORIGIN_FILE
from cocopfs.sources.origin import Origin, encode_origin
from cocopfs.world.coco_format import captions_file, instances_file
from cocopfs.world.kinds import SHARES, Kind
from cocopfs.world.names import invent_name
from cocopfs.world.photographs import TakenPhoto, encode_jpeg, take_photo
from cocopfs.world.portrait import draw_portrait
from cocopfs.world.seeds import generator
from cocopfs.world.truth import identity

PORTRAIT_SIDE = 160
ORIGIN = Origin("the drawn world of cocopfs", "Apache-2.0", people="invented")
_PHOTOS_A_TASK = 12
_IDENTITIES_A_TASK = 3


@dataclass(frozen=True, slots=True)
class World:
    """Where the parts of a world lie."""

    coco: Path
    vggface2: Path


@dataclass(frozen=True, slots=True)
class WorldSize:
    """How many photographs, people of the gallery, and portraits of each."""

    photos: int
    identities: int
    portraits_per_identity: int


def require_empty(folder: Path) -> None:
    """Make the folder for a world, unless it is there and empty.

    Raises UsageError where something lies in it already, or it cannot be made or written.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError(
            f"{folder} is not empty",
            expected="a folder that is empty or not there yet",
            hint="name another one, or remove it first",
        )
    require_writable(folder, "name another folder")


def draw_world(
    folder: Path,
    size: WorldSize,
    seed: int,
    workers: int,
    shares: Mapping[Kind, float] = SHARES,
    progress: Progress | None = None,
) -> World:
    """Draw a world, over whatever an earlier attempt left in the folder.

    Photo ids run from 1 to `size.photos`, every third belongs to val2017; class ids run from
    n000001. The files' bytes depend on the seed (and the size and shares), never on the workers.
    """
    world = World(folder / "coco", folder / "vggface2")
    photo_ids, numbers = range(1, size.photos + 1), range(1, size.identities + 1)
    portraits = size.portraits_per_identity
    work = [
        *(
            joblib.delayed(_write_photos)(world.coco, seed, ids, shares)
            for ids in _chunks(photo_ids, _PHOTOS_A_TASK)
        ),
        *(
            joblib.delayed(_write_portraits)(world.vggface2, seed, some, portraits)
            for some in _chunks(numbers, _IDENTITIES_A_TASK)
        ),
    ]
    taken: list[TakenPhoto] = []
    if progress is not None:
        progress.start("world", len(work))
    with joblib.parallel_config(**loky(workers)):
        for photographs in joblib.Parallel(return_as="generator")(work):
            taken += photographs
            if progress is not None:
                progress.advance(1, 0)
    if progress is not None:
        progress.finish()
    _write_annotations(world.coco, taken)
    _write_identity_list(world.vggface2, seed, numbers, portraits)
    for root in (world.coco, world.vggface2):
        commit_bytes(root / ORIGIN_FILE, encode_origin(ORIGIN))
    return world


def identity_name(seed: int, number: int) -> str:
    """The name of the gallery's identity of that number."""
    rng = generator(seed, "name", number)
    return invent_name(rng, _gender(seed, number))


def class_id(number: int) -> str:
    return f"n{number:06d}"


# --- photographs ----------------------------------------------------------------------------------


def _write_photos(
    root: Path, seed: int, photo_ids: Sequence[int], shares: Mapping[Kind, float]
) -> list[TakenPhoto]:
    taken = []
    for photo_id in photo_ids:
        photo = take_photo(seed, photo_id, shares)
        commit_bytes(root / photo.subset / photo.image["file_name"], photo.data)
        taken.append(photo.without_data())
    return taken


def _write_annotations(root: Path, photos: Sequence[TakenPhoto]) -> None:
    for subset in ("train2017", "val2017"):
        own = [photo for photo in photos if photo.subset == subset]
        images = [photo.image for photo in own]
        objects = [entry for photo in own for entry in photo.annotations]
        captions = [entry for photo in own for entry in photo.captions]
        files = {
            "instances": instances_file(images, objects),
            "captions": captions_file(images, captions),
        }
        for name, content in files.items():
            path = root / "annotations" / f"{name}_{subset}.json"
            commit_bytes(path, msgspec.json.encode(content))
        (root / subset).mkdir(parents=True, exist_ok=True)


# --- portraits ------------------------------------------------------------------------------------


def _write_portraits(root: Path, seed: int, numbers: Sequence[int], count: int) -> list[TakenPhoto]:
    for number in numbers:
        person = identity(seed, number)
        for index in range(1, count + 1):
            rng = generator(seed, "sitting", number, index)
            portrait = draw_portrait(person, int(rng.integers(1 << 62)), PORTRAIT_SIDE)
            data = encode_jpeg(portrait.picture, int(rng.integers(86, 96)))
            commit_bytes(root / "train" / class_id(number) / f"{index:04d}_01.jpg", data)
    return []


def _write_identity_list(root: Path, seed: int, numbers: Sequence[int], count: int) -> None:
    lines = ["Class_ID, Name, Sample_Num, Flag, Gender"]
    for number in numbers:
        name = identity_name(seed, number).replace(" ", "_")
        letter = "m" if _gender(seed, number) is Gender.MALE else "f"
        lines.append(f'{class_id(number)}, "{name}", {count}, 1, {letter}')
    commit_bytes(root / "identity_meta.csv", ("\n".join(lines) + "\n").encode())


def _gender(seed: int, number: int) -> Gender:
    return identity(seed, number).gender


def _chunks(items: Sequence[int], size: int) -> list[Sequence[int]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
