"""Drawn people: the same for the same seed, many, and labelled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cocopfs.records import Ethnicity, Gender
from cocopfs.world.person import Beard, Person, blend_persons, draw_person
from cocopfs.world.seeds import generator


def people(count: int, gender: Gender | None = None) -> list[Person]:
    return [draw_person(generator(1, "person", number), gender) for number in range(count)]


def test_the_same_seed_draws_the_same_person() -> None:
    assert draw_person(generator(3, "anna")) == draw_person(generator(3, "anna"))


def test_other_seeds_and_other_items_draw_other_people() -> None:
    first = draw_person(generator(3, "anna"))
    assert draw_person(generator(4, "anna")) != first
    assert draw_person(generator(3, "berta")) != first


@pytest.mark.parametrize("group", Ethnicity)
@pytest.mark.parametrize("gender", Gender)
def test_labels_are_those_asked_for(gender: Gender, group: Ethnicity) -> None:
    person = draw_person(generator(5), gender, group)
    assert (person.gender, person.group) == (gender, group)


def test_all_labels_are_drawn_when_none_is_asked_for() -> None:
    found = {(person.gender, person.group) for person in people(300)}
    assert len(found) == len(Gender) * len(Ethnicity)


def test_women_have_no_beards() -> None:
    assert {person.features.beard for person in people(60, Gender.FEMALE)} == {Beard.NONE}
    assert {person.features.beard for person in people(60, Gender.MALE)} == set(Beard)


def test_groups_differ_in_more_than_skin() -> None:
    """What tells groups apart must be learnable from the shape too."""

    def shapes(group: Ethnicity) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        drawn = [draw_person(generator(9, group, n), Gender.MALE, group) for n in range(80)]
        return np.array([[p.features.nose_width, p.features.eye_tilt] for p in drawn])

    means = np.array([shapes(group).mean(0) for group in Ethnicity])
    noise = np.array([shapes(group).std(0) for group in Ethnicity]).mean(0) / np.sqrt(80)
    assert (np.ptp(means, axis=0) > 4 * noise).all()


def test_a_true_swap_takes_the_face_and_leaves_the_head() -> None:
    source, target = people(2)
    swapped = blend_persons(source, target)
    assert swapped.features == source.features
    assert (swapped.gender, swapped.group) == (source.gender, source.group)
    assert (swapped.hair, swapped.outline, swapped.skin) == (
        target.hair,
        target.outline,
        target.skin,
    )


def test_swapping_somebody_with_himself_changes_nothing() -> None:
    (person,) = people(1)
    swapped = blend_persons(person, person)
    melanin = swapped.inner_skin.melanin
    assert melanin == pytest.approx(person.skin.melanin)
    assert replace(swapped, inner_skin=person.inner_skin) == person
