"""Captions in the manner of COCO's annotators: five people describe a scene, each in their way."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cocopfs.records import Gender
from cocopfs.world.clothes import Lower
from cocopfs.world.colours import pick
from cocopfs.world.kinds import Kind
from cocopfs.world.person import Beard, HairColour, HairStyle, Person
from cocopfs.world.places import PLACES
from cocopfs.world.scenes import Scene, Setting
from cocopfs.world.seeds import generator

CAPTIONS = 5  # a photo


def describe(scene: Scene) -> tuple[str, ...]:
    """Five captions. Only those of `Kind.CHILD` name a minor."""
    rng = generator(scene.spec.seed, "captions")
    sentences = _sentences(scene, rng)
    return tuple(_typed(rng, sentence) for sentence in sentences)


def _sentences(scene: Scene, rng: np.random.Generator) -> list[str]:
    kind = scene.spec.kind
    if kind is Kind.NO_PERSON:
        return _of_things(scene, rng)
    if kind is Kind.TWO_PEOPLE:
        return _of_two(scene, rng)
    speaker = _Speaker(scene, rng)
    if kind is Kind.CHILD:
        return _of_a_child(speaker, rng)
    found: list[str] = []
    while len(found) < CAPTIONS:
        sentence = speaker.sentence()
        if sentence not in found:
            found.append(sentence)
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


@dataclass(frozen=True)
class _Speaker:
    """Says things about a scene with one adult, in words drawn for each sentence."""

    scene: Scene
    rng: np.random.Generator

    @property
    def setting(self) -> Setting:
        return self.scene.setting

    @property
    def person(self) -> Person:
        return self.scene.spec.person

    def sentence(self) -> str:
        forms = (
            self._gerund,
            self._progressive,
            self._present,
            self._remark,
            self._dressed,
            self._existential,
            self._pictured,
            self._featured,
            self._bare,
            self._possessive,
            self._relative,
        )
        weights = np.array((6, 4, 5, 4, 4, 1.5, 1.2, 2, 2.5, 0.9, 1.0))
        form = forms[int(self.rng.choice(len(forms), p=weights / weights.sum()))]
        return form()

    def said(self, template: str) -> str:
        """A template with the scene's words in it; see `stage.Wording`."""
        woman = self.person.gender is Gender.FEMALE
        text = template.replace("{s}", self._noun())
        text = text.replace("{a}", self._somebody())
        if "{their}" in text:
            neutral = re.search(r"\b(person|someone|somebody)\b", text)
            text = text.replace("{their}", "their" if neutral else "her" if woman else "his")
        text = text.replace("{place}", pick(self.rng, PLACES[self.setting.place].phrases))
        if self.scene.spec.kind is Kind.GREY:
            text = re.sub(r"\{colour\} (and \{second\} )?|\{second\} ", "", text)
        text = text.replace("{colour}", self.setting.colour)
        text = text.replace("{second}", self.setting.second)
        return _sentence(text)

    # --- the forms of sentences -------------------------------------------------------------------

    def _gerund(self) -> str:
        verb, rest = self._action()
        return self.said(f"{{a}} {gerund(verb)} {rest}{self._maybe_place(0.55)}")

    def _progressive(self) -> str:
        verb, rest = self._action()
        who = pick(self.rng, ("{a}", "{a}", "{a}", "The {s}"))
        return self.said(f"{who} is {gerund(verb)} {rest}{self._maybe_place(0.5)}")

    def _present(self) -> str:
        verb, rest = self._action()
        return self.said(f"{{a}} {third_person(verb)} {rest}{self._maybe_place(0.5)}")

    def _remark(self) -> str:
        return self.said(pick(self.rng, self.setting.context.wording.remarks))

    def _dressed(self) -> str:
        verb, rest = self._action()
        clothes = self._clothes()
        form = pick(
            self.rng,
            (
                f"{{a}} in {clothes} {gerund(verb)} {rest}",
                f"{{a}} in {clothes} is {gerund(verb)} {rest}",
                f"{{a}} wearing {clothes} {gerund(verb)} {rest}",
                f"{{a}}, wearing {clothes}, {third_person(verb)} {rest}",
                f"{{a}} dressed in {self.setting.outfit.top_colour} {gerund(verb)} {rest}",
            ),
        )
        return self.said(form)

    def _existential(self) -> str:
        verb, rest = self._action()
        return self.said(
            pick(self.rng, ("There is ", "there is ", "We see ", "Here is "))
            + f"{{a}} {gerund(verb)} {rest}{self._maybe_place(0.5)}"
        )

    def _pictured(self) -> str:
        verb, rest = self._action()
        start = pick(
            self.rng,
            ("A picture of", "A photo of", "An image of", "A close up of", "This is a picture of"),
        )
        return self.said(f"{start} {{a}} {gerund(verb)} {rest}")

    def _featured(self) -> str:
        verb, rest = self._action()
        return self.said(f"{{a}} with {self._feature()} {gerund(verb)} {rest}")

    def _bare(self) -> str:
        verb, rest = self._action()
        return self.said(f"{{s}} {gerund(verb)} {rest}{self._maybe_place(0.5)}")

    def _possessive(self) -> str:
        """The noun in the genitive: what becomes of 's is where rules fail."""
        noun = pick(self.rng, ("man", "man", "guy") if not self._woman else ("woman", "lady"))
        verb, rest = self._action()
        return self.said(
            pick(
                self.rng,
                (
                    f"A {noun}'s {self.setting.outfit.top_colour} {self.setting.outfit.top} stands out"
                    " {place}",
                    f"A {noun}'s face is visible while {'she' if self._woman else 'he'} "
                    f"{third_person(verb)} {rest}",
                    f"The {noun}'s {self._hair()} hair shows {{place}}",
                ),
            )
        )

    def _relative(self) -> str:
        verb, rest = self._action()
        return self.said(
            pick(
                self.rng,
                (
                    f"{{a}} who is {gerund(verb)} {rest}",
                    f"{{a}} that is {gerund(verb)} {rest}",
                    f"{{a}} looks at the camera while {gerund(verb)} {rest}",
                    f"{{a}} smiles while {gerund(verb)} {rest}",
                ),
            )
        )

    # --- words ------------------------------------------------------------------------------------

    @property
    def _woman(self) -> bool:
        return self.person.gender is Gender.FEMALE

    def _action(self) -> tuple[str, str]:
        actions = self.setting.context.wording.actions
        return actions[int(self.rng.integers(len(actions)))]

    def _maybe_place(self, share: float) -> str:
        return " {place}" if self.rng.random() < share else ""

    def _noun(self) -> str:
        """Somebody without an article."""
        roles = self.setting.context.wording.nouns
        if roles and self.rng.random() < 0.35:
            role = pick(self.rng, roles)
            prefix = self.rng.random()
            if prefix < 0.10:
                return ("female " if self._woman else "male ") + role
            return role
        common = (
            (
                "woman",
                "woman",
                "woman",
                "woman",
                "woman",
                "lady",
                "young woman",
                "person",
                "female",
                "young lady",
            )
            if self._woman
            else (
                "man",
                "man",
                "man",
                "man",
                "man",
                "guy",
                "young man",
                "person",
                "male",
                "gentleman",
            )
        )
        noun = pick(self.rng, common)
        if noun in ("man", "woman") and self.person.hair.colour is HairColour.GREY:
            return pick(self.rng, (noun, "older " + noun, "elderly " + noun))
        return noun

    def _somebody(self) -> str:
        chance = self.rng.random()
        article = "a" if chance < 0.86 else "the" if chance < 0.95 else "one"
        return f"{article} {self._noun()}"

    def _clothes(self) -> str:
        outfit = self.setting.outfit
        if self.scene.spec.kind is Kind.GREY:
            return f"a {outfit.top}"
        if outfit.tie is not None and self.rng.random() < 0.6:
            return f"a {outfit.top_colour} {outfit.top} and {outfit.tie} tie"
        if outfit.hat is not None and self.rng.random() < 0.5:
            return f"a {outfit.top} and a {outfit.hat_colour} {outfit.hat.value}"
        if outfit.lower in (Lower.SHORTS, Lower.SKIRT) and self.rng.random() < 0.4:
            lower = "shorts" if outfit.lower is Lower.SHORTS else "a skirt"
            return f"a {outfit.top_colour} {outfit.top} and {lower}"
        return f"a {outfit.described}"

    def _hair(self) -> str:
        return {HairColour.GREY: "gray", HairColour.BLOND: "blonde"}.get(
            self.person.hair.colour, self.person.hair.colour.value
        )

    def _feature(self) -> str:
        person = self.person
        features = []
        if person.features.beard in (Beard.FULL, Beard.GOATEE):
            features += ["a beard", "a beard"]
        if person.features.beard is Beard.MOUSTACHE:
            features += ["a mustache", "a mustache"]
        if person.hair.style is HairStyle.BALD:
            features.append("a bald head")
        elif person.hair.style in (HairStyle.LONG, HairStyle.WAVY):
            features.append("long hair")
            features.append(f"long {self._hair()} hair")
        elif person.hair.style in (HairStyle.CURLY, HairStyle.AFRO):
            features.append("curly hair")
        else:
            features.append(f"{self._hair()} hair")
            features.append("short hair" if person.hair.style is not HairStyle.BUN else "a bun")
        if self.setting.outfit.hat is not None:
            features.append(f"a {self.setting.outfit.hat.value} on")
        return pick(self.rng, features)


# --- scenes that are not of one adult -------------------------------------------------------------


def _of_a_child(speaker: _Speaker, rng: np.random.Generator) -> list[str]:
    """Two or three of the annotators saw a minor."""
    woman = speaker.person.gender is Gender.FEMALE
    nouns = (
        ("little girl", "young girl", "child", "girl", "kid")
        if woman
        else ("little boy", "young boy", "child", "boy", "kid")
    )
    found = [speaker.sentence() for _ in range(CAPTIONS)]
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
    speaker = _Speaker(scene, rng)
    return [speaker.said(sentence.replace("{their}", "their")) for sentence in found]


def _of_things(scene: Scene, rng: np.random.Generator) -> list[str]:
    place = PLACES[scene.setting.place]
    names = sorted({thing.category for thing in scene.things}) or ["view"]
    found = []
    for form in rng.permutation(7)[:CAPTIONS]:
        name = pick(rng, names)
        found.append(
            _sentence(
                (
                    f"A {name} {pick(rng, place.phrases)}",
                    f"A picture of a {name}",
                    f"{place.noun} with a {name}",
                    f"There is a {name} {pick(rng, place.phrases)}",
                    f"a {name} with nobody around",
                    f"An empty scene with a {name} in it",
                    f"{place.noun}",
                )[form]
            )
        )
    return found


# --- grammar --------------------------------------------------------------------------------------


def gerund(verb: str) -> str:
    """ride -> riding, swing -> swinging, sit -> sitting."""
    head, *rest = verb.split(" ", 1)
    if head.endswith("ie"):
        made = head[:-2] + "ying"
    elif head.endswith("e") and not head.endswith("ee"):
        made = head[:-1] + "ing"
    elif head in _DOUBLING:
        made = head + head[-1] + "ing"
    else:
        made = head + "ing"
    return " ".join([made, *rest])


def third_person(verb: str) -> str:
    """ride -> rides, catch -> catches, carry -> carries."""
    head, *rest = verb.split(" ", 1)
    if head == "have":
        made = "has"
    elif head.endswith("y") and head[-2] not in "aeiou":
        made = head[:-1] + "ies"
    elif head.endswith(("s", "sh", "ch", "x", "o")):
        made = head + "es"
    else:
        made = head + "s"
    return " ".join([made, *rest])


_DOUBLING = ("sit", "hit", "get", "hug", "pet", "swim", "run", "cut", "chat")


def _sentence(text: str) -> str:
    """Single blanks, a or an, a capital first."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"\b([Aa]) (?=[aeiouAEIOU])", r"\1n ", text)
    text = re.sub(r"\b([Aa])n (?=[^aeiouAEIOU])", r"\1 ", text)
    return text[:1].upper() + text[1:]


# --- how it was typed -----------------------------------------------------------------------------


def _typed(rng: np.random.Generator, sentence: str) -> str:
    """With a full stop or without, and with the slips of the hand."""
    stop, lower, trailing, double, capitals, stray = rng.random(6)
    if lower < 0.13:
        sentence = sentence[:1].lower() + sentence[1:]
    if stop < 0.70:
        sentence += " ." if stray < 0.04 else "."
    if double < 0.04:
        blanks = [match.start() for match in re.finditer(" ", sentence)]
        place = blanks[int(rng.integers(len(blanks)))]
        sentence = sentence[:place] + " " + sentence[place:]
    if capitals < 0.008:
        sentence = sentence.upper()
    return sentence + (" " if trailing < 0.14 else "")
