"""The recipe: the frozen, strict model of a `pipelines/*.yaml` file.

Every value that changes the dataset's bytes stands here, and how the baseline is fitted to it;
where the inputs lie, the device and the number of workers are the command line's.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from cocopfs import resources
from cocopfs.errors import UsageError
from cocopfs.safe_yaml import BrokenYamlError, in_our_words, json_text, parse_yaml

DEFAULT_RECIPE = "drawn-world"

Share = Annotated[float, Field(ge=0, le=1)]
Cosine = Annotated[float, Field(ge=-1, le=1)]
Count = Annotated[int, Field(ge=1)]
Limit = Annotated[float, Field(ge=0)] | None
Rate = Annotated[float, Field(gt=0, le=1)]
Years = Annotated[int, Field(ge=1, le=100)]

_TOLD_WHERE_SET = frozenset({"min_age", "max_residual"})


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @model_serializer(mode="wrap")
    def _without_unused(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A field that came later is not told where it is not used: the digests and fingerprints
        of recipes that do not use it stay what they were."""
        told: dict[str, Any] = dump(self)
        return {
            name: value
            for name, value in told.items()
            if value is not None or name not in _TOLD_WHERE_SET
        }


class WorldPart(_Part):
    """The world that is drawn for a build to which no material is given."""

    photos: Count = Field(400, description="photographs, accepted or not")
    identities: Count = Field(360, description="people of the gallery")
    portraits_per_identity: int = Field(6, ge=2, description="portraits of each")


class SelectPart(_Part):
    """Which photographs are taken."""

    subsets: tuple[str, ...] | None = Field(
        None, description="COCO folders to read, e.g. [val2017]; null: all that have annotations"
    )
    exclude_licences: tuple[int, ...] = Field(
        (3, 6), description="COCO licence ids to leave out; 3 and 6 are the NoDerivs ones"
    )
    min_face_score: Share = Field(0.5, description="detection score of the face")
    min_inter_ocular: float = Field(10.0, ge=1, description="pixels between the eyes")
    min_face_in_person: Share = Field(
        0.9, description="share of the face box that lies in the person's box"
    )
    min_age: Years | None = Field(
        None,
        description="years that the original face must look by the pack's age network, which errs "
        "by years; null: no floor, and no such network is needed",
    )
    detector_size: int = Field(
        640, ge=64, multiple_of=32, description="side of the detector's square input in pixels"
    )
    max_pixels: Count = Field(
        50_000_000, description="larger pictures are refused before they are decoded"
    )
    shard_photos: Count = Field(256, description="photos a shard")


class DescribePart(_Part):
    """How sure the attribute networks must be of the original face."""

    min_gender_probability: Share = Field(0.6, description="below it the gender is null")
    min_ethnicity_probability: Share = Field(0.4, description="below it the ethnicity is null")
    captions_veto: bool = Field(
        True, description="a gender that contradicts all captions that tell one is uncertain"
    )
    batch: Count = Field(16, description="faces in one call of the attribute networks")


class EnrollPart(_Part):
    """How identities are made from their portraits."""

    portraits_per_identity: int = Field(
        16, ge=2, description="portraits looked at, taken by hash of their names"
    )
    sources_per_identity: Count = Field(4, description="portraits that may drive a swap")
    min_face_score: Share = Field(0.5, description="detection score of the portrait's face")
    min_inter_ocular: float = Field(24.0, ge=1, description="pixels between the eyes")
    min_age: Years | None = Field(
        None, description="years that a portrait's face must look, as select.min_age"
    )
    min_similarity: Cosine = Field(
        0.2, description="cosine to the medoid; below it a portrait shows somebody else"
    )
    same_picture: Cosine = Field(
        0.92, description="cosine of two portraits; above it they are copies of one picture"
    )
    min_ethnicity_share: Share = Field(
        0.4, description="mean probability that the winning ethnicity needs; below it null"
    )
    batch: Count = Field(16, description="faces in one call of a network")
    shard_identities: Count = Field(64, description="identities a shard")


class MatchPart(_Part):
    """Which identity goes into which photograph."""

    by: tuple[Literal["gender", "ethnicity"], ...] = Field(
        ("gender", "ethnicity"), description="attributes that photo and identity share"
    )
    fallback: tuple[Literal["gender"], ...] = Field(
        ("gender",), description="tried when a group has too few identities; [] for none"
    )
    identities_per_photo: Count = Field(5, description="swaps a photo, at most")
    splits: Literal["coco", "train"] = Field(
        "coco",
        description="coco: train* photos train, all others halved into validation and test; "
        "train: everything in train",
    )
    identity_shares: tuple[Share, Share, Share] = Field(
        (0.92, 0.04, 0.04), description="identities in train, validation, test"
    )
    near_duplicate: Cosine = Field(
        0.7, description="identities whose medoids are closer share a split"
    )

    @model_validator(mode="after")
    def _shares_add_up(self) -> MatchPart:
        if abs(sum(self.identity_shares) - 1) > 1e-6:
            raise ValueError(f"identity_shares add up to {sum(self.identity_shares):g}, not 1")
        if "ethnicity" in self.by and "gender" not in self.by:
            raise ValueError("by: [ethnicity] alone would cross gender; use [gender, ethnicity]")
        return self


class CalibratePart(_Part):
    """From which similarity on two faces count as one person."""

    far: float = Field(1e-3, gt=0, le=0.1, description="false accept rate of the threshold")


class SwapPart(_Part):
    """How faces are swapped."""

    swapper: Literal["inswapper", "blend"] = Field(
        "inswapper", description="blend needs no weights and runs on any photograph"
    )
    poisson: bool = Field(False, description="blend: Poisson blending at the mask's edge")
    precision: Literal["float32", "float16"] = Field(
        "float32", description="inswapper: of its network; float16 is faster on a GPU, less exact"
    )
    max_batch: Count = Field(
        20, description="inswapper: swaps in one call of its network; takes memory on a GPU"
    )
    jpeg_quality: int = Field(95, ge=50, le=100, description="JPEG quality, always 4:4:4")
    shard_photos: Count = Field(
        48, description="photos a shard, at most; their swaps are in memory together"
    )


class JudgePart(_Part):
    """Which swaps are good enough. A limit that is null is not held against anything: its figure
    is only reported."""

    min_margin: float = Field(
        0.0, ge=-2, le=2, description="similarity to the source minus that to the original face"
    )
    max_residual: Cosine | None = Field(
        None, description="similarity to the original face; null: only the margin asks after it"
    )
    min_changed: float = Field(
        1.0, ge=0, le=255, description="mean absolute change inside the mask, grey levels"
    )
    require_redetection: bool = Field(True, description="the detector must find the face again")
    max_landmark_error: Limit = Field(
        0.08,
        description="mean move of the landmarks in distances between the eyes; null where blend "
        "swaps and the recipe says nothing else, for blend brings the portrait's proportions along",
    )
    max_pose_difference: Limit = Field(
        10.0, description="degrees between the poses of swapped and original face"
    )
    min_outside_psnr: Limit = Field(40.0, description="dB, outside the mask and before encoding")
    min_sharpness: Limit = Field(
        0.3, description="variance of the Laplacian inside the mask, swap / original"
    )
    max_colour_difference: Limit = Field(
        12.0, description="CIEDE2000 of the face and the skin around it; chroma on grey photos"
    )
    small_face: float = Field(
        15.0, ge=0, description="pixels between the eyes under which a sample is flagged small_face"
    )
    min_identities: Count = Field(
        5, description="a photo with fewer accepted swaps is left out whole"
    )


class CaptionPart(_Part):
    """How names get into captions."""

    template: str = Field("natural", description="templates/captions/NAME.yaml, or a file's path")
    names: Literal["real", "pseudonym"] = Field(
        "real", description="pseudonym: invented names and hashed ids outside private/ and work/"
    )


class PublishPart(_Part):
    """What the published folder looks like."""

    title: str = Field("COCO-PFS", description="the dataset's name on its card")
    contact: str | None = Field(
        None, description="whom to ask for removal: an address that the card names"
    )
    embeddings: Literal["none", "separate", "inline"] = Field(
        "none",
        description="of the reference portraits, which are biometric data: in embeddings.parquet, "
        "or in every row",
    )
    rows_per_shard: Count = Field(1000, description="rows a Parquet file")
    rows_per_group: Count = Field(100, description="rows a row group")


class RuntimePart(_Part):
    """What changes floating-point results without meaning to."""

    threads: Count = Field(1, description="threads of each network; part of the result's bytes")
    max_failed_share: Share | None = Field(
        0.01, description="unreadable or failed items tolerated; null: any number"
    )


class BaselinePart(_Part):
    """What `train-baseline` fits to a dataset that is there. It changes no byte of the dataset, so
    it is no part of the recipe's digest. The defaults are the paper's hyper-parameters."""

    clip: str | None = Field(
        None, description="a checkpoint folder or hub name; null: clip/ in the model pack"
    )
    face: Literal["reference", "source", "swapped"] = Field(
        "reference",
        description="whose face asks: a portrait that drove no swap, the one that did, or the "
        "picture's own, most likely the paper's, which leaks the answer into the question",
    )
    prompts: Literal["fixed", "multi", "in_place"] = Field(
        "multi",
        description="how a text speaks of the face: one template before the caption, one of six by "
        "hash, or in place of the person",
    )
    loss: Literal["context", "entity", "both"] = Field(
        "context",
        description="of the face with the caption, of the face alone, or the mean of both",
    )
    start: Literal["scratch", "pad"] = Field(
        "scratch", description="Id-CLIP's translator at first: drawn, or CLIP-PAD's of that seed"
    )
    vpt_tokens: int = Field(5, ge=1, le=1000, description="visual prompts of Id-CLIP")
    epochs: Count = Field(10, description="of CLIP-PAD and of Id-CLIP")
    batch: int = Field(32, ge=2, description="pictures a step")
    learning_rate: Rate = Field(5e-5, description="AdamW's, constant")
    prompt_learning_rate: Rate | None = Field(
        None, description="of the visual prompts; null: learning_rate"
    )
    weight_decay: float = Field(0.01, ge=0, description="AdamW's; of translator and prompts")
    scale: Literal["fixed", "learned"] = Field(
        "fixed", description="of cosines in the loss: 1/0.07, or learned from there on"
    )
    hard_fraction: Share = Field(
        0.0, description="share of a batch that comes with its context's or identity's others"
    )
    validations_per_epoch: Count = Field(10, description="looks for the best checkpoint")
    seeds: Count = Field(3, description="trainings of each model; the table tells their mean")


class Recipe(_Part):
    name: str
    description: str = ""
    seed: int = 0
    world: WorldPart | None = None
    select: SelectPart = SelectPart()
    describe: DescribePart = DescribePart()
    enroll: EnrollPart = EnrollPart()
    match: MatchPart = MatchPart()
    calibrate: CalibratePart = CalibratePart()
    swap: SwapPart = SwapPart()
    judge: JudgePart = JudgePart()
    caption: CaptionPart = CaptionPart()
    publish: PublishPart = PublishPart()
    runtime: RuntimePart = RuntimePart()
    baseline: BaselinePart = BaselinePart()

    @model_validator(mode="after")
    def _context_can_be_complete(self) -> Recipe:
        if self.judge.min_identities > self.match.identities_per_photo:
            raise ValueError(
                f"judge.min_identities is {self.judge.min_identities}, but "
                f"match.identities_per_photo only {self.match.identities_per_photo}: "
                "every photo would be rejected"
            )
        return self

    @property
    def digest(self) -> str:
        """sha256 of what changes the dataset, as canonical JSON: not of the recipe's prose, of the
        address on the card, of how many broken files are tolerated, nor of the baseline."""
        changing = self.model_dump(
            mode="json",
            exclude={
                "description": True,
                "publish": {"contact"},
                "runtime": {"max_failed_share"},
                "baseline": True,
            },
        )
        text = json.dumps(changing, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def recipe_names() -> list[str]:
    """The recipes that come with the package."""
    return sorted(path.stem for path in resources.PIPELINES.glob("*.yaml"))


def load_recipe(name: str, overrides: Sequence[str] = ()) -> Recipe:
    """The recipe of that name, or in that YAML file, with `--set` overrides applied.

    name: one of `recipe_names()`, or a path that ends in .yaml or .yml.
    overrides: "field.path=value" each, the value read as YAML.
    Raises UsageError that names the file and the field.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else resources.PIPELINES / f"{name}.yaml"
    try:
        text = path.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise _no_recipe(name) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"recipe {path} cannot be read: {error}") from error
    try:
        data = parse_yaml(text)
    except BrokenYamlError as error:
        raise UsageError(f"recipe {path} is not valid YAML: {error}") from error
    if not isinstance(data, dict):
        raise UsageError(
            f"recipe {path} holds a {type(data).__name__}", expected="a mapping of fields"
        )
    told = "recipe " + (name if path.is_relative_to(resources.PIPELINES) else str(path))
    set_here = [_apply(data, override) for override in overrides]
    _report_landmarks_of_blend(data)
    try:
        return Recipe.model_validate_json(json_text(data))
    except ValidationError as error:
        raise _explain(told, error, set_here) from error
    except ValueError as error:
        raise UsageError(f"{told} cannot be used: {error}") from error


def _no_recipe(name: str) -> UsageError:
    known = recipe_names()
    of_ones_own = name.endswith((".yaml", ".yml"))
    close = difflib.get_close_matches(Path(name).stem if of_ones_own else name, known, n=1)
    return UsageError(
        f"there is no recipe file {name}" if of_ones_own else f"there is no recipe {name!r}",
        expected=f"one of {', '.join(known)}, or the path of a .yaml file",
        hint=f"did you mean {close[0]}?" if close else f"cocopfs build {DEFAULT_RECIPE} --out OUT",
    )


def _apply(data: dict[str, Any], override: str) -> tuple[str, ...]:
    """Set the field; the parts of its path."""
    key, equals, value = override.partition("=")
    if not equals or not key.strip():
        raise UsageError(
            f"--set {override!r} is not an assignment",
            expected="field.path=value",
            hint="--set swap.swapper=blend",
        )
    try:
        parsed = parse_yaml(value)
    except BrokenYamlError as error:
        raise UsageError(f"--set {override!r}: the value is not valid YAML: {error}") from error
    *parents, last = key.strip().split(".")
    for parent in parents:
        data = data.setdefault(parent, {})
        if not isinstance(data, dict):
            raise UsageError(f"--set {override!r}: {parent} is a value, it has no fields")
    data[last] = parsed
    return (*parents, last)


def _report_landmarks_of_blend(data: dict[str, Any]) -> None:
    """The one limit whose default depends on another part."""
    swap = data.get("swap")
    if isinstance(swap, dict) and swap.get("swapper") == "blend":
        judge = data.setdefault("judge", {})
        if isinstance(judge, dict):
            judge.setdefault("max_landmark_error", None)


def _explain(
    recipe: str, error: ValidationError, set_here: Sequence[tuple[str, ...]]
) -> UsageError:
    """What is wrong, and whether the file says so or a `--set`."""
    in_file, given, hint = [], [], None
    for problem in error.errors():
        place = tuple(str(part) for part in problem["loc"])
        where = ".".join(place)
        fields = _part_at(place).model_fields
        default = fields[place[-1]].default if place and place[-1] in fields else None
        told = in_our_words(problem, list(fields), default if isinstance(default, tuple) else ())
        if problem["type"] == "extra_forbidden":
            known = list(_part_at(place[:-1]).model_fields)
            close = difflib.get_close_matches(place[-1], known, n=1)
            meant = ".".join((*place[:-1], *close))
            hint = hint or (f"did you mean {meant}?" if close else f"fields: {', '.join(known)}")
        if place and any(place[: len(path)] == path[: len(place)] for path in set_here):
            given.append(f"--set {where}: {told}")
        else:
            in_file.append(f"{where}: {told}" if where else told)
    if in_file:
        given.insert(0, f"{recipe}: {'; '.join(in_file)}")
    return UsageError("; ".join(given), hint=hint)


def _part_at(place: Sequence[str]) -> type[BaseModel]:
    """The part of a recipe there, or the one around a value."""
    model: type[BaseModel] = Recipe
    for name in place:
        field = model.model_fields.get(name)
        kinds = () if field is None else (field.annotation, *get_args(field.annotation))
        model = next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), model)
    return model


def settings_of(name: str, part: BaseModel) -> dict[str, Any]:
    """A recipe part as plain JSON values by full field name, for fingerprints."""
    return {f"{name}.{field}": value for field, value in part.model_dump(mode="json").items()}
