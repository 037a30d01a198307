"""Names in captions, and pseudonyms in their place."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from cocopfs.engine.store import read_rows
from cocopfs.records import Identity, Reason
from cocopfs.sources.vggface2 import listed_names
from tests.command import cocopfs
from tests.material import Material
from tests.whole_build.trial import (
    published,
    read,
    rejections,
    run,
    run_steps,
    samples,
    stage_rejections,
    trial_build,
)

# The builds are shared, so these tests stay on one worker.
pytestmark = pytest.mark.xdist_group("trial")


def test_pseudonyms_hide_who_is_who(trial: Path, pseudonymous: Path, material: Material) -> None:
    real, hidden = samples(trial), samples(pseudonymous)
    assert len(hidden) == len(real)
    people = {row.identity: row.name for row in hidden}
    assert len(set(people.values())) == len(people) == len({row.identity for row in real})
    assert not set(people.values()) & listed_names(material.vggface2)
    known = {row.class_id for row in read_rows(trial / "private" / "identities.parquet", Identity)}
    known |= {row.name for row in real}
    for row in hidden:
        assert row.name in row.captions_in_place[0]
        assert not any(word in repr(row) for word in known)
    for rejection in rejections(pseudonymous):
        assert not any(word in repr(rejection) for word in known)
    for name, data in published(pseudonymous).items():
        if not name.startswith("private/"):
            assert not any(word.encode() in data for word in known), name


def test_the_key_alone_decides_the_pseudonyms(
    pseudonymous: Path, material: Material, tmp_path: Path
) -> None:
    key = pseudonymous.parent / "key"
    again = trial_build(material, tmp_path / "again", "caption.names=pseudonym")
    run(replace(again, key_file=key))
    assert published(tmp_path / "again") == published(pseudonymous)
    drawn = trial_build(material, tmp_path / "drawn", "caption.names=pseudonym")
    run(drawn)
    assert {row.name for row in samples(tmp_path / "drawn")} != {
        row.name for row in samples(pseudonymous)
    }
    before = published(tmp_path / "drawn")
    assert not run(drawn).worked, "the key is drawn once"
    assert published(tmp_path / "drawn") == before


def test_a_key_is_never_replaced_nor_drawn_anew(
    pseudonymous: Path, material: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = Path(shutil.copytree(pseudonymous, tmp_path / "out"))
    kept = out / "private" / "pseudonyms.key"
    before = kept.read_text()
    (tmp_path / "other").write_text("fedcba9876543210" * 4)
    options = material.options(out, "--set", "caption.names=pseudonym")
    ended = cocopfs(capsys, "build", "trial", *options, "--key", tmp_path / "other")
    assert ended.code == 2
    assert "is not the key of" in ended.error
    assert kept.read_text() == before
    kept.unlink()
    ended = cocopfs(capsys, "build", "trial", *options)
    assert ended.code == 2
    assert "is gone" in ended.error
    assert published(out).keys() == published(pseudonymous).keys() - {"private/pseudonyms.key"}


def test_the_order_of_rows_does_not_tell_class_ids(pseudonymous: Path) -> None:
    rows = [(row.coco_image_id, row.identity) for row in samples(pseudonymous)]
    assert rows == sorted(rows)


def test_a_key_that_is_none_is_refused(
    material: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "key").write_text("secret")
    options = material.options(tmp_path / "out", "--set", "caption.names=pseudonym")
    ended = cocopfs(capsys, "build", "trial", *options, "--key", tmp_path / "key")
    assert ended.code == 2
    assert "hexadecimal" in ended.error


def test_a_contact_sheet_finds_the_portraits_behind_pseudonyms(
    pseudonymous: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "sheet.png"
    assert cocopfs(capsys, "preview", pseudonymous, "--count", 1, "--to", sheet).code == 0
    portrait = read(sheet)[36 + 12 : 36 + 312, 324:624]
    assert portrait.std() > 20, "a missing portrait is a grey tile"


def test_captions_can_be_explained(coco_mini: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = cocopfs(capsys, "caption", "--coco", coco_mini, "--explain", 153797)
    assert ended.code == 0
    assert "in_place" in ended.output
    assert "several_people: it mentions more than one person" in ended.output
    assert "A baseball player (Robin Ashford) throwing a pitch" in ended.output
    named = ("--name", "Ada Ash", "--gender", "female", "--set", "caption.template=paper")
    ended = cocopfs(capsys, "caption", "--coco", coco_mini, "--explain", 153797, *named)
    assert "none of the reference's keywords" in ended.output
    assert "Ada Ash" in ended.output
    ended = cocopfs(capsys, "caption", "--coco", coco_mini, "--name", "Ada Ash")
    assert ended.code == 2
    assert "belong to --explain" in ended.error
    ended = cocopfs(capsys, "caption", "--coco", coco_mini, "--explain", 1)
    assert ended.code == 2
    assert "image 1 is not in the annotations" in ended.error


def test_captions_veto_a_gender_that_they_contradict(
    trial: Path, material: Material, tmp_path: Path
) -> None:
    """Photo 535506 shows a woman from behind her hair; the small network says male."""
    found = {row.item: row for row in rejections(trial) if row.stage == "describe"}
    assert found["535506"].reason is Reason.GENDER_UNCERTAIN
    assert "captions say female" in found["535506"].detail
    build = trial_build(material, tmp_path / "out", "describe.captions_veto=false")
    run_steps(build, "select", "describe")
    assert "535506" not in {row.item for row in stage_rejections(tmp_path / "out", "describe")}


def test_captions_carry_the_name_and_the_token(trial: Path) -> None:
    for row in samples(trial):
        assert len(row.captions) >= 5
        columns = (row.captions_in_place, row.captions_in_parentheses)
        for column in columns:
            assert len(column) == len(row.captions)
            assert all(row.name in text for text in column)
        for column in (row.captions_in_place_tok, row.captions_in_parentheses_tok):
            assert len(column) == len(row.captions)
            assert all("[TOK]" in text and row.name not in text for text in column)
