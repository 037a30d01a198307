"""A recipe is strict: what it does not know, it refuses with the nearest name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from cocopfs.errors import UsageError
from cocopfs.recipe import Recipe, load_recipe, recipe_names, settings_of


@pytest.mark.parametrize("name", recipe_names())
def test_the_recipes_of_the_package_are_valid_and_carry_their_name(name: str) -> None:
    assert load_recipe(name).name == name


def test_the_papers_recipe_is_the_papers() -> None:
    recipe = load_recipe("coco-pfs")
    assert recipe.match.by == ("gender", "ethnicity")
    assert recipe.match.identities_per_photo == recipe.judge.min_identities == 5
    assert recipe.match.splits == "coco"
    assert recipe.swap.swapper == "inswapper"


def test_overrides_are_yaml_and_change_the_digest() -> None:
    plain = load_recipe("trial")
    changed = load_recipe("trial", ["select.exclude_licences=[3, 6]", "swap.swapper=blend"])
    assert changed.select.exclude_licences == (3, 6)
    assert changed.swap.swapper == "blend"
    assert changed.digest != plain.digest == load_recipe("trial").digest


@pytest.mark.parametrize("name", recipe_names())
def test_the_baseline_is_no_part_of_the_dataset(name: str) -> None:
    others = ["baseline.epochs=77", "baseline.clip=another", "baseline.scale=learned"]
    assert load_recipe(name, others).digest == load_recipe(name).digest


def test_the_papers_baseline_is_the_papers() -> None:
    part = load_recipe("coco-pfs").baseline
    assert part.clip == "openai/clip-vit-large-patch14-336"
    assert (part.vpt_tokens, part.epochs, part.batch, part.validations_per_epoch) == (5, 10, 32, 10)
    assert (part.learning_rate, part.weight_decay) == (5e-5, 0.01)
    assert (part.prompts, part.loss, part.scale) == ("multi", "context", "fixed")
    assert part.start == "scratch"
    assert part.face == "reference"  # theirs is most likely the swapped one, which leaks


def test_a_recipe_cannot_be_changed_by_accident() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_recipe("trial").seed = 3  # type: ignore[misc]  # the point of the test


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("select.exclude_licence=[3]", "did you mean select.exclude_licences?"),
        ("selct.max_pixels=3", "did you mean select?"),
        ("swap.swapper=magic", "'inswapper' or 'blend'"),
        ("swap=3", "--set swap: expected an object with the fields swapper, poisson,"),
        ("seed", "not an assignment"),
        ("seed=[1", "not valid YAML"),
        ("seed=1.5", "seed"),
        ("seed=!!python/object:os.system {}", "not valid YAML"),
        ("match.identity_shares=[0.5, 0.5, 0.5]", "add up to 1.5"),
        ("match.by=[ethnicity]", "cross gender"),
        ("judge.min_identities=6", "every photo would be rejected"),
        ("judge.max_landmark_error=-1", "expected at least 0, found -1"),
        ("judge.min_sharpness=blunt", "judge.min_sharpness"),
        ("swap.swapper=[blend]", "'inswapper' or 'blend'"),
        ("judge=3", "expected an object"),
        ("name.first=x", "it has no fields"),
        ("baseline.face=mine", "'reference', 'source' or 'swapped'"),
        ("baseline.learning_rate=0", "expected more than 0, found 0"),
        ("baseline.hard_fraction=2", "expected at most 1, found 2"),
        ("swap.swaper=blend", "--set swap.swaper: there is no such field"),
        ("swap.swaper=blend", "did you mean swap.swapper?"),
        ("world.fotos=3", "did you mean world.photos?"),
        ("select.exclude_licences=3", "expected a list such as [3, 6], found 3"),
        ("select.subsets=val2017", "expected a list such as [val2017], found val2017"),
        ("match.identity_shares=[1]", "identity_shares.1: is missing, the list is too short"),
        ("match.identity_shares=[1, 0, 0, 0]", "expected at most 3 values, found [1, 0, 0, 0]"),
        ("match.by=[eyes]", "--set match.by.0: expected 'gender' or 'ethnicity', found eyes"),
        ("swap.poisson=maybe", "expected true or false, found maybe"),
        ("select.detector_size=65", "expected a multiple of 32, found 65"),
        ("runtime.threads=1.5", "expected a whole number, found 1.5"),
        ("name=2026-01-02", "name is of the type date, put it in quotes"),
    ],
)
def test_a_wrong_override_says_what_is_wrong(override: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_recipe("trial", [override])
    assert message in str(caught.value)


def test_a_wrong_override_is_not_blamed_on_the_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_recipe("trial", ["swap.swaper=blend"])
    assert "recipe" not in caught.value.what
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nseed: x\nmatch: {by: gender}\n")
    with pytest.raises(UsageError) as caught:
        load_recipe(str(path), ["judge.min_margn=1"])
    in_file, given = caught.value.what.split("; --set ")
    assert in_file == (
        f"recipe {path}: seed: expected a whole number, found x; match.by: expected a list such "
        "as [gender, ethnicity], found gender"
    )
    assert given == "judge.min_margn: there is no such field"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("trail", "did you mean trial?"),
        ("trial.yaml", "did you mean trial?"),
        ("nothere.yaml", "cocopfs build drawn-world --out OUT"),
    ],
)
def test_a_recipe_that_is_not_there(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match="there is no recipe") as caught:
        load_recipe(name)
    assert all(known in str(caught.value.expected) for known in recipe_names())
    assert caught.value.hint == hint


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nmatch: {identities_per_photo: 3}\njudge: {min_identities: 2}\n")
    assert load_recipe(str(path)).match.identities_per_photo == 3
    path.write_text("- a list")
    with pytest.raises(UsageError, match="expected: a mapping"):
        load_recipe(str(path))
    path.write_text("name: !!python/name:os.system")
    with pytest.raises(UsageError, match="not valid YAML"):
        load_recipe(str(path))
    with pytest.raises(UsageError, match="no recipe"):
        load_recipe(str(tmp_path / "missing.yaml"))


def test_landmarks_gate_inswapper_and_are_reported_for_blend_unless_the_recipe_says_more() -> None:
    assert load_recipe("trial").judge.max_landmark_error == 0.08
    assert load_recipe("trial", ["swap.swapper=blend"]).judge.max_landmark_error is None
    strict = ["swap.swapper=blend", "judge.max_landmark_error=0.2"]
    assert load_recipe("trial", strict).judge.max_landmark_error == 0.2
    assert load_recipe("trial", ["judge.max_landmark_error=null"]).judge.max_landmark_error is None


def test_settings_carry_their_full_names() -> None:
    settings = settings_of("swap", load_recipe("trial").swap)
    assert settings["swap.jpeg_quality"] == 95
    assert all(name.startswith("swap.") for name in settings)


def test_an_age_floor_is_told_where_there_is_one_alone() -> None:
    """So that the digests and fingerprints of recipes without one stay what they were."""
    plain = load_recipe("trial")
    assert plain.select.min_age is None
    assert plain.enroll.min_age is None
    assert "min_age" not in json.dumps(plain.model_dump(mode="json"))
    assert "select.min_age" not in settings_of("select", plain.select)
    assert load_recipe("trial", ["select.min_age=null"]).digest == plain.digest
    for part in ("select", "enroll"):
        floored = load_recipe("trial", [f"{part}.min_age=21"])
        assert settings_of(part, getattr(floored, part))[f"{part}.min_age"] == 21
        assert floored.digest != plain.digest
        assert Recipe.model_validate_json(floored.model_dump_json()) == floored
    with pytest.raises(UsageError, match="expected at least 1, found 0"):
        load_recipe("trial", ["select.min_age=0"])
