"""A training of next to nothing, whole: what it writes, says and refuses."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from rich.console import Console

from tests.baseline.checkpoints import write_checkpoint
from tests.baseline.made import Made, write_made
from tests.baseline.test_portraits import write_inline
from tests.command import Ended, cocopfs

pytest.importorskip("torch", reason="torch is not installed: make test-full installs it")
pytest.importorskip("transformers")

from cocopfs.baseline.report import render_report
from cocopfs.baseline.results import Results, Transfer
from cocopfs.baseline.setting import Request
from cocopfs.baseline.whole import train_baseline
from cocopfs.engine.lock import only_training
from cocopfs.errors import UsageError
from cocopfs.recipe import load_recipe
from cocopfs.stages.naming import Naming
from cocopfs.terminal.baseline import baseline_tables
from tests.whole_build.trial import silent

SETTINGS: dict[str, Any] = {"epochs": 1, "seeds": 2, "validations_per_epoch": 1, "batch": 8}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return write_made(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("clip"))


def request(out: Path, clip: Path, coco: Path | None = None, **settings: Any) -> Request:
    """As the command makes it."""
    told = {"clip": clip, **SETTINGS, **settings}
    part = load_recipe("coco-pfs", [f"baseline.{name}={told[name]}" for name in told]).baseline
    return Request(out, part, coco=coco, device="cpu")


def trained(made: Made, clip: Path, **settings: Any) -> Results:
    return train_baseline(request(made.out, clip, **settings), silent())


@pytest.fixture(scope="module")
def results(made: Made, clip: Path) -> Results:
    return trained(made, clip)


def test_every_method_of_the_table_is_there(results: Results) -> None:
    assert [row.key for row in results.methods] == [
        "chance",
        "clip",
        "names",
        "pseudonyms",
        "fusion",
        "clip-pad",
        "id-clip",
        "oracle",
    ]
    by_key = {row.key: row for row in results.methods}
    assert by_key["chance"].pick.mean == pytest.approx(1 / 3)
    assert by_key["chance"].text_to_image[1].mean == pytest.approx(1 / 18)
    assert by_key["chance"].text_to_image[50].mean == 1
    assert by_key["clip"].pick.mean == pytest.approx(1 / 3, abs=1e-12), "the caption tells nothing"
    assert set(by_key["id-clip"].image_to_text) == {1, 5, 10, 50}
    assert not by_key["oracle"].image_to_text
    assert results.queries == 36
    assert results.counts["test"] == {"rows": 18, "photos": 6, "identities": 4}


def test_the_six_expansions_and_the_ensemble_of_both_models(results: Results) -> None:
    assert len(results.expansions) == 2 * 7
    assert results.expansions[0].label == "CLIP-PAD, TOK"
    main = next(row for row in results.methods if row.key == "clip-pad")
    assert results.expansions[0].text_to_image == main.text_to_image, "the table's own"


def test_controls_groups_and_curves_are_there(results: Results) -> None:
    labels = [row.label for row in results.controls]
    assert len(labels) == 6
    assert any("unswapped photo" in label for label in labels)
    by = {group.by for group in results.groups}
    assert {"gender", "ethnicity", "face size", "similarity", "seam", "small face"} <= by
    for name in ("gender", "face size", "seam"):
        assert sum(group.rows for group in results.groups if group.by == name) == 18, name
    assert [point.x for point in results.gallery_sizes] == sorted(
        point.x for point in results.gallery_sizes
    )
    assert results.gallery_sizes[-1].x == 18
    whole = {row.key: row.text_to_image[1].mean for row in results.methods}
    for key, found in results.gallery_sizes[-1].found.items():
        assert found.mean == pytest.approx(whole[key]), "all photographs: the table's own"
    picks = {row.key: row.pick.mean for row in results.methods}
    assert results.noise[0].x == 1
    for key, found in results.noise[0].found.items():
        assert found.mean == pytest.approx(picks[key], abs=1e-9), "no noise: the table's own"


def test_random_weights_make_no_sound_dataset(results: Results) -> None:
    assert not results.verdict.sound
    assert results.verdict.checks[0].holds, "the made-up splits share nobody"
    holds = {check.demand.split(" (")[0]: check.holds for check in results.verdict.checks}
    assert holds["the caption alone picks by chance among a photo's swaps"]
    assert holds["the face of somebody who is not in the photo picks by chance"]
    (found,) = (c.found for c in results.verdict.checks if "no original faces" in c.demand)
    assert found.count("too few photos to tell") == 3, "noise looks alike, but of six photos only"


def test_the_json_holds_the_same(made: Made, results: Results) -> None:
    import msgspec

    data = (made.out / "baseline" / "baseline.json").read_bytes()
    assert msgspec.json.decode(data, type=Results) == results


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        told = dict(attrs)
        self.ids += [told["id"] or ""] if "id" in told else []
        self.links += [told["href"] or ""] if tag == "a" else []


def test_the_page_holds_every_section_and_escapes_the_title(made: Made, results: Results) -> None:
    text = (made.out / "baseline" / "report.html").read_text()
    assert results.title == "Made up <b>&"
    assert "Made up &lt;b&gt;&amp;" in text
    assert "Made up <b>" not in text
    page = _Page()
    page.feed(text)
    sections = ("methods", "controls", "entities", "groups", "curves", "published", "training")
    for name in ("verdict", *sections):
        assert name in page.ids, name
    assert all(link.removeprefix("#") in page.ids for link in page.links)
    assert len(page.ids) == len(set(page.ids)), "no id twice"
    assert "script" not in page.tags
    assert "43.2%" in text, "the reference's own figure"
    assert '<div class="box bad" id="verdict">' in text


def test_photographs_from_outside_have_their_section(
    results: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    found = results.methods[-1].text_to_image
    row = Transfer("Ada's <own>", found, found[1], {})
    told = replace(results, transfer=(row, replace(row, text_to_image=found)))
    text = render_report(told)
    page = _Page()
    page.feed(text)
    assert "transfer" in page.ids
    assert "#transfer" in page.links
    assert "Ada&#39;s &lt;own&gt;" in text
    tables = list(baseline_tables(told))
    assert len(tables) == 5
    Console(width=80).print(*tables)
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert "outside photos" in shown
    assert "…" not in shown


def test_again_reads_what_was_computed(
    made: Made, clip: Path, results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the published faces were embedded again")

    monkeypatch.setattr("cocopfs.baseline.setting.swapped_faces", never)
    assert trained(made, clip) == results


# --- the commands ---------------------------------------------------------------------------------


def _options(clip: Path) -> list[str]:
    settings = {"clip": clip, **SETTINGS}
    return [word for name in settings for word in ("--set", f"baseline.{name}={settings[name]}")]


def test_the_command_prints_the_table_and_ends_with_3(
    made: Made, clip: Path, results: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = cocopfs(capsys, "train-baseline", made.out, *_options(clip))
    assert ended.code == 3, ended.error
    assert results.verdict.sentence in ended.output
    assert "face oracle" in ended.output
    assert "TOK, best single template, VPT 5 43.2%" in ended.output, "beside the paper's recipe"
    assert "…" not in ended.output, "nothing is cut off at 80 columns"


def _once() -> list[str]:
    return [word for name in ONCE for word in ("--set", f"baseline.{name}={ONCE[name]}")]


def _search(capsys: pytest.CaptureFixture[str], made: Made, clip: Path, *words: object) -> Ended:
    return cocopfs(capsys, "search", made.out, *words, "--set", f"baseline.clip={clip}")


@pytest.mark.usefixtures("results")
def test_search_by_a_sentence_and_an_identity(
    made: Made, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "sheet.png"
    ended = _search(capsys, made, clip, "a man with a dog", "--count", "3", "--to", sheet)
    assert ended.code == 0, ended.error
    answered = "asked: a man with a dog answered by: CLIP as it is"
    assert ended.output.startswith(answered)
    assert " 3. " in ended.output
    assert " 4. " not in ended.output
    picture = cv2.imread(str(sheet))
    assert picture is not None
    assert (picture[:, -picture.shape[1] // 4 :] == 255).all(), "three tiles in a row of four"
    by_name = _search(capsys, made, clip, "a dog", "--identity", "person 3", "--to", sheet)
    by_id = _search(capsys, made, clip, "a dog", "--identity", "n000003", "--to", sheet)
    assert by_name.code == 0, by_name.error
    assert by_name.output == by_id.output
    assert "[TOK]" in by_name.output
    assert "answered by: the Id-CLIP that was trained" in by_name.output


@pytest.mark.usefixtures("results")
@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["a dog", "--identity", "Nobody"], "'Nobody' is nobody in"),
        (["a dog", "--identity", ""], "'' is nobody in"),
        (["a dog", "--identity", "x", "--face", "y.jpg"], "both say whom to look for"),
        (["a dog", "--face", "missing.jpg"], "missing.jpg cannot be read"),
        (["[TOK] with a dog"], "stands for a face, and no face is given"),
        (["a dog", "--to", "sheet.gif"], "is no picture's name"),
        ([" "], "the question is empty"),
    ],
)
def test_searches_that_are_refused(
    made: Made, clip: Path, words: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = _search(capsys, made, clip, *words)
    assert ended.code == 2
    assert reason in ended.error


@pytest.mark.usefixtures("results")
def test_a_picture_without_a_face_asks_nothing(
    made: Made, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((200, 200, 3), 127, np.uint8))
    ended = _search(capsys, made, clip, "a dog", "--face", tmp_path / "grey.png")
    assert ended.code == 2
    assert "no face was found in" in ended.error


def test_a_search_without_a_training_says_so(
    made: Made, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = Path(shutil.copytree(made.out, tmp_path / "out", ignore=shutil.ignore_patterns("id-*")))
    ended = cocopfs(
        capsys, "search", out, "a dog", "--identity", "Person 1", "--set", f"baseline.clip={clip}"
    )
    assert ended.code == 2
    assert "there is no trained Id-CLIP in" in ended.error
    assert "cocopfs train-baseline" in ended.error


def test_a_search_with_a_pack_that_has_no_clip_says_what_to_name(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = cocopfs(capsys, "search", made.out, "a dog", "--pack", tmp_path, "--recipe", "trial")
    assert ended.code == 2
    assert "this needs a CLIP" in ended.error
    assert "--set baseline.clip=" in ended.error


@pytest.mark.usefixtures("results")
def test_weights_of_another_clip_are_refused(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = write_checkpoint(tmp_path / "other", seed=1)
    ended = _search(capsys, made, other, "a dog", "--identity", "Person 1")
    assert ended.code == 2
    assert "was fitted to another CLIP" in ended.error


# --- odd datasets ---------------------------------------------------------------------------------


ONCE: dict[str, Any] = {"seeds": 1, "vpt_tokens": 1}


@pytest.mark.full
def test_without_coco_the_controls_are_left_out_and_it_is_said(
    made: Made, clip: Path, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(made.out, tmp_path / "out"))
    facts = json.loads((out / "run.json").read_text())
    facts[-1]["coco"] = str(tmp_path / "gone")
    (out / "run.json").write_text(json.dumps(facts))
    results = train_baseline(request(out, clip, **ONCE), silent())
    assert len(results.controls) == 4
    assert "--coco DIR" in results.notes[0]
    (tmp_path / "empty").mkdir()
    other = train_baseline(request(out, clip, tmp_path / "empty", **ONCE), silent())
    assert other == results, "a COCO without these photographs is as none"


def test_rows_without_name_gender_and_figures(clip: Path, tmp_path: Path) -> None:
    def forget(rows: dict[str, list[Any]]) -> None:
        for name in ("name", "gender", "ethnicity", "seam"):
            rows[name] = [None] * len(rows[name])
        rows["yaw"] = [0.0 if n % 4 else 1.0 for n in range(len(rows["yaw"]))]

    results = trained(write_made(tmp_path, change=forget), clip, **ONCE)
    by = [(group.by, group.label) for group in results.groups]
    assert ("gender", "unknown") in by
    assert not any(name == "seam" for name, _ in by)
    yaw = [label for name, label in by if name == "yaw"]
    assert yaw[0] == "Q1, to 0", "three in four are alike: one part"
    assert len(yaw) == 2


@pytest.mark.full
def test_photographs_of_one_swap_cannot_be_judged(clip: Path, tmp_path: Path) -> None:
    results = trained(write_made(tmp_path, per_photo=1), clip, **ONCE)
    assert "no test photo has two swaps" in results.verdict.sentence


@pytest.mark.full
def test_two_photographs_are_too_few(clip: Path, tmp_path: Path) -> None:
    results = trained(write_made(tmp_path, photos=2), clip, **ONCE)
    assert "there are too few test photos to tell" in results.verdict.sentence
    assert not results.verdict.sound


@pytest.mark.full
def test_invented_names_are_called_so(clip: Path, tmp_path: Path) -> None:
    key = "0123456789abcdef" * 4
    naming = Naming(Path(), bytes.fromhex(key))

    def hide(rows: dict[str, list[Any]]) -> None:
        rows["identity"] = [naming.identity(one) for one in rows["identity"]]
        for name in ("source_portrait", "reference_portrait"):
            rows[name] = [naming.portrait(one) for one in rows[name]]

    made = write_made(tmp_path, change=hide, recipe={"caption": {"names": "pseudonym"}})
    (made.out / "private" / "pseudonyms.key").write_text(key)
    results = trained(made, clip, **ONCE)
    keys = [row.key for row in results.methods]
    assert keys[:4] == ["chance", "clip", "pseudonyms", "fusion"]
    assert results.entities[0].label == "CLIP with pseudonyms"
    assert not any("CLIP with names" in row.label for row in results.differences)


@pytest.mark.full
@pytest.mark.parametrize("face", ["source", "swapped"])
def test_other_faces_stand_beside_the_references(made: Made, clip: Path, face: str) -> None:
    results = trained(made, clip, **ONCE, face=face)
    keys = [row.key for row in results.methods]
    assert keys[5:9] == ["clip-pad", "id-clip", f"clip-pad-{face}", f"id-clip-{face}"]
    assert len(results.expansions) == 4 * 7
    assert results.notes[0].startswith(f"face: {face}")
    assert any(f"face: {face} above" in row.label for row in results.differences)


def test_a_caption_that_holds_the_token_is_refused(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(rows: dict[str, list[Any]]) -> None:
        rows["captions"][3][0] = "a [TOK] on a sign"

    made = write_made(tmp_path, change=change)
    ended = cocopfs(capsys, "train-baseline", made.out, *_options(clip))
    assert ended.code == 2
    assert "holds [TOK]" in ended.error


def test_a_picture_that_cannot_be_decoded_is_named(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(rows: dict[str, list[Any]]) -> None:
        rows["image"][3] = {"bytes": b"no picture", "path": "3.jpg"}

    made = write_made(tmp_path, change=change)
    ended = cocopfs(capsys, "train-baseline", made.out, *_options(clip))
    assert ended.code == 2
    assert "the picture of 1_n000001 cannot be decoded" in ended.error


def test_a_dataset_without_its_private_folder_is_refused(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = write_made(tmp_path)
    shutil.rmtree(made.out / "private")
    ended = cocopfs(capsys, "train-baseline", made.out, *_options(clip))
    assert ended.code == 2
    assert "tells no faces" in ended.error


def test_faces_in_the_rows_do_without_private_and_run_json(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As whoever downloads a dataset has it: the drawn world's networks come with the package."""
    made = write_inline(tmp_path, recipe={"world": {"photos": 18}})
    (made.out / "run.json").unlink()
    (made.out / "work").rmdir()
    ended = cocopfs(capsys, "train-baseline", made.out, *_options(clip), *_once())
    assert ended.code == 3, ended.error
    assert "No unswapped photograph could be read" in ended.output
    again = [*_options(clip), "--set", "baseline.face=source"]
    refused = cocopfs(capsys, "train-baseline", made.out, *again)
    assert refused.code == 2
    assert "does not tell the faces that drove its swaps" in refused.error
    sheet = tmp_path / "sheet.png"
    found = _search(capsys, made, clip, "a dog", "--identity", "Person 1", "--to", sheet)
    assert found.code == 0, found.error


def test_the_pack_of_a_real_dataset_must_be_named(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = write_made(tmp_path)
    (made.out / "run.json").unlink()
    ended = cocopfs(capsys, "train-baseline", made.out, *_options(clip))
    assert ended.code == 2
    assert "--pack" in ended.error


# --- a training that was killed, and another one --------------------------------------------------


def test_what_a_killed_training_left_half_written_is_swept(
    made: Made, clip: Path, results: Results, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(made.out, tmp_path / "out"))
    left = [out / "baseline" / ".report.html.vm-1-2-3.partial"]
    left += [out / "baseline" / "cache" / f".{name}.vm-1-2-3.partial" for name in ("a.pt", "b.npy")]
    for path in left:
        path.write_bytes(b"half")
    assert train_baseline(request(out, clip), silent()) == results
    assert not any(path.exists() for path in left)
    assert not list(out.rglob("*.partial"))


def test_two_trainings_of_one_folder_are_refused(
    made: Made, clip: Path, results: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    partial = made.out / "baseline" / "cache" / ".a.pt.vm-1-2-3.partial"
    with only_training(made.out / "baseline"):
        partial.write_bytes(b"the other one's")
        ended = cocopfs(capsys, "train-baseline", made.out, *_options(clip))
    assert ended.code == 2
    assert f"another training is running in {made.out}" in ended.error
    assert "--out" not in ended.error
    assert partial.exists()
    assert trained(made, clip) == results
    assert not partial.exists()


def test_a_dataset_that_is_not_there_is_not_made(tmp_path: Path, clip: Path) -> None:
    with pytest.raises(UsageError, match="holds no complete dataset"):
        train_baseline(request(tmp_path / "none", clip), silent())
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "kind", ["clip-pad-*.pt", "id-clip-*.pt", "*-features-*", "f*", "pictures*"]
)
def test_damaged_files_are_made_again(
    made: Made, clip: Path, results: Results, tmp_path: Path, kind: str
) -> None:
    out = Path(shutil.copytree(made.out, tmp_path / "out"))
    damaged = sorted((out / "baseline" / "cache").glob(kind))
    assert damaged
    before = [path.read_bytes() for path in damaged]
    for path, data in zip(damaged, before, strict=True):
        path.write_bytes(data[: len(data) // 2])
    assert train_baseline(request(out, clip), silent()) == results
    whole = [
        len(path.read_bytes()) == len(data) for path, data in zip(damaged, before, strict=True)
    ]
    assert any(whole), "but for those of other settings"
