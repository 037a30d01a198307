"""Captions in the manner of COCO's annotators: five people describe a scene, each in their way."""

from __future__ import annotations

import numpy as np

from cocopfs.records import Gender
from cocopfs.world.colours import pick
from cocopfs.world.grammar import gerund, sentence, typed
from cocopfs.world.kinds import Kind
from cocopfs.world.places import PLACES
from cocopfs.world.scenes import Scene
from cocopfs.world.seeds import generator
from cocopfs.world.speaker import Speaker

CAPTIONS = 5  # a photo


def describe(scene: Scene) -> tuple[str, ...]:
    """Five captions. Only those of `Kind.CHILD` name a minor."""
    rng = generator(scene.spec.seed, "captions")
    return tuple(typed(rng, said) for said in _sentences(scene, rng))


def _sentences(scene: Scene, rng: np.random.Generator) -> list[str]:
    kind = scene.spec.kind
    if kind is Kind.NO_PERSON:
        return _of_things(scene, rng)
    if kind is Kind.TWO_PEOPLE:
        return _of_two(scene, rng)
    speaker = Speaker(scene, rng)
    if kind is Kind.CHILD:
        return _of_a_child(speaker, rng)
    found: list[str] = []
    while len(found) < CAPTIONS:
        said = speaker.say()
        if said not in found:
            found.append(said)
    if kind is Kind.CROWD:
        found[int(rng.integers(CAPTIONS))] = speaker.said(
            pick(
                rng,
                (
                    "A crowd of people standing behind {a}",
                    "{a} in front of a crowd of people",
                    "Many people are gathered {place} behind {a}",
                ),
            )
        )
    if kind is Kind.POSTER:
        found[int(rng.integers(CAPTIONS))] = speaker.said(
            pick(
                rng,
                (
                    "{a} standing near a large poster",
                    "{a} next to a billboard {place}",
                    "A poster with a face on it behind {a}",
                ),
            )
        )
    if kind is Kind.GREY:
        found[int(rng.integers(CAPTIONS))] = speaker.said(
            pick(
                rng, ("A black and white picture of {a}", "A black and white photo of {a} {place}")
            )
        )
    if kind is Kind.TURNED_AWAY:
        found[0] = speaker.said("The back of {a} {place}")
    return found


# --- scenes that are not of one adult -------------------------------------------------------------


def _of_a_child(speaker: Speaker, rng: np.random.Generator) -> list[str]:
    """Two or three of the annotators saw a minor."""
    woman = speaker.person.gender is Gender.FEMALE
    nouns = (
        ("little girl", "young girl", "child", "girl", "kid")
        if woman
        else ("little boy", "young boy", "child", "boy", "kid")
    )
    found = [speaker.say() for _ in range(CAPTIONS)]
    for index in rng.permutation(CAPTIONS)[: int(rng.integers(2, 5))]:
        verb, rest = speaker.setting.context.wording.actions[
            int(rng.integers(len(speaker.setting.context.wording.actions)))
        ]
        found[index] = speaker.said(f"a {pick(rng, nouns)} {gerund(verb)} {rest} {{place}}")
    return found


def _of_two(scene: Scene, rng: np.random.Generator) -> list[str]:
    words = {Gender.MALE: ("man", "men"), Gender.FEMALE: ("woman", "women")}
    first, second = scene.spec.person.gender, scene.setting.companion or Gender.MALE
    pair = (
        f"Two {words[first][1]}"
        if first == second
        else f"A {words[first][0]} and a {words[second][0]}"
    )
    wording, places = scene.setting.context.wording, PLACES[scene.setting.place].phrases
    found = []
    for form in rng.permutation(7)[:CAPTIONS]:
        verb, rest = wording.actions[int(rng.integers(len(wording.actions)))]
        doing, place = f"{gerund(verb)} {rest}", pick(rng, places)
        found.append(
            (
                f"{pair} standing {place}",
                f"{pair} are standing next to each other {place}",
                f"Two people {place}",
                f"A couple of people posing for a picture {place}",
                f"A {words[first][0]} {doing} next to another {words[second][0]}"
                if first == second
                else f"A {words[first][0]} {doing} next to a {words[second][0]}",
                f"There are two people {doing}",
                f"{pair} pose together",
            )[form]
        )
    speaker = Speaker(scene, rng)
    return [speaker.said(said.replace("{their}", "their")) for said in found]


def _of_things(scene: Scene, rng: np.random.Generator) -> list[str]:
    place = PLACES[scene.setting.place]
    names = sorted({thing.category for thing in scene.things}) or ["view"]
    found = []
    for form in rng.permutation(7)[:CAPTIONS]:
        name = pick(rng, names)
        found.append(
            sentence(
                (
                    f"A {name} {pick(rng, place.phrases)}",
                    f"A picture of a {name}",
                    f"{place.noun} and a {name}",
                    f"There is a {name} {pick(rng, place.phrases)}",
                    f"a {name} with nobody around",
                    f"An empty scene with a {name} in it",
                    f"{place.noun}",
                )[form]
            )
        )
    return found
