"""The card tells what is in the folder, and nothing that a text from outside smuggles in."""

from __future__ import annotations

import copy
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from cocopfs import resources
from cocopfs.publish.audit_summary import read_audit
from cocopfs.publish.card import column_descriptions, render_card
from cocopfs.publish.croissant import render_croissant
from cocopfs.publish.dataset import open_published, rows_digest
from cocopfs.publish.layout import Layout
from cocopfs.publish.licences import render_licences
from cocopfs.publish.parquet import write_samples
from cocopfs.publish.statements import TAGS
from cocopfs.recipe import Recipe, load_recipe
from cocopfs.records import Reason, Sample, Split
from cocopfs.sources.origin import Origin
from tests.publish.published import as_dict, manifest, write_dataset
from tests.publish.samples import sample

RECIPE = Recipe(name="coco-pfs")
MANIFEST = manifest(RECIPE)


def parsed(card: str) -> tuple[dict[str, Any], str]:
    """Front matter and body, divided as the Hub divides them."""
    _, front, body = card.split("---\n", 2)
    return yaml.safe_load(front), body


def tokens(body: str) -> list[Token]:
    """The body as a Markdown reader sees it, with what stands inside lines."""
    found = MarkdownIt("commonmark", {"html": True}).enable("table").parse(body)
    return [token for outer in found for token in (outer, *(outer.children or ()))]


def structure(body: str) -> list[str]:
    """Everything in a text that is not text."""
    return [token.type for token in tokens(body) if token.type not in ("text", "text_special")]


def table(body: str, head: str) -> list[list[str]]:
    """The rows of the table whose first heading is `head`."""
    rows: list[list[str]] = []
    for token in tokens(body):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows and token.children is not None:
            rows[-1].append("".join(child.content for child in token.children))
        elif token.type == "table_close":
            if rows[0][0] == head:
                return rows[1:]
            rows = []
    raise AssertionError(f"no table of {head}")


def test_the_counts_are_told() -> None:
    _, body = parsed(render_card(MANIFEST))
    assert table(body, "split") == [
        ["train", "1500", "300", "450", "2"],
        ["test", "555", "111", "70", "1"],
    ]
    assert table(body, "what") == [
        ["identity", "few portraits", "10"],
        ["photo", "no face", "1512"],
        ["photo", "minor", "77"],
    ]
    assert table(body, "figure of the swaps") == [
        [
            *("similarity", "cosine of the swapped face and the source portrait"),
            *("0.568", "0.250", "0.900"),
        ]
    ]
    assert "2055 pictures, made of 411 photographs" in body
    assert "Of 2000 photographs 411 are in the dataset" in body
    assert "Of 1234 captions, the name stands in place of the person in 1000" in body


def test_what_made_it_is_told() -> None:
    _, body = parsed(render_card(MANIFEST))
    made = dict(table(body, ""))
    assert made["recipe"] == f"coco-pfs, sha256 {RECIPE.digest}"
    assert made["swapper"] == "inswapper"
    assert made["matched by"] == "gender and ethnicity"
    assert made["model pack"] == f"paper, sha256 {'ab' * 32}"
    assert table(body, "network") == [
        ["detector", "cd" * 32, "non-commercial research"],
        ["gender", "ef" * 32, "unknown"],
        ["recogniser", "12" * 32, "unknown"],
    ]
    figures = {row[0]: row[1:] for row in table(body, "field")}
    assert figures["select.min_face_score"] == ["0.5", "detection score of the face"]
    assert figures["judge.max_landmark_error"][0] == "0.08"
    assert "publish.title" not in figures


def test_a_manifest_that_was_read_again_gives_the_same_card() -> None:
    again = json.loads(json.dumps(MANIFEST, sort_keys=True))
    assert render_card(again) == render_card(MANIFEST)
    assert render_licences(again) == render_licences(MANIFEST)
    assert render_croissant(again, {}) == render_croissant(MANIFEST, {})


def test_groups_and_licences_are_told() -> None:
    _, body = parsed(render_card(MANIFEST))
    assert table(body, "group") == [["female, unknown", "200", "150", "75.0%", "0.312"]]
    assert table(body, "photographs") == [["411", "Attribution License", "http://by.example"]]
    whats = [row[1] for row in table(body, "ingredient")]
    assert whats == ["COCO 2017", "VGGFace2", "paper"]


def _threshold(ethnicity: str | None, value: float | None) -> dict[str, Any]:
    return {"gender": "female", "ethnicity": ethnicity, "threshold": value}


@pytest.mark.parametrize(
    ("thresholds", "shown", "said"),
    [
        ((0.3, 0.4), ["0.300", "0.400"], "does not take for the new person: their"),
        ((0.3, None), ["0.300", "none: too few pairs"], "The other groups have too few pairs"),
        ((None, None), ["none: too few pairs"] * 2, "No `similarity` was asked for"),
        (None, ["not noted"] * 2, "in groups that have pairs of different people enough"),
    ],
)
def test_the_card_claims_no_gate_that_was_not_there(
    thresholds: tuple[float | None, float | None] | None, shown: list[str], said: str
) -> None:
    gate = [{**MANIFEST["gate"][0], "ethnicity": one} for one in (None, "asian")]
    facts = {**MANIFEST, "gate": gate}
    del facts["thresholds"]
    if thresholds is not None:
        facts["thresholds"] = [
            _threshold("asian", thresholds[1]),
            _threshold(None, thresholds[0]),
        ]
    _, body = parsed(render_card(facts))
    assert [row[-1] for row in table(body, "group")] == shown
    plain = " ".join(body.split())
    claims = (
        "does not take for the new person: their",
        "The other groups have too few pairs",
        "No `similarity` was asked for",
        "in groups that have pairs of different people enough",
    )
    found = [claim for claim in claims if claim in plain]
    assert found == [said]
    assert "whose `margin`" in plain or "whose margin" in plain


def test_a_limit_on_the_original_face_is_told() -> None:
    _, body = parsed(render_card(MANIFEST))
    assert "takes for the old person too are left in" in body
    _, body = parsed(render_card(manifest(load_recipe("coco-pfs", ["judge.max_residual=0.3"]))))
    assert "is above 0.3 were left out" in body
    assert "are left in" not in body


DRAWN = Origin("the drawn world of cocopfs", "Apache-2.0", people="invented")


def drawn() -> dict[str, Any]:
    facts = copy.deepcopy(MANIFEST)
    for source in facts["sources"].values():
        source["origin"] = as_dict(DRAWN)
    for file in facts["pack"]["files"].values():
        file["licence"] = "Apache-2.0"
    return facts


def test_the_card_follows_the_sources_that_were_used() -> None:
    card = render_card(drawn())
    front, body = parsed(card)
    assert front["license"] == "apache-2.0"
    assert front["source_datasets"] == ["original"]
    assert not [key for key in front if key.startswith("extra_gated")]
    for foreign in ("COCO's photographs", "VGGFace2", "CC BY 4.0", "non-commercial"):
        assert foreign not in body
    assert "Nobody here is real" in body
    own = copy.deepcopy(MANIFEST)
    own["sources"]["gallery"]["origin"] = as_dict(Origin("staff *portraits*", "with consent"))
    body = parsed(render_card(own))[1]
    assert "VGGFace2" not in body
    assert table(body, "ingredient")[1][1:] == ["staff *portraits*", "with consent"]


def test_real_people_are_gated() -> None:
    front, _ = parsed(render_card(MANIFEST))
    assert front["license"] == "other"
    assert front["source_datasets"] == ["extended|other-coco", "extended|other-vggface2"]
    assert "synthetic" in front["extra_gated_prompt"]
    kinds = front["extra_gated_fields"].values()
    assert "checkbox" in kinds
    assert {"text", "country"} <= {kind for kind in kinds if isinstance(kind, str)}


def test_whom_to_ask_is_named() -> None:
    assert "names a contact" in render_card(MANIFEST)
    facts = copy.deepcopy(MANIFEST)
    facts["recipe"]["publish"]["contact"] = "removal@lab.example"
    assert "Write to removal@lab.example." in render_card(facts)


def test_embeddings_and_pseudonyms_are_told() -> None:
    facts = copy.deepcopy(MANIFEST)
    assert "biometric" not in render_card(facts)
    facts["recipe"]["publish"]["embeddings"] = "separate"
    facts["recipe"]["caption"]["names"] = "pseudonym"
    card = render_card(facts)
    for words in ("biometric", "embeddings.parquet", "behind a pseudonym"):
        assert words in card


def test_pseudonyms_of_the_drawn_are_told() -> None:
    facts = drawn()
    assert "pseudonym" not in parsed(render_card(facts))[1].split("## How it was made")[0]
    facts["recipe"]["caption"]["names"] = "pseudonym"
    body = parsed(render_card(facts))[1]
    assert "**The names are pseudonyms" in body
    assert "Names and ids of the drawn people are pseudonyms" in body


def test_figures_are_words_and_say_their_units() -> None:
    figure = {"mean": 2.0, "lowest": 1.0, "highest": 3.0}
    facts = {**MANIFEST, "figures": dict.fromkeys(("outside_psnr", "face_size"), figure)}
    found = {row[0]: row[1] for row in table(parsed(render_card(facts))[1], "figure of the swaps")}
    assert found["face size"] == "distance between the eyes, in pixels"
    assert found["outside PSNR"].endswith("in dB")


def test_the_paper_is_cited() -> None:
    card = render_card(MANIFEST)
    assert "@inproceedings{messina2025identity," in card
    assert "2412.21009" in card


def test_a_builds_card_says_where_an_audit_is_found() -> None:
    assert "`audit/report.html`" in render_card(MANIFEST)
    assert "Audit" not in render_card(MANIFEST, layout=Layout(exported=True))


def test_every_statement_can_be_reached() -> None:
    text = (resources.TEMPLATES / "card" / "statements.yaml").read_text("utf-8")
    used = {
        tag
        for group in yaml.safe_load(text).values()
        for statement in group
        for tag in statement.get("when", [])
    }
    assert used <= TAGS


_NOBODY = {"gender": None, "ethnicity": None, "tried": None, "passed": None}


def test_only_an_audit_of_these_rows_is_told(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path)
    dataset = open_published(folder)
    assert read_audit(dataset) is None
    (folder / "audit").mkdir()
    mean = {"mean": 0.75, "low": 0.5, "high": 1.0, "n": 9, "clusters": 4}
    audit = {
        "dataset": {"rows": rows_digest(dataset.files)},
        "samples": 10,
        "figures": {"margin": {"mean": mean, "lowest": 0.125, "highest": None}},
        "groups": [
            {
                "gender": "male",
                "ethnicity": "white",
                "total": False,
                "tried": 12,
                "passed": mean,
                "figures": {"similarity": mean},
            },
            *(
                {**_NOBODY, "gender": gender, "total": True, "figures": {}}
                for gender in ("male", None)
            ),
        ],
        "checks": [{"promise": "every | sample", "broken": 0, "shown": []}],
        "left_out": ["retrieval: give *--judge*"],
        "thresholds": [{"eer": 0.01, "tar_at_1e2": 0.9, "tar_at_1e3": None}],
        "verified": mean,
        "judge": None,
    }
    (folder / "audit" / "audit.json").write_text(json.dumps(audit))
    found = read_audit(dataset)
    assert found is not None
    body = parsed(render_card(dataset.facts, found))[1]
    assert table(body, "promise") == [["every | sample", "0"]]
    assert ["margin", "0.750", "0.500 to 1.000", "0.125", "unknown"] in table(body, "figure")
    assert table(body, "swaps to")[0] == [
        "male, white",
        "12",
        "75.0% (50.0% to 100.0%)",
        "0.750",
        "unknown",
    ]
    assert [row[0] for row in table(body, "swaps to")[1:]] == ["male, all", "all"]
    assert "give \\*--judge\\*" in body
    audit["dataset"] = {"rows": "of another build"}
    (folder / "audit" / "audit.json").write_text(json.dumps(audit))
    assert read_audit(dataset) is None


def test_every_column_is_described() -> None:
    fields = [field.name for field in dataclasses.fields(Sample)]
    assert list(column_descriptions()) == fields
    assert all(column_descriptions().values())
    columns = table(parsed(render_card(MANIFEST))[1], "column")
    assert [row[0] for row in columns] == fields
    types = {row[0]: row[1] for row in columns}
    assert types["image"] == "image"
    assert types["captions"] == "list of string"
    assert types["ethnicity"] == "string or null"
    assert types["width"] == "int64"


def test_licences_limits_and_removal_are_told() -> None:
    card = render_card(MANIFEST)
    for words in ("CC BY 4.0", "research use only", "synthetic", "guesses", "removal", "Forbidden"):
        assert words in card


def test_the_hub_reads_the_metadata() -> None:
    hub = pytest.importorskip("huggingface_hub")
    data = hub.DatasetCard(render_card(MANIFEST)).data
    assert data.license == "other"
    assert data.pretty_name == "COCO-PFS"
    assert data.size_categories == ["1K<n<10K"]
    assert data.task_categories == ["image-to-text", "image-feature-extraction"]


@pytest.mark.parametrize(
    ("rows", "category"),
    [
        (0, "n<1K"),
        (999, "n<1K"),
        (1000, "1K<n<10K"),
        (99_999, "10K<n<100K"),
        (100_000, "100K<n<1M"),
        (10**7, "n>10M"),
    ],
)
def test_size_categories_are_the_hubs(rows: int, category: str) -> None:
    splits = {"train": {"rows": rows, "photos": 1, "identities": 1, "shards": 1}}
    front, _ = parsed(render_card({**MANIFEST, "splits": splits}))
    assert front["size_categories"] == [category]


def test_datasets_opens_the_folder_by_its_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    folder = tmp_path / "dataset"
    (folder / "data").mkdir(parents=True)
    sizes = {"train": (3, 2), "test": (4,)}
    for split, files in sizes.items():
        for number, rows in enumerate(files):
            write_samples(
                folder / "data" / f"{split}-{number:05d}-of-{len(files):05d}.parquet",
                [
                    dataclasses.replace(sample(row), split=Split(split))
                    for row in range(10 * number, 10 * number + rows)
                ],
                rows_per_group=2,
            )
    (folder / "rejections.parquet").write_bytes(b"not among the rows")
    (folder / "README.md").write_text(render_card(MANIFEST), "utf-8")
    opened = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    assert {split: len(rows) for split, rows in opened.items()} == {"train": 5, "test": 4}
    assert opened["test"][3]["image"].size == (96, 72)
    assert set(opened["train"]["split"]) == {"train"}


def test_a_dataset_of_nothing_has_a_card() -> None:
    nothing = {"read": 3, "kept": 0, "rejected": 3}
    card = render_card(
        {
            **MANIFEST,
            "photos": nothing,
            "splits": {},
            "rejections": {},
            "figures": {},
            "caption_forms": {},
        }
    )
    front, body = parsed(card)
    assert "configs" not in front
    assert table(body, "split") == [["none", "0", "0", "0", "0"]]


def with_text(text: str) -> dict[str, Any]:
    """The manifest with a text wherever somebody else's text can stand."""
    manifest = copy.deepcopy(MANIFEST)
    manifest["recipe"]["name"] = text
    manifest["recipe"]["description"] = text
    manifest["recipe"]["publish"]["title"] = text
    manifest["pack"]["name"] = text
    manifest["pack"]["files"]["detector"]["licence"] = text
    manifest["recipe"]["publish"]["contact"] = text
    manifest["recipe"]["caption"]["template"] = text
    manifest["licences"][0] |= {"name": text, "url": text}
    for source in ("coco", "gallery"):
        manifest["sources"][source]["origin"] |= {"name": text, "licence": text, "url": text}
    return manifest


HOSTILE = [
    "---\nlicense: mit\n---\n# Free",
    "x\n\n# Another heading",
    "<script>alert(1)</script> <img src=x onerror=alert(1)>",
    "[click](https://evil.example) ![p](https://evil.example/p.png) <https://evil.example>",
    "*bold* _thin_ `code` ~~gone~~ **b** __b__ a_b_c",
    "a | b | c",
    "{{ 7 * 7 }} {% raw %}",
    "\\*escaped\\* &lt;b&gt; &amp; &#42;",
    "[ref]: https://evil.example",
    "title #",
    ": yes, 'no', \"maybe\" @x %y !tag &anchor *alias",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_outside_is_shown_as_text(text: str) -> None:
    plain_front, plain_body = parsed(render_card(with_text("text")))
    front, body = parsed(render_card(with_text(text)))
    shown = " ".join(text.split())
    assert front == {**plain_front, "pretty_name": shown}
    assert structure(body) == structure(plain_body)
    made = dict(table(body, ""))
    assert made["its description"] == shown
    assert made["model pack"] == f"{shown}, sha256 {'ab' * 32}"
    assert table(body, "network")[0][2] == shown


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40))
def test_any_text_from_outside_is_shown_as_text(text: str) -> None:
    word = f"a{text}b"
    body = parsed(render_card(with_text(word)))[1]
    assert structure(body) == structure(parsed(render_card(with_text("text")))[1])
    assert dict(table(body, ""))["its description"] == " ".join(word.split())


def test_every_reason_can_be_told() -> None:
    rejections = {"photo": dict.fromkeys(Reason, 1)}
    body = parsed(render_card({**MANIFEST, "rejections": rejections}))[1]
    assert len(table(body, "what")) == len(Reason)


def test_a_manifest_that_lacks_something_is_an_error() -> None:
    for key in MANIFEST.keys() - {"thresholds"}:  # which older ones lack
        with pytest.raises(KeyError, match=key):
            render_card({k: v for k, v in MANIFEST.items() if k != key})
