"""The layout that the reference implementation of Id-CLIP reads (github.com/mesnico/IdCLIP).

Its `datadir` is the export's folder. Below it, as its configuration names them:

    coco_dataset/coco_train_swapped/<file name>_<identity>.jpg   (coco_val_swap_new/ likewise)
    coco_dataset/annotations/captions_train2017.json             (captions_val2017.json likewise)
    Visual_Name_Entity_Recognition/.../features_*.json           `<image id>_<identity>` → 1 x 512
    vggface_test_kaggle/identity_meta.csv

Validation and test share a folder and a captions file there. Captions are the photographs' own: it
writes names in while it loads.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

import msgspec

from cocopfs.errors import UsageError
from cocopfs.publish.exports.features import BATCH, Features
from cocopfs.publish.exports.json_list import JsonList, open_lists
from cocopfs.publish.exports.output import Output
from cocopfs.publish.exports.view import View
from cocopfs.publish.front_matter import title
from cocopfs.records import Gender, Sample, Split

DIMENSION = 512
CAPTIONS = 5

_PICTURES = {
    Split.TRAIN: "coco_dataset/coco_train_swapped",
    Split.VALIDATION: "coco_dataset/coco_val_swap_new",
    Split.TEST: "coco_dataset/coco_val_swap_new",
}
_CAPTION_FILES = {
    "coco_dataset/annotations/captions_train2017.json": (Split.TRAIN,),
    "coco_dataset/annotations/captions_val2017.json": (Split.VALIDATION, Split.TEST),
}
_TRAIN, _VAL_AND_TEST = (
    f"Visual_Name_Entity_Recognition/{folder}"
    for folder in ("gender_faceswap_training_set", "gender_faceswap_new_val_test_set")
)
_FEATURES = {
    Split.TRAIN: f"{_TRAIN}/features_train_small_faceswap.json",
    Split.VALIDATION: f"{_VAL_AND_TEST}/features_new_val_small_faceswap.json",
    Split.TEST: f"{_VAL_AND_TEST}/features_new_entities_test_small_faceswap.json",
}
_IDENTITIES = "vggface_test_kaggle/identity_meta.csv"


def write_idclip(view: View, features: Features, out: Output, done: Callable[[], None]) -> None:
    """Raises UsageError for what the reference cannot read: embeddings of another length than 512,
    an identity with `_` in its id, a photograph with fewer than five captions."""
    identities = _Identities()
    for name, splits in _CAPTION_FILES.items():
        present = [split for split in splits if split in view.dataset.splits]
        if not present:
            continue
        head = {"info": {"description": title(view.facts)}}
        with open_lists(out, name, head, ("images", "annotations")) as (images, annotations):
            captions = _Captions(images, annotations)
            for split in present:
                _write_split(view, split, features, out, captions, identities, done)
    out.write(_IDENTITIES, identities.table())


def _write_split(
    view: View,
    split: Split,
    features: Features,
    out: Output,
    captions: _Captions,
    identities: _Identities,
    done: Callable[[], None],
) -> None:
    # Features are looked up by the dataset's own ids, whatever ids go out.
    own = view.dataset.samples(split) if view.real_ids else None
    with out.open(_FEATURES[split]) as file:
        before = b"{"
        for shown in _batches(view.samples(split)):
            vectors = features.of(shown if own is None else list(islice(own, len(shown))))
            _check_dimension(vectors.shape[1])
            for row, vector in zip(shown, vectors, strict=True):
                _check_identity(row)
                out.write(
                    f"{_PICTURES[split]}/{_file_name(row)}_{row.identity}.jpg", row.image.bytes
                )
                key = msgspec.json.encode(f"{row.coco_image_id}_{row.identity}")
                file.write(before + key + b": " + msgspec.json.encode([vector.tolist()]))
                before = b",\n"
                captions.add(row)
                identities.add(row)
                done()
        file.write((b"{" if before == b"{" else b"") + b"}\n")


@dataclass
class _Captions:
    """The photographs and their captions, once each."""

    images: JsonList
    annotations: JsonList
    seen: set[int] = field(default_factory=set)
    count: int = 0

    def add(self, row: Sample) -> None:
        if row.coco_image_id in self.seen:
            return
        if len(row.captions) < CAPTIONS:
            raise UsageError(
                f"photograph {row.coco_image_id} has {len(row.captions)} captions",
                expected=f"{CAPTIONS} or more, which the reference counts on",
                hint="another format takes any number: --format coco",
            )
        self.seen.add(row.coco_image_id)
        self.images.append(
            {
                "id": row.coco_image_id,
                "file_name": _file_name(row),
                "width": row.width,
                "height": row.height,
                "license": row.licence,
                "coco_url": row.coco_url,
                "flickr_url": row.flickr_url,
            }
        )
        for text in row.captions:
            self.count += 1
            self.annotations.append(
                {"id": self.count, "image_id": row.coco_image_id, "caption": text}
            )


@dataclass
class _Identities:
    """The names, in the form of VGGFace2's list."""

    rows: dict[str, tuple[str, Gender | None, Split]] = field(default_factory=dict)
    samples: Counter[str] = field(default_factory=Counter)

    def add(self, row: Sample) -> None:
        self.rows[row.identity] = row.name, row.gender, row.split
        self.samples[row.identity] += 1

    def table(self) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("Class_ID", "Name", "Sample_Num", "Flag", "Gender"))
        for identity, (name, gender, split) in sorted(self.rows.items()):
            letter = {Gender.MALE: "m", Gender.FEMALE: "f", None: ""}[gender]
            flag = int(split is Split.TRAIN)
            writer.writerow(
                (identity, name.replace(" ", "_"), self.samples[identity], flag, letter)
            )
        return text.getvalue().encode()


def _file_name(row: Sample) -> str:
    """COCO's, without the folder of its subset."""
    return row.file_name.split("/", 1)[-1]


def _check_dimension(found: int) -> None:
    if found != DIMENSION:
        raise UsageError(
            f"the pack's embeddings have {found} dimensions",
            expected=f"{DIMENSION}, which the reference implementation is written for",
            hint="another format takes any: --format coco or webdataset",
        )


def _check_identity(row: Sample) -> None:
    if "_" in row.identity:
        raise UsageError(
            f"identity {row.identity!r} has an underscore in its id",
            expected="ids without one: the reference divides its keys there",
            hint="another format takes any: --format coco or webdataset",
        )


def _batches(rows: Iterator[Sample]) -> Iterator[list[Sample]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
