"""A person who is taken out of a dataset is gone, stays gone, and nobody else notices."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from cocopfs.engine.store import read_rows
from cocopfs.errors import CocopfsError, UsageError
from cocopfs.publish.tombstones import read_removals, tombstones_of
from cocopfs.records import Identity, Reason, unpack_vector
from cocopfs.removal.remove import Removed, finish, is_unfinished, remove
from cocopfs.removal.request import Request
from cocopfs.removal.returned import find_returned
from tests.command import cocopfs
from tests.killing import finishes, folder_bytes
from tests.material import Material
from tests.whole_build.trial import published, rejections, run, samples, trial_build

# The builds are shared, so these tests stay on one worker.
pytestmark = pytest.mark.xdist_group("trial")

TODAY = date(2026, 1, 2)
WHO = "n005815"


def take_out(
    out: Path, *identities: str, images: tuple[int, ...] = (), purge: bool = False
) -> Removed:
    # With a key of its own, so that marks can be compared.
    (out / "private" / "tombstones.key").write_text("89abcdef01234567" * 4)
    return remove(out, Request(identities, images), purge_too=purge, today=TODAY)


def name_of(out: Path, class_id: str) -> str:
    people = read_rows(out / "private" / "identities.parquet", Identity)
    return next(row.name for row in people if row.class_id == class_id)


def data_of(out: Path) -> dict[str, bytes]:
    return {name: data for name, data in published(out).items() if name.startswith("data/")}


def test_nothing_of_a_person_is_left_after_a_purge(copied: Path) -> None:
    """Looked for by other means than the package's own search."""
    people = read_rows(copied / "private" / "identities.parquet", Identity)
    person = next(row for row in people if row.class_id == WHO)
    words = [WHO, person.name, person.name.replace(" ", "_")]
    vectors = [unpack_vector(one.embedding) for one in (*person.sources, person.reference)]
    (copied / "audit").mkdir()
    (copied / "audit" / "report.html").write_text(f"<p>{person.name}</p>")
    done = take_out(copied, WHO, purge=True)
    assert (done.rows, done.identities, done.traces) == (4, 1, ())
    assert "audit" in done.purged
    for name, data in folder_bytes(copied).items():
        for word in words:
            assert word.lower().encode() not in data.lower(), name
        for vector in vectors:
            for kind in ("<f2", "<f4", "<f8"):
                assert vector.astype(kind).tobytes()[:16] not in data, name
    for path in copied.rglob("*.parquet"):
        table = pq.read_table(path, partitioning=None)
        columns = [name for name in table.column_names if name != "image"]
        text = repr(table.select(columns).to_pylist())
        assert not any(word.lower() in text.lower() for word in words), path
    for row in read_rows(copied / "private" / "identities.parquet", Identity):
        for one in (*row.sources, row.reference):
            near = max(float(unpack_vector(one.embedding) @ vector) for vector in vectors)
            assert near < 0.99


def test_all_other_rows_are_as_they_were(copied: Path) -> None:
    before = {row.sample_id: row for row in samples(copied)}
    take_out(copied, WHO)
    after = {row.sample_id: row for row in samples(copied)}
    assert after.keys() == {key for key in before if not key.endswith(f"_{WHO}")}
    assert all(row == before[key] for key, row in after.items())


def test_the_proof_finds_what_a_removal_without_purge_leaves(copied: Path) -> None:
    done = take_out(copied, WHO)
    assert "work/enroll" in done.left_behind
    tombstones = tombstones_of(copied, read_removals(copied))
    found = {trace.file.split("/")[1] for trace in find_returned(copied, tombstones)}
    assert {"enroll", "match", "swap", "judge", "write"} <= found
    again = remove(copied, Request(), purge_too=True, today=TODAY)
    assert again.traces == ()
    assert not list(find_returned(copied, tombstones))


@pytest.mark.parametrize("purge", [False, True], ids=["work kept", "purged"])
@pytest.mark.parametrize(
    ("identities", "images"),
    [((WHO,), ()), (("n000106",), ()), ((), (552775,)), (("n008937", "n005123"), (84533,))],
    ids=["one", "of a photo of its own", "a photo", "several"],
)
def test_a_later_build_brings_nobody_back_and_changes_nobody(
    copied: Path,
    material: Material,
    identities: tuple[str, ...],
    images: tuple[int, ...],
    purge: bool,
) -> None:
    take_out(copied, *identities, images=images, purge=purge)
    before = published(copied)
    run(trial_build(material, copied))
    after = published(copied)
    differing = {name for name in before.keys() | after.keys() if before[name] != after.get(name)}
    assert differing <= {"manifest.json"}, "it tells what the stages gave, which is less now"
    facts, now = json.loads(before["manifest.json"]), json.loads(after["manifest.json"])
    differing = {key for key in facts.keys() | now.keys() if facts.get(key) != now.get(key)}
    assert differing <= {"stages", "sources"}
    tombstones = tombstones_of(copied, read_removals(copied))
    assert not list(find_returned(copied, tombstones)), "not even in work/"
    assert not run(trial_build(material, copied)).worked


def test_whoever_leaves_takes_no_photo_of_the_others_along(
    material: Material, tmp_path: Path
) -> None:
    """Photos for which there were too few people stay out; those that had enough stay in, also
    when somebody who left makes them too few."""
    out = tmp_path / "out"
    lenient = ["judge.min_identities=3", "judge.min_margin=-2", "judge.max_colour_difference=null"]
    build = trial_build(material, out, *lenient, "judge.max_landmark_error=null")
    run(build)
    refused = [row for row in rejections(out) if row.reason is Reason.TOO_FEW_IDENTITIES]
    rows = {row.sample_id: row for row in samples(out)}
    assert refused
    assert {row.stage for row in refused} == {"match"}
    gone = next(iter(rows.values())).identity
    take_out(out, gone, purge=True)
    before = published(out)
    kept = {row.sample_id: row for row in samples(out)}
    assert kept == {key: row for key, row in rows.items() if row.identity != gone}
    assert {row.coco_image_id for row in kept.values()} == {
        row.coco_image_id for row in rows.values()
    }
    run(build)
    after = published(out)
    assert {name for name in before if before[name] != after[name]} <= {"manifest.json"}
    assert [row for row in rejections(out) if row.reason is Reason.TOO_FEW_IDENTITIES] == refused
    less = trial_build(material, out, *lenient[1:], "judge.max_landmark_error=null")
    run(less)
    assert not [row for row in rejections(out) if row.reason is Reason.TOO_FEW_IDENTITIES]
    assert not [row for row in samples(out) if row.identity == gone]


def test_a_second_removal_leaves_the_first_as_it_is(copied: Path, material: Material) -> None:
    take_out(copied, WHO, purge=True)
    before = {row.sample_id: row for row in samples(copied)}
    take_out(copied, "n005123", purge=True)
    after = {row.sample_id: row for row in samples(copied)}
    assert all(row == before[key] for key, row in after.items())
    assert json.loads((copied / "manifest.json").read_bytes())["dataset_version"] == 3
    expected = published(copied)
    run(trial_build(material, copied))
    now = published(copied)
    assert {name for name in expected if expected[name] != now.get(name)} <= {"manifest.json"}


def test_rejections_tell_that_somebody_left_but_not_who(copied: Path) -> None:
    name = name_of(copied, WHO)
    take_out(copied, WHO, images=(84533,))
    told = [row for row in rejections(copied) if row.reason is Reason.REMOVED]
    assert {(row.kind, row.stage) for row in told} >= {("identity", "enroll"), ("photo", "select")}
    assert WHO not in repr(rejections(copied))
    assert "84533" not in repr(rejections(copied))
    tombstones = (copied / "private" / "tombstones.json").read_text()
    assert WHO not in tombstones
    assert name not in tombstones


def test_a_removal_is_a_new_version_with_a_changelog(copied: Path) -> None:
    take_out(copied, WHO)
    facts = json.loads((copied / "manifest.json").read_bytes())
    (change,) = facts["changes"]
    assert change == {
        "version": 2,
        "date": "2026-01-02",
        "identities": 1,
        "photos": 0,
        "rows": 4,
    }
    assert "Version 2, 2026-01-02" in (copied / "CHANGELOG.md").read_text()
    assert facts["files"]["CHANGELOG.md"]
    assert sum(split["rows"] for split in facts["splits"].values()) == len(samples(copied))


def test_pseudonyms_of_others_stay_and_the_published_id_finds_a_person(
    pseudonymous: Path, material: Material, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(pseudonymous, tmp_path / "out"))
    before = {row.sample_id: row for row in samples(out)}
    who = next(iter(before.values())).identity
    done = take_out(out, who, purge=True)
    assert done.traces == ()
    after = {row.sample_id: row for row in samples(out)}
    assert after == {key: row for key, row in before.items() if row.identity != who}
    expected = data_of(out)
    run(trial_build(material, out, "caption.names=pseudonym"))
    assert data_of(out) == expected


@pytest.mark.parametrize("where", ["separate", "inline"])
def test_published_embeddings_leave_too(small: Material, tmp_path: Path, where: str) -> None:
    out = tmp_path / "out"
    build = trial_build(small, out, f"publish.embeddings={where}")
    run(build)
    assert take_out(out, WHO, purge=True).traces == ()
    before = published(out)
    assert ("embeddings.parquet" in before) == (where == "separate")
    run(build)
    after = published(out)
    assert {name for name in before if before[name] != after.get(name)} <= {"manifest.json"}


def test_names_keep_people_out_who_come_later(
    trial: Path, small: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    away = tmp_path / "away"
    shutil.move(small.vggface2 / "train" / "n005815", away)
    run(trial_build(small, out))
    name = name_of(trial, "n005815")
    (tmp_path / "names").write_text(f"# asked us\n{name.upper()}\n")
    ended = cocopfs(capsys, "remove", out, "--names", tmp_path / "names")
    assert ended.code == 0
    assert "kept out of later builds" in ended.output
    shutil.move(away, small.vggface2 / "train" / "n005815")
    run(trial_build(small, out))
    assert "n005815" not in {row.identity for row in samples(out)}
    people = read_rows(out / "private" / "identities.parquet", Identity)
    assert "n005815" not in {row.class_id for row in people}


def test_other_settings_match_anew_without_the_person(copied: Path, material: Material) -> None:
    take_out(copied, WHO, purge=True)
    run(trial_build(material, copied, "seed=1"))
    assert samples(copied)
    assert WHO not in {row.identity for row in samples(copied)}
    assert not list(find_returned(copied, tombstones_of(copied, read_removals(copied))))


def test_a_slip_of_the_pen_removes_nobody(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = published(copied)
    for words in (("--identity", "n999999"), ("--image", "1"), ()):
        ended = cocopfs(capsys, "remove", copied, *words)
        assert ended.code == 2
    assert published(copied) == before
    with pytest.raises(UsageError, match="holds no complete dataset"):
        remove(copied / "data", Request((WHO,)), purge_too=False, today=TODAY)


def test_the_command_says_what_it_did_and_what_may_still_show_them(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = cocopfs(capsys, "remove", copied, "--identity", WHO)
    assert ended.code == 0
    assert "4 rows, 1 identity and 0 photographs" in ended.output
    assert "work/enroll" in ended.output
    assert WHO not in ended.output
    ended = cocopfs(capsys, "remove", copied, "--identity", WHO, "--purge")
    assert ended.code == 0
    assert "still version 2" in ended.output


def test_without_its_key_nobody_comes_back_unnoticed(copied: Path, material: Material) -> None:
    take_out(copied, WHO, purge=True)
    (copied / "private" / "tombstones.key").unlink()
    with pytest.raises(UsageError, match="key of the tombstones"):
        run(trial_build(material, copied))


def _killed_then(
    trial: Path, out: Path, step: int, purge: bool, go_on: Callable[[Path], object]
) -> bool:
    """Kill a removal before a step on the disk, look at the folder, go on. Whether it ended."""
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(trial, out, copy_function=shutil.copy2)
    old = data_of(out)
    if finishes(partial(take_out, out, WHO, purge=purge), step):
        return True
    whole = (out / "manifest.json").is_file()
    if whole:
        facts = json.loads((out / "manifest.json").read_bytes())
        assert (data_of(out) == old) == (facts["dataset_version"] == 1)
    else:
        assert is_unfinished(out)
    go_on(out)
    return False


def _same_command(out: Path) -> None:
    take_out(out, WHO, purge=True)


def test_a_removal_that_was_killed_is_finished_by_the_same_command(
    trial: Path, tmp_path: Path
) -> None:
    expected = Path(shutil.copytree(trial, tmp_path / "expected"))
    take_out(expected, WHO, purge=True)
    for step in range(2, 400, 9):
        if _killed_then(trial, tmp_path / "out", step, True, _same_command):
            break
        assert published(tmp_path / "out") == published(expected), f"killed at step {step}"
    assert step > 20


@pytest.mark.full
def test_a_removal_that_was_killed_at_any_step_is_finished(
    trial: Path, material: Material, tmp_path: Path
) -> None:
    expected = Path(shutil.copytree(trial, tmp_path / "expected"))
    take_out(expected, WHO, purge=False)
    out = tmp_path / "out"

    def build(folder: Path) -> None:
        if read_removals(folder) is None:  # killed before anything was decided
            take_out(folder, WHO)
        finish(folder)

    for step in range(1, 400):
        if _killed_then(trial, out, step, False, build):
            break
        assert published(out) == published(expected), f"killed at step {step}"
        assert not is_unfinished(out)
    assert step > 20


def test_a_build_finishes_a_removal_that_was_killed(
    trial: Path, material: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = Path(shutil.copytree(trial, tmp_path / "expected"))
    take_out(expected, WHO, purge=False)
    out = Path(shutil.copytree(trial, tmp_path / "out"))
    for step in range(8, 40):
        shutil.rmtree(out)
        shutil.copytree(trial, out)
        assert not finishes(partial(take_out, out, WHO), step)
        if not (out / "manifest.json").is_file():
            break
    assert cocopfs(capsys, "build", "trial", *material.options(out)).code == 0
    assert data_of(out) == data_of(expected)
    assert not is_unfinished(out)


def test_a_broken_list_of_tombstones_stops_a_build(copied: Path, material: Material) -> None:
    take_out(copied, WHO)
    (copied / "private" / "tombstones.json").write_text("{")
    with pytest.raises(CocopfsError, match=r"cannot be read"):
        run(trial_build(material, copied))


def test_an_embedding_in_another_form_is_found(copied: Path, tmp_path: Path) -> None:
    people = read_rows(copied / "private" / "identities.parquet", Identity)
    person = next(row for row in people if row.class_id == WHO)
    vector = unpack_vector(person.reference.embedding)
    np.savez_compressed(copied / "features.npz", features=np.stack([vector * 0, vector]))
    done = take_out(copied, WHO, purge=True)
    assert {trace.what for trace in done.traces} == {"an embedding"}
    assert {trace.file for trace in done.traces} == {"features.npz"}
