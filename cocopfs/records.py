"""The domain: the records that flow between stages.

A record is a frozen dataclass; its Arrow schema is derived from its annotations by `cocopfs.arrow`,
so this file is the only place where a schema is written. Coordinates are pixels of the *upright*
picture (EXIF orientation applied), x to the right, y down. Boxes are edges, as COCO's: the picture
spans 0 to its width. Landmarks are points, as OpenCV's: the first pixel's centre is (0, 0).
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

# --- people ---------------------------------------------------------------------------------------


class Gender(StrEnum):
    """As VGGFace2's `identity_meta.csv` and DeepFace tell it; the data knows no third value."""

    FEMALE = "female"
    MALE = "male"


class Ethnicity(StrEnum):
    """DeepFace's labels. A network's guess about a picture, never a fact about a person."""

    ASIAN = "asian"
    BLACK = "black"
    INDIAN = "indian"
    LATINO_HISPANIC = "latino hispanic"
    MIDDLE_EASTERN = "middle eastern"
    WHITE = "white"


class Split(StrEnum):
    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


# --- pieces ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Box:
    """Left, top, width and height, as COCO's `bbox`."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Caption:
    caption_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Face:
    """A detected face. `landmarks` are x, y of left eye, right eye, nose tip, left and right mouth
    corner ("left" as seen in the picture), ten numbers."""

    box: Box
    landmarks: tuple[float, ...]
    score: float

    @property
    def points(self) -> NDArray[np.float32]:
        """The landmarks as (5, 2) float32."""
        return np.asarray(self.landmarks, np.float32).reshape(5, 2)

    @property
    def inter_ocular(self) -> float:
        """Distance between the two eyes in pixels."""
        left, right = self.points[:2].astype(np.float64)
        return float(np.hypot(*(right - left)))


@dataclass(frozen=True, slots=True)
class Appearance:
    """What the attribute networks say of a face: a value where the probability reaches the
    recipe's floor, else null; all probabilities; and the digest of the models that said so."""

    gender: Gender | None
    ethnicity: Ethnicity | None
    gender_probabilities: tuple[float, ...]  # female, male
    ethnicity_probabilities: tuple[float, ...]  # in the order of Ethnicity
    model_digest: str


@dataclass(frozen=True, slots=True)
class Licence:
    licence_id: int
    name: str
    url: str


# --- records, in the order in which the stages make them ------------------------------------------


@dataclass(frozen=True, slots=True)
class AnnotatedPhoto:
    """A COCO image as its annotations tell it, before anybody looked at the picture.

    Box coordinates are those of the annotation file; `select` turns them upright.
    """

    photo_id: int
    subset: str  # the folder of the picture: train2017, val2017, ...
    file_name: str
    width: int
    height: int
    licence: Licence
    coco_url: str
    flickr_url: str
    captions: tuple[Caption, ...]  # by caption id
    person_boxes: tuple[Box, ...]  # by annotation id
    crowd: bool  # some person annotation is a crowd

    @property
    def item(self) -> str:
        return str(self.photo_id)


@dataclass(frozen=True, slots=True)
class Photo:
    """A COCO photograph of exactly one person with one usable face (`select`)."""

    photo_id: int
    subset: str
    file_name: str
    file_digest: str  # sha256 of the file's bytes
    width: int  # of the upright picture
    height: int
    grey: bool  # no pixel has a colour
    licence: Licence
    coco_url: str
    flickr_url: str
    captions: tuple[Caption, ...]
    person_box: Box
    face: Face

    @property
    def item(self) -> str:
        return str(self.photo_id)


@dataclass(frozen=True, slots=True)
class DescribedPhoto:
    """The photo's original face as the attribute networks see it (`describe`)."""

    photo_id: int
    appearance: Appearance

    @property
    def item(self) -> str:
        return str(self.photo_id)


@dataclass(frozen=True, slots=True)
class GalleryIdentity:
    """A folder of portraits with its line of the identity list, before anybody looked inside."""

    class_id: str
    name: str
    gender: Gender | None
    portraits: tuple[str, ...]  # paths relative to the gallery, "/" between parts, sorted

    @property
    def item(self) -> str:
        return self.class_id


@dataclass(frozen=True, slots=True)
class Portrait:
    """A portrait that was found usable. `embedding` is d little-endian float32 of unit length."""

    portrait_id: str  # n000106/0001_03
    path: str  # relative to the gallery
    file_digest: str
    face: Face
    quality: float  # higher is better; orders the portraits of one identity only
    embedding: bytes


@dataclass(frozen=True, slots=True)
class Identity:
    """An enrolled identity (`enroll`). Sources may drive a swap, the best first; the reference is
    the query's face and never drives one, or evaluation leaks."""

    class_id: str
    name: str
    gender: Gender | None
    ethnicity: Ethnicity | None
    ethnicity_votes: tuple[float, ...]  # mean probabilities over portraits, in Ethnicity's order
    sources: tuple[Portrait, ...]
    reference: Portrait
    medoid: bytes  # the embedding of the portrait nearest to all others

    @property
    def item(self) -> str:
        return self.class_id


class MatchRule(StrEnum):
    """Which of the photo's attributes the identity shares."""

    GENDER_ETHNICITY = "gender+ethnicity"
    GENDER = "gender"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class MatchPhoto:
    """All that `match` may know of a photo."""

    photo_id: int
    subset: str
    gender: Gender | None
    ethnicity: Ethnicity | None

    @property
    def item(self) -> str:
        return str(self.photo_id)


@dataclass(frozen=True, slots=True)
class MatchIdentity:
    """All that `match` may know of an identity. `medoid` as in Identity."""

    class_id: str
    gender: Gender | None
    ethnicity: Ethnicity | None
    medoid: bytes


@dataclass(frozen=True, slots=True)
class Pairing:
    """A photo and the identity whose face it shall get (`match`)."""

    photo_id: int
    class_id: str
    split: Split
    rule: MatchRule

    @property
    def item(self) -> str:
        return str(self.photo_id)

    @property
    def sample_id(self) -> str:
        return f"{self.photo_id}_{self.class_id}"


@dataclass(frozen=True, slots=True)
class Threshold:
    """Genuine and impostor scores of one group of identities (`calibrate`).

    `threshold` is the similarity that at most `far` of the impostors reach; null where there are
    fewer than 10/far impostor pairs, and then only `far_bound` is known: the highest impostor score
    bounds the FAR at 3/n (rule of three, 95 %). `tar_at_bound` is the true accept rate above that
    score. The TARs at FAR 1e-2 and 1e-3 are null where those have fewer than 10/FAR pairs.
    `_low` and `_high` are the ends of 95 % intervals over other identities; null where the figure
    is, or where there are too few identities to tell.
    """

    gender: Gender | None
    ethnicity: Ethnicity | None
    identities: int
    genuine_pairs: int
    impostor_pairs: int
    genuine_mean: float | None
    impostor_mean: float | None
    impostor_highest: float | None
    far: float
    threshold: float | None
    threshold_low: float | None
    threshold_high: float | None
    far_bound: float | None
    tar_at_bound: float | None
    tar_at_1e2: float | None
    tar_at_1e2_low: float | None
    tar_at_1e2_high: float | None
    tar_at_1e3: float | None
    tar_at_1e3_low: float | None
    tar_at_1e3_high: float | None
    eer: float | None
    eer_low: float | None
    eer_high: float | None


@dataclass(frozen=True, slots=True)
class SwapTarget:
    """A photo and the identities that its face shall be swapped for: the input of `swap`."""

    photo_id: int
    subset: str
    file_name: str
    file_digest: str
    face: Face
    class_ids: tuple[str, ...]

    @property
    def item(self) -> str:
        return str(self.photo_id)


@dataclass(frozen=True, slots=True)
class SwapSource:
    """The portraits that may drive a swap for an identity, the best first."""

    class_id: str
    sources: tuple[Portrait, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """Measured on the arrays, before encoding; see `cocopfs.quality`.

    Null is what cannot be measured: landmarks and pose of a face that was not found again, a ratio
    to a flat original, the colour of skin that is not seen. yaw, pitch and roll are the original
    face's, in degrees, see `quality.pose`.
    """

    similarity: float
    residual_similarity: float
    margin: float
    redetected: bool
    landmark_error: float | None  # in inter-ocular distances
    pose_difference: float | None  # degrees
    yaw: float
    pitch: float
    roll: float
    outside_psnr: float  # dB
    outside_ssim: float
    seam: float | None
    sharpness: float | None
    colour_difference: float | None  # CIEDE2000
    changed: float  # grey levels
    face_size: float  # pixels


@dataclass(frozen=True, slots=True)
class Swap:
    """A swapped picture (`swap`): JPEG bytes with the provenance mark.

    batched: whether the network took many faces in one call, which its file alone does not settle;
    null where there is no network.
    """

    sample_id: str
    photo_id: int
    class_id: str
    picture: bytes
    picture_digest: str  # sha256 of `picture`
    source_portrait: str
    figures: Figures
    batched: bool | None = None

    @property
    def item(self) -> str:
        return str(self.photo_id)


@dataclass(frozen=True, slots=True)
class SwapSummary:
    """A Swap without its picture: what can be read of many at once."""

    sample_id: str
    photo_id: int
    class_id: str
    picture_digest: str
    source_portrait: str
    figures: Figures
    batched: bool | None = None


@dataclass(frozen=True, slots=True)
class SwapFigures:
    """What `judge` may know of a swap."""

    sample_id: str
    photo_id: int
    class_id: str
    gender: Gender | None  # of the identity
    ethnicity: Ethnicity | None
    figures: Figures

    @property
    def item(self) -> str:
        return self.sample_id


@dataclass(frozen=True, slots=True)
class Verdict:
    """A swap that the gate let through (`judge`)."""

    sample_id: str
    photo_id: int
    class_id: str
    small_face: bool  # accepted, but of so few pixels that recognisers are unsure of it

    @property
    def item(self) -> str:
        return self.sample_id


class CaptionForm(StrEnum):
    """How the name was put into a caption."""

    IN_PLACE = "in_place"
    PREFIX = "prefix"


class PrefixReason(StrEnum):
    """Why a caption got the name in a sentence of its own."""

    NO_PERSON = "no_person"
    SEVERAL_PEOPLE = "several_people"
    MINOR = "minor"
    DEPICTED = "depicted"  # a statue, somebody on TV
    AMBIGUOUS = "ambiguous"  # perhaps no person, or nobody who is there
    UNSURE = "unsure"  # where the person's phrase begins or ends is not sure
    REFERENCE = "reference"  # the reference's rules found no place


@dataclass(frozen=True, slots=True)
class NamedCaptions:
    """A sample's captions and the name to write in: the input of `caption`. The identity's gender
    tells two people of a caption apart."""

    sample_id: str
    name: str
    gender: Gender | None
    captions: tuple[Caption, ...]

    @property
    def item(self) -> str:
        return self.sample_id


@dataclass(frozen=True, slots=True)
class EnrichedCaptions:
    """Captions with the name (`caption`), every list aligned with the originals. The `_tok` lists
    carry `[TOK]` in place of the name. `prefix_reasons` are those of PrefixReason, and empty where
    the form is another."""

    sample_id: str
    in_place: tuple[str, ...]
    in_parentheses: tuple[str, ...]
    in_place_tok: tuple[str, ...]
    in_parentheses_tok: tuple[str, ...]
    forms: tuple[CaptionForm, ...]
    prefix_reasons: tuple[str, ...]

    @property
    def item(self) -> str:
        return self.sample_id


@dataclass(frozen=True, slots=True)
class IdentityCard:
    """What a published row tells of an identity, and which portrait is its query."""

    class_id: str
    name: str
    gender: Gender | None
    ethnicity: Ethnicity | None
    reference_portrait: str
    reference_embedding: bytes | None  # null where rows carry none


@dataclass(frozen=True, slots=True)
class SampleDraft:
    """A sample before it is written: everything but the picture, and where that lies."""

    photo: Photo
    original: Appearance
    pairing: Pairing
    identity: IdentityCard
    swap: SwapSummary
    small_face: bool
    captions: EnrichedCaptions
    picture_file: str  # in the folder of stage `swap`

    @property
    def item(self) -> str:
        return self.pairing.sample_id


@dataclass(frozen=True, slots=True)
class EncodedImage:
    """As the Hugging Face Image feature stores it."""

    bytes: builtins.bytes  # the name is the feature's
    path: str


@dataclass(frozen=True, slots=True)
class Sample:
    """The published row."""

    sample_id: str
    split: Split
    image: EncodedImage
    width: int
    height: int
    coco_image_id: int
    file_name: str
    licence: int
    licence_name: str
    licence_url: str
    coco_url: str
    flickr_url: str
    identity: str
    name: str
    gender: Gender | None
    ethnicity: Ethnicity | None
    original_gender: Gender | None
    original_ethnicity: Ethnicity | None
    match_rule: MatchRule
    person_x: float
    person_y: float
    person_width: float
    person_height: float
    face_x: float
    face_y: float
    face_width: float
    face_height: float
    left_eye_x: float
    left_eye_y: float
    right_eye_x: float
    right_eye_y: float
    nose_x: float
    nose_y: float
    left_mouth_x: float
    left_mouth_y: float
    right_mouth_x: float
    right_mouth_y: float
    captions: tuple[str, ...]
    captions_in_place: tuple[str, ...]
    captions_in_parentheses: tuple[str, ...]
    captions_in_place_tok: tuple[str, ...]
    captions_in_parentheses_tok: tuple[str, ...]
    caption_forms: tuple[CaptionForm, ...]
    source_portrait: str
    reference_portrait: str
    reference_embedding: tuple[float, ...] | None
    similarity: float
    residual_similarity: float
    margin: float
    redetected: bool
    landmark_error: float | None
    pose_difference: float | None
    yaw: float
    pitch: float
    roll: float
    outside_psnr: float
    outside_ssim: float
    seam: float | None
    sharpness: float | None
    colour_difference: float | None
    changed: float
    face_size: float
    small_face: bool
    grey: bool
    pack_digest: str
    recipe_digest: str
    cocopfs_version: str

    @property
    def item(self) -> str:
        return self.sample_id


@dataclass(frozen=True, slots=True)
class ReferenceEmbedding:
    """A row of `embeddings.parquet`: the query's face of an identity, as the pack's recogniser sees
    it, of unit length."""

    identity: str
    reference_portrait: str
    embedding: tuple[float, ...]


# --- what did not become a sample -----------------------------------------------------------------


class ItemKind(StrEnum):
    PHOTO = "photo"
    IDENTITY = "identity"
    PORTRAIT = "portrait"
    SAMPLE = "sample"


class Reason(StrEnum):
    """Why an item was left out. A *fault* is a broken input, counted against `max_failed_share`;
    everything else is a rule of the recipe at work."""

    # faults
    MISSING_FILE = "missing_file"
    UNREADABLE = "unreadable"
    UNSAFE_PATH = "unsafe_path"
    TOO_MANY_PIXELS = "too_many_pixels"
    SIZE_MISMATCH = "size_mismatch"
    BAD_ANNOTATION = "bad_annotation"
    ENDS_PROCESS = "ends_process"  # a library crashes on it, again and again
    # select
    NO_PERSON = "no_person"
    SEVERAL_PEOPLE = "several_people"
    CROWD = "crowd"
    NO_CAPTION = "no_caption"
    MINOR = "minor"
    LICENCE = "licence"
    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    FACE_TOO_SMALL = "face_too_small"
    LOOKS_TOO_YOUNG = "looks_too_young"  # to the age network; of portraits too
    # describe, enroll, match
    GENDER_UNCERTAIN = "gender_uncertain"
    ETHNICITY_UNCERTAIN = "ethnicity_uncertain"
    GENDER_UNKNOWN = "gender_unknown"
    FEW_PORTRAITS = "few_portraits"
    NO_IDENTITY = "no_identity"
    TOO_FEW_IDENTITIES = "too_few_identities"
    # swap, judge
    TOO_SMALL_TO_SWAP = "too_small_to_swap"
    LOW_SIMILARITY = "low_similarity"
    LOW_MARGIN = "low_margin"
    HIGH_RESIDUAL = "high_residual"
    NOT_REDETECTED = "not_redetected"
    UNCHANGED = "unchanged"
    LANDMARK_ERROR = "landmark_error"
    POSE_DIFFERENCE = "pose_difference"
    OUTSIDE_CHANGED = "outside_changed"
    BLURRED = "blurred"
    COLOUR_DIFFERENCE = "colour_difference"
    CONTEXT_INCOMPLETE = "context_incomplete"
    # anywhere
    REMOVED = "removed"  # somebody asked for it

    @property
    def is_fault(self) -> bool:
        return self in _FAULTS


_FAULTS = frozenset(
    {
        Reason.MISSING_FILE,
        Reason.UNREADABLE,
        Reason.UNSAFE_PATH,
        Reason.TOO_MANY_PIXELS,
        Reason.SIZE_MISMATCH,
        Reason.BAD_ANNOTATION,
        Reason.ENDS_PROCESS,
    }
)


@dataclass(frozen=True, slots=True)
class Rejection:
    """An item that did not become part of the dataset, and why. `detail` is for people and carries
    the figures that decided; it never holds an absolute path."""

    kind: ItemKind
    item: str
    stage: str
    reason: Reason
    detail: str


# --- embeddings -----------------------------------------------------------------------------------


def pack_vector(vector: NDArray[np.floating[Any]]) -> bytes:
    """(d,) floats as d little-endian float32."""
    return np.ascontiguousarray(vector, "<f4").tobytes()


def unpack_vector(data: bytes) -> NDArray[np.float32]:
    """The inverse of `pack_vector`: (d,) float32, read-only."""
    return np.frombuffer(data, "<f4")
