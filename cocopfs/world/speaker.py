"""An annotator: says things about a scene with one adult in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from cocopfs.records import Gender
from cocopfs.world.clothes import Lower
from cocopfs.world.colours import pick
from cocopfs.world.grammar import gerund, sentence, third_person
from cocopfs.world.kinds import Kind
from cocopfs.world.person import Beard, HairColour, HairStyle, Person
from cocopfs.world.places import PLACES
from cocopfs.world.scenes import Scene, Setting


@dataclass(frozen=True)
class Speaker:
    """Says things about a scene with one adult, in words drawn for each sentence."""

    scene: Scene
    rng: np.random.Generator

    @property
    def setting(self) -> Setting:
        return self.scene.setting

    @property
    def person(self) -> Person:
        return self.scene.spec.person

    def say(self) -> str:
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
        return sentence(text)

    # --- the forms of sentences -------------------------------------------------------------------

    def _gerund(self) -> str:
        verb, rest = self._action()
        return self.said(f"{{a}} {gerund(verb)} {rest}{self._maybe_place(0.55)}{self._more()}")

    def _progressive(self) -> str:
        verb, rest = self._action()
        who = pick(self.rng, ("{a}", "{a}", "{a}", "The {s}"))
        return self.said(f"{who} is {gerund(verb)} {rest}{self._maybe_place(0.5)}")

    def _present(self) -> str:
        verb, rest = self._action()
        return self.said(f"{{a}} {third_person(verb)} {rest}{self._maybe_place(0.5)}{self._more()}")

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
        pronoun, outfit = "she" if self._woman else "he", self.setting.outfit
        verb, rest = self._action()
        return self.said(
            pick(
                self.rng,
                (
                    f"A {noun}'s {self._colour_word()} {outfit.top} stands out {{place}}",
                    f"A {noun}'s face is visible while {pronoun} {third_person(verb)} {rest}",
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

    def _more(self) -> str:
        """Something to add."""
        if self.rng.random() < 0.72:
            return ""
        more = (
            " and smiling",
            " and looking at the camera",
            " while looking at the camera",
            f" while wearing {self._clothes()}",
            f" with {{their}} {self._hair()} hair showing",
        )
        return pick(self.rng, more)

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

    def _colour_word(self) -> str:
        """Of the top; a picture without colours shows only whether it is dark."""
        colour = self.setting.outfit.top_colour
        if self.scene.spec.kind is Kind.GREY:
            return "white" if colour in ("white", "yellow", "pink") else "dark"
        return colour

    def _hair(self) -> str:
        if self.scene.spec.kind is Kind.GREY:
            return "short" if self.person.hair.style is not HairStyle.LONG else "long"
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
