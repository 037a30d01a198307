"""`cocopfs train-baseline`: is what the dataset promises there to be learnt?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

import cocopfs
from cocopfs.audit.bootstrap import share_interval
from cocopfs.audit.dataset import open_dataset
from cocopfs.baseline.collection import Collection
from cocopfs.baseline.comparison import Asker, Comparison, fusion_weight
from cocopfs.baseline.curves import gallery_points, noise_points
from cocopfs.baseline.features import cached_image_features, image_features
from cocopfs.baseline.fit import Fitted
from cocopfs.baseline.groups import group_picks
from cocopfs.baseline.leaks import Leak, LeakKind, find_leaks
from cocopfs.baseline.probes import Probes, Unswapped
from cocopfs.baseline.questions import Questions
from cocopfs.baseline.report import render_report
from cocopfs.baseline.results import Course, Results, Transfer
from cocopfs.baseline.setting import FaceKind, Request, Setting, set_up
from cocopfs.baseline.shown import Shown, shown
from cocopfs.baseline.transfer import transfer
from cocopfs.baseline.verdict import Evidence, Verdict, judge
from cocopfs.baseline.weights import save_weights
from cocopfs.engine.commit import commit_bytes, sweep_partials
from cocopfs.engine.folder import require_writable
from cocopfs.engine.lock import only_training
from cocopfs.engine.progress import Progress
from cocopfs.records import Split

REPORT = "baseline/report.html"
WEIGHTS = "baseline/id-clip.safetensors"

_TITLES = {"clip-pad": "CLIP-PAD", "id-clip": "Id-CLIP"}
_LEAKS_ANSWER = (
    "face: swapped asks with the very picture's own face, which leaks the answer into the "
    "question: its figures are no measure of retrieval, and stand beside those of face: reference"
)
_DROVE_SWAP = (
    "face: source asks with the portrait that drove the very swap: its figures tell more than a "
    "portrait from elsewhere would, and stand beside those of face: reference"
)
_NO_ORIGINALS = (
    "No unswapped photograph could be read: the controls that need them are left out, and pictures "
    "that are unswapped copies are told by the references alone. --coco DIR says where COCO lies."
)


def train_baseline(request: Request, progress: Progress) -> Results:
    """Train CLIP-PAD and Id-CLIP, compare them with what knows less and with what knows more, and
    judge the dataset.

    Writes OUT/baseline: `report.html`, `baseline.json`, the weights of the first Id-CLIP, and the
    features and checkpoints by which an interrupted run goes on. Nothing else is written.
    Raises UsageError where another training runs in the folder, and what `set_up` and `fit` raise.
    """
    open_dataset(request.out)  # before anything is written: is there one?
    require_writable(request.cache, "mend its permissions, or train on a copy of the dataset")
    with only_training(request.folder):
        for folder in (request.folder, request.cache):
            sweep_partials(folder)
        return _train(request, progress)


def _train(request: Request, progress: Progress) -> Results:
    setting = set_up(request, progress)
    trained: dict[str, list[Asker]] = {}
    labels: dict[str, str] = {}
    courses: list[Course] = []
    for kind in _kinds(request):
        test = setting.questions(Split.TEST, kind)
        for name, fits in setting.train(kind).items():
            beside = kind != "reference"
            key = f"{name}-{kind}" if beside else name
            labels[key] = f"{_TITLES[name]}, face: {kind}" if beside else _TITLES[name]
            trained[key] = list(_askers(setting, fits, test))
            courses += [
                _course(labels[key], seed, found, setting) for seed, found in enumerate(fits)
            ]
    test, validation = setting.questions(Split.TEST), setting.questions(Split.VALIDATION)
    comparison = Comparison(
        setting.clip,
        test,
        setting.pictures(test),
        trained,
        labels,
        setting.names,
        fusion_weight(setting.clip, validation, setting.pictures(validation)),
    )
    results = _results(setting, comparison, courses)
    save_weights(request.out / WEIGHTS, trained["id-clip"][0].model, "reference")
    data = msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n"
    commit_bytes(request.folder / "baseline.json", data)
    commit_bytes(request.out / REPORT, render_report(results).encode())
    return results


def _kinds(request: Request) -> list[FaceKind]:
    face: FaceKind = request.part.face
    return ["reference"] if face == "reference" else ["reference", face]


def _askers(setting: Setting, fits: Sequence[Fitted], test: Questions) -> Iterator[Asker]:
    for found in fits:
        model = found.model
        pictures = (
            cached_image_features(
                model, test.pictures.crops, setting.request.cache, setting.progress
            )
            if len(model.prompts)
            else setting.pictures(test)
        )
        yield Asker(model, pictures, np.asarray(test.pictures.faces))


def _course(label: str, seed: int, found: Fitted, setting: Setting) -> Course:
    rows = len(setting.collection.rows_of(Split.TRAIN))
    batches = -(-rows // setting.request.part.batch)
    return Course(
        label,
        seed,
        tuple(look.step / batches for look in found.looks),
        tuple(look.loss for look in found.looks),
        tuple(look.total for look in found.looks),
        found.best.step / batches,
    )


def _results(setting: Setting, comparison: Comparison, courses: Sequence[Course]) -> Results:
    collection, request = setting.collection, setting.request
    manifest = collection.dataset.manifest
    probes = _probes(setting, comparison)
    methods = tuple(comparison.methods())
    notes = []
    if request.part.face == "swapped":
        notes.append(_LEAKS_ANSWER)
    if request.part.face == "source":
        notes.append(_DROVE_SWAP)
    if setting.originals is None:
        notes.append(_NO_ORIGINALS)
    return Results(
        cocopfs=cocopfs.__version__,
        title=str(manifest.recipe.get("publish", {}).get("title", "dataset")),
        recipe=str(manifest.recipe.get("name", "")),
        dataset=collection.dataset.digest,
        clip=setting.clip.digest,
        face=" and ".join(_kinds(request)),
        settings=request.part.model_dump(mode="json"),
        counts={str(split): _counts(collection, split) for split in Split},
        queries=len(comparison.test),
        verdict=_verdict(setting, comparison, probes),
        methods=methods,
        times_chance=comparison.times_chance("id-clip"),
        differences=tuple(comparison.differences()),
        expansions=tuple(comparison.expansions()),
        entities=tuple(comparison.entities()),
        controls=tuple(probes.controls()),
        groups=tuple(group_picks(collection, comparison)),
        gallery_sizes=tuple(gallery_points(comparison)),
        noise=tuple(noise_points(comparison)),
        courses=tuple(courses),
        transfer=tuple(_transfer(setting, comparison)),
        fusion_weight=comparison.weight,
        notes=tuple(notes),
    )


def _transfer(setting: Setting, comparison: Comparison) -> Iterator[Transfer]:
    if setting.elsewhere is not None:
        gallery, eyes = setting.elsewhere
        models = {
            label: [asker.model for asker in comparison.trained[key]]
            for key, label in comparison.labels.items()
            if key in _TITLES
        }
        yield from transfer(gallery, setting.clip, models, eyes)


def _probes(setting: Setting, comparison: Comparison) -> Probes:
    collection, test = setting.collection, comparison.test
    genders, ethnicities = (collection.samples.texts(name) for name in ("gender", "ethnicity"))
    rows = dict(zip(test.pictures.identity.tolist(), test.rows.tolist(), strict=True))
    unswapped = None
    if setting.originals is not None:
        originals = setting.originals
        unswapped = Unswapped(
            originals.of_test,
            [image_features(a.model, originals.crops) for a in comparison.trained["id-clip"]],
        )
    return Probes(
        comparison,
        {code: genders[row] for code, row in rows.items()},
        {code: ethnicities[row] for code, row in rows.items()},
        unswapped,
    )


def _verdict(setting: Setting, comparison: Comparison, probes: Probes) -> Verdict:
    leaks = find_leaks(_leak_rows(setting.collection))
    rankings, chance = comparison.rankings, comparison.chance
    return judge(
        Evidence(
            chance=float(chance.mean()),
            text_only=float(rankings["clip"].pick.mean()),
            wrong=probes.wrong_faces,
            oracle=share_interval(rankings["oracle"].pick, comparison.test.photos),
            pad=comparison.above("clip-pad", "clip"),
            id_clip=comparison.above("id-clip", "clip"),
            leaks=[_worded(leak) for leak in leaks],
            shown=list(_shown(setting)),
        )
    )


def _shown(setting: Setting) -> Iterator[Shown]:
    collection, originals = setting.collection, setting.originals
    _, identity = np.unique(collection.texts("identity"), return_inverse=True)
    for split in Split:
        rows = collection.rows_of(split)
        yield shown(
            split,
            setting.swapped[rows],
            setting.portraits.reference[rows],
            identity[rows],
            collection.photos[rows],
            None if originals is None else originals.seen,
        )


@dataclass(frozen=True, slots=True)
class _Row:
    """What the leak checks read of a row."""

    sample_id: str
    split: str
    coco_image_id: int
    identity: str
    source_portrait: str
    reference_portrait: str


def _leak_rows(collection: Collection) -> list[_Row]:
    names = ("sample_id", "split", "identity", "source_portrait", "reference_portrait")
    samples, splits, identities, sources, references = map(collection.texts, names)
    return [
        _Row(samples[row], splits[row], int(photo), identities[row], sources[row], references[row])
        for row, photo in enumerate(collection.photos)
    ]


def _counts(collection: Collection, split: Split) -> dict[str, int]:
    rows = collection.rows_of(split)
    identities = collection.texts("identity")
    return {
        "rows": len(rows),
        "photos": len(np.unique(collection.photos[rows])),
        "identities": len({identities[row] for row in rows}),
    }


def _worded(leak: Leak) -> str:
    one, several, what = {
        LeakKind.IDENTITY_IN_TWO_SPLITS: ("identity is", "identities are", "in several splits"),
        LeakKind.PHOTO_IN_TWO_SPLITS: ("photo is", "photos are", "in several splits"),
        LeakKind.REFERENCE_IS_SOURCE: ("reference drives", "references drive", "swaps"),
        LeakKind.PORTRAIT_OF_TWO_IDENTITIES: (
            "portrait stands",
            "portraits stand",
            "for several identities",
        ),
        LeakKind.SAMPLE_TWICE: ("sample is", "samples are", "there twice"),
    }[leak.kind]
    subject = one if leak.count == 1 else several
    return f"{leak.count} {subject} {what} ({leak.examples[0]})"
