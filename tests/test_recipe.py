"""A recipe is strict: what it does not know, it refuses with the nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from cocopfs.errors import UsageError
from cocopfs.recipe import load_recipe, recipe_names, settings_of


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


def test_a_recipe_cannot_be_changed_by_accident() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_recipe("trial").seed = 3  # type: ignore[misc]  # the point of the test


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("select.exclude_licence=[3]", "did you mean exclude_licences?"),
        ("selct.max_pixels=3", "did you mean select?"),
        ("swap.swapper=magic", "'inswapper' or 'blend'"),
        ("swap=3", "should be an object"),
        ("seed", "not an assignment"),
        ("seed=[1", "not valid YAML"),
        ("seed=1.5", "seed"),
        ("seed=!!python/object:os.system {}", "not valid YAML"),
        ("match.identity_shares=[0.5, 0.5, 0.5]", "add up to 1.5"),
        ("match.by=[ethnicity]", "cross gender"),
        ("judge.min_identities=6", "every photo would be rejected"),
        ("judge.max_landmark_error=-1", "greater than or equal to 0"),
        ("judge.min_sharpness=blunt", "judge.min_sharpness"),
        ("swap.swapper=[blend]", "'inswapper' or 'blend'"),
        ("judge=3", "should be an object"),
        ("name.first=x", "it has no fields"),
    ],
)
def test_a_wrong_override_says_what_is_wrong(override: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_recipe("trial", [override])
    assert message in str(caught.value)


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
