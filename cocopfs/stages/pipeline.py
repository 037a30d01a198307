"""The stages of a recipe, in order, with what each of them needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from cocopfs.captions.template import load_template
from cocopfs.engine.progress import Progress
from cocopfs.engine.stage import Stage
from cocopfs.engine.store import Store
from cocopfs.faces.cuda import cuda_libraries
from cocopfs.faces.gpus import processor, take_gpu
from cocopfs.faces.models import Models, open_models
from cocopfs.faces.pack import Pack, Role
from cocopfs.faces.roles import NEEDED
from cocopfs.publish.standing import making
from cocopfs.publish.tombstones import NOBODY, Removals, Tombstones
from cocopfs.recipe import Recipe
from cocopfs.stages.calibrate import Calibrate
from cocopfs.stages.caption import WriteNames
from cocopfs.stages.describe import Describe
from cocopfs.stages.enroll import Enroll
from cocopfs.stages.judge import Judge
from cocopfs.stages.match import Match
from cocopfs.stages.naming import Naming
from cocopfs.stages.select import Select
from cocopfs.stages.swap import SwapFaces
from cocopfs.stages.write import Write

STAGE_NAMES = (
    "select",
    "describe",
    "enroll",
    "match",
    "calibrate",
    "swap",
    "judge",
    "caption",
    "write",
)


@dataclass(frozen=True)
class Materials:
    """Where a build's raw material lies, and the machine's part in the result.

    gpus: the number of each worker process's GPU; where none is given, all use the first.
    elsewhere: networks run on GPUs of other machines, those of a Dask cluster's workers.
    supply: makes what of it is not there yet, once the build's folder is known to be ours.
    """

    coco: Path
    vggface2: Path
    pack: Pack
    device: Literal["cuda", "cpu"]
    limit: int | None = None
    supply: Callable[[Progress], None] | None = None
    gpus: tuple[int, ...] = ()
    elsewhere: bool = False


def roles_for(recipe: Recipe) -> tuple[Role, ...]:
    """The networks that a recipe needs."""
    swapper = (Role.SWAPPER,) if recipe.swap.swapper == "inswapper" else ()
    age = (Role.AGE,) if recipe.select.min_age or recipe.enroll.min_age else ()
    return (*NEEDED, *swapper, *age)


def model_opener(recipe: Recipe, materials: Materials, out: Path) -> Callable[[], Models]:
    """What a worker of the build into `out` calls to get its networks; picklable, and each process
    opens them once."""
    opened = partial(
        open_models,
        materials.pack,
        materials.device,
        recipe.runtime.threads,
        recipe.select.detector_size,
        recipe.swap.precision,
    )
    return partial(_open_on_gpu, opened, materials.gpus, str(out)) if materials.gpus else opened


def _open_on_gpu(opened: Callable[[], Models], gpus: tuple[int, ...], build: str) -> Models:
    take_gpu(gpus, build)
    return opened()


def cuda_facts(materials: Materials) -> dict[str, str]:
    """The cards and libraries that decide which bits networks give on CUDA: of another card's, the
    same build holds other pictures. Nothing for a build on the CPU."""
    if materials.device == "cpu":
        return {}
    if materials.elsewhere:
        return {"processor": "the GPUs of a Dask cluster"}
    cards = {processor("cuda", number) for number in materials.gpus or (0,)}
    return {"processor": ", ".join(sorted(cards)), **cuda_libraries()}


def making_of(recipe: Recipe, materials: Materials) -> dict[str, Any]:
    """What the build's pairings hang on; see `standing.making`."""
    files = {str(file.role): file.digest for file in materials.pack.files}
    return making(recipe.model_dump(mode="json"), files, materials.limit)


def make_stages(
    recipe: Recipe,
    materials: Materials,
    store: Store,
    naming: Naming,
    removals: Removals | None = None,
    tombstones: Tombstones = NOBODY,
) -> tuple[Stage, ...]:
    """All stages of the recipe, in the order in which they run.

    removals, tombstones: who was taken out of the dataset, and what the others keep.
    """
    made_by = making_of(recipe, materials)
    standing = removals.standing if removals is not None else None
    needed = recipe.judge.min_identities
    if standing is not None and not standing.holds_for(made_by, needed):
        standing = None
    same_gate = standing is not None and standing.made_by["calibrate"] == made_by["calibrate"]
    pack, coco, gallery = materials.pack, materials.coco, materials.vggface2
    by, max_pixels = recipe.match.by, recipe.select.max_pixels
    template = recipe.caption.template
    template_digest = load_template(template).digest

    on_cuda = cuda_facts(materials)

    def models(*roles: Role) -> dict[str, str]:
        # What networks run on and with how many threads changes floating-point results, so it
        # counts as an ingredient.
        return {
            **{str(role): pack.digest_of(role) for role in roles},
            "device": materials.device,
            **on_cuda,
            "threads": str(recipe.runtime.threads),
            "detector_size": str(recipe.select.detector_size),
        }

    attributes = models(Role.GENDER, Role.ETHNICITY)
    recognition = models(Role.DETECTOR, Role.RECOGNISER)
    enrolment = models(*NEEDED, *((Role.AGE,) if recipe.enroll.min_age else ()))
    swapper = {Role.SWAPPER} & set(roles_for(recipe))
    swapping = recognition | models(*swapper)
    return (
        Select(
            recipe.select,
            template,
            template_digest,
            models(Role.DETECTOR, *((Role.AGE,) if recipe.select.min_age else ())),
            coco,
            materials.limit,
            tombstones,
        ),
        Describe(recipe.describe, by, max_pixels, attributes, template, template_digest, coco),
        Enroll(recipe.enroll, by, max_pixels, enrolment, gallery, tombstones),
        Match(recipe.match, recipe.seed, needed, standing),
        Calibrate(recipe.calibrate, standing if same_gate else None),
        SwapFaces(recipe.swap, max_pixels, swapping, pack.digest + naming.salt, coco, gallery),
        Judge(recipe.judge, standing),
        WriteNames(template, template_digest, recipe.seed, naming),
        Write(recipe.publish, recipe.digest, pack.digest, naming, store.folder("swap"), standing),
    )
