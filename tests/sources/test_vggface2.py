"""A gallery is VGGFace2, or any folder of folders; what is odd about it is named."""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import Path

import pytest

from cocopfs.errors import UsageError
from cocopfs.records import GalleryIdentity, Gender
from cocopfs.sources.vggface2 import read_gallery


def fill(root: Path, *files: str) -> Path:
    """A gallery of files whose content nobody looks at."""
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    return root


def refusal(root: Path) -> str:
    with pytest.raises(UsageError) as refused:
        read_gallery(root, 16)
    return str(refused.value)


# --- what is read ---------------------------------------------------------------------------------


def test_the_real_sample(vggface2_mini: Path) -> None:
    gallery = read_gallery(vggface2_mini, 1000)
    assert [(i.class_id, i.name, i.gender) for i in gallery.identities] == [
        ("n000106", "Agata Passent", Gender.FEMALE),
        ("n005123", "Leonardo DiCaprio", Gender.MALE),
        ("n005815", "Matt Damon", Gender.MALE),
        ("n007241", "Ray Newman", Gender.FEMALE),
        ("n008937", "Vivica A. Fox", Gender.FEMALE),
    ]
    on_disk = sorted(p.relative_to(vggface2_mini).as_posix() for p in vggface2_mini.rglob("*.jpg"))
    assert [path for i in gallery.identities for path in i.portraits] == on_disk
    assert len(on_disk) == 41
    digest = hashlib.sha256((vggface2_mini / "identity_meta.csv").read_bytes()).hexdigest()
    assert gallery.list_file == ("identity_meta.csv", digest)
    assert gallery.listed_without_folder == 9126
    assert gallery.folders_not_listed == ()


def test_train_and_test_of_vggface2_are_one_gallery(tmp_path: Path) -> None:
    fill(tmp_path, "test/n000009/0001_01.jpg", "train/n000002/0001_01.jpg", "samples/x/1.jpg")
    (tmp_path / "identity_meta.csv").write_text(
        'Class_ID, Name, Sample_Num, Flag, Gender\nn000009, "AYAMI", 136, 0, f\n'
        'n000005, "A._J._Pierzynski", 229, 1, m\n'
    )
    gallery = read_gallery(tmp_path, 16)
    assert gallery.identities == (
        GalleryIdentity("n000002", "n000002", None, ("train/n000002/0001_01.jpg",)),
        GalleryIdentity("n000009", "AYAMI", Gender.FEMALE, ("test/n000009/0001_01.jpg",)),
    )
    assert gallery.listed_without_folder == 1
    assert gallery.folders_not_listed == ("n000002",)


def test_any_folder_of_folders_is_a_gallery(tmp_path: Path) -> None:
    fill(tmp_path, "anna/1.JPG", "anna/b.jpeg", "anna/c.png", "Bob Ross/1.jpg")
    (tmp_path / "identities.csv").write_text("id,name,gender\nanna,Anna_Ek,f\n")
    assert read_gallery(tmp_path, 16).identities == (
        GalleryIdentity("Bob Ross", "Bob Ross", None, ("Bob Ross/1.jpg",)),
        GalleryIdentity(
            "anna", "Anna Ek", Gender.FEMALE, ("anna/1.JPG", "anna/b.jpeg", "anna/c.png")
        ),
    )


def test_without_a_list_the_folder_gives_the_name(tmp_path: Path) -> None:
    gallery = read_gallery(fill(tmp_path, "anna/1.jpg"), 16)
    assert gallery.identities == (GalleryIdentity("anna", "anna", None, ("anna/1.jpg",)),)
    assert (gallery.list_file, gallery.listed_without_folder) == (None, 0)
    assert gallery.folders_not_listed == ()


def test_a_list_finds_a_folder_whose_name_another_system_decomposed(tmp_path: Path) -> None:
    fill(tmp_path, unicodedata.normalize("NFD", "zoë/1.jpg"))
    (tmp_path / "identities.csv").write_text("id,name,gender\nzoë,Zoë,f\n", "utf-8")
    gallery = read_gallery(tmp_path, 16)
    (identity,) = gallery.identities
    assert (identity.class_id, identity.name) == ("zoë", "Zoë")
    assert (tmp_path / identity.portraits[0]).exists()
    assert gallery.listed_without_folder == 0


def test_hidden_files_other_files_and_folders_are_no_portraits(tmp_path: Path) -> None:
    fill(
        tmp_path,
        "a/1.jpg",
        "a/.2.jpg",
        "a/Icon\r",
        "a/note.txt",
        "a/jpg",
        "a/deep.jpg/1.jpg",
        ".cache/1.jpg",
        "readme.md",
        "stray.jpg",
    )
    (identity,) = read_gallery(tmp_path, 16).identities
    assert identity.portraits == ("a/1.jpg",)


def test_a_folder_without_portraits_is_kept_for_enroll_to_reject(tmp_path: Path) -> None:
    gallery = read_gallery(fill(tmp_path, "a/1.jpg", "b/note.txt"), 16)
    assert [identity.portraits for identity in gallery.identities] == [("a/1.jpg",), ()]


def test_portraits_are_chosen_by_the_hash_of_class_id_and_file_name(tmp_path: Path) -> None:
    files = [f"{number:04}_01.jpg" for number in range(50)]
    fill(tmp_path, *(f"train/n1/{file}" for file in files))
    by_hash = sorted(files, key=lambda file: hashlib.sha256(f"n1/{file}".encode()).hexdigest())
    (identity,) = read_gallery(tmp_path, 16).identities
    assert identity.portraits == tuple(sorted(f"train/n1/{file}" for file in by_hash[:16]))


def test_a_new_portrait_displaces_one_at_most(tmp_path: Path) -> None:
    fill(tmp_path, *(f"a/{number}.jpg" for number in range(40)))
    before = set(read_gallery(tmp_path, 16).identities[0].portraits)
    for number in range(100, 120):
        fill(tmp_path, f"a/{number}.jpg")
        after = set(read_gallery(tmp_path, 16).identities[0].portraits)
        assert len(before - after) == len(after - before) <= 1
        before = after


def test_two_files_of_one_stem_are_one_portrait(tmp_path: Path) -> None:
    fill(tmp_path, "a/1.jpg", "a/1.png", "a/2.jpg")
    (identity,) = read_gallery(tmp_path, 16).identities
    assert identity.portraits == ("a/1.png", "a/2.jpg")


def test_a_symlinked_identity_inside_the_gallery_counts(tmp_path: Path) -> None:
    fill(tmp_path, "a/1.jpg")
    (tmp_path / "b").symlink_to("a")
    assert [i.class_id for i in read_gallery(tmp_path, 16).identities] == ["a", "b"]


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ((), "looked in it, but found no folders"),
        (("stray.jpg",), "looked in it, but found no folders"),
        (("train/readme.md",), "looked in it, but found no folders"),
        (("a/note.txt", "b/c/1.jpg"), "looked in 2 folders (a, b)"),
        (("n1/x", "n2/x", "n3/x", "n4/x"), "looked in 4 folders (n1, n2, n3, ...)"),
    ],
)
def test_an_empty_gallery_is_told_what_was_expected_and_found(
    tmp_path: Path, files: tuple[str, ...], found: str
) -> None:
    message = refusal(fill(tmp_path, *files))
    assert found in message
    assert "expected: train/ID/*.jpg" in message
    assert "next:" in message


def test_a_gallery_that_is_not_there_is_named(tmp_path: Path) -> None:
    message = refusal(tmp_path / "nowhere")
    assert f"{tmp_path / 'nowhere'} cannot be read" in message
    assert "expected: train/ID/*.jpg" in message


def test_an_identity_in_train_and_test_is_refused(tmp_path: Path) -> None:
    message = refusal(fill(tmp_path, "train/n1/1.jpg", "test/n1/2.jpg"))
    assert "identity n1 twice" in message
    assert "train/n1" in message
    assert "test/n1" in message


@pytest.mark.parametrize(
    "odd",
    ["a\\b/1.jpg", "a\n/1.jpg", "a\x1b[2J/1.jpg", " a/1.jpg", "a/1\u202e.jpg", "\udcff/1.jpg"],
)
def test_names_that_cannot_become_ids_are_refused(tmp_path: Path, odd: str) -> None:
    message = refusal(fill(tmp_path, "ok/1.jpg", odd))
    assert "printable" in message
    assert not set("\x1b\u202e\udcff") & set(message)


@pytest.mark.parametrize(
    ("link", "target"), [("b", "elsewhere"), ("train", "elsewhere"), ("b", "not there")]
)
def test_a_symlink_out_of_the_gallery_is_refused(tmp_path: Path, link: str, target: str) -> None:
    root = fill(tmp_path / "gallery", "a/1.jpg")
    fill(tmp_path / "elsewhere", "n1/1.jpg", "1.jpg")
    (root / link).symlink_to(tmp_path / target)
    assert f"{root / link} is a symlink that leads out" in refusal(root)


def test_two_lists_are_refused(tmp_path: Path) -> None:
    message = refusal(fill(tmp_path, "a/1.jpg", "identity_meta.csv", "identities.csv"))
    assert "both identity_meta.csv and identities.csv" in message


def test_a_broken_list_is_named_with_its_line(tmp_path: Path) -> None:
    fill(tmp_path, "a/1.jpg")
    (tmp_path / "identities.csv").write_text("id,name,gender\na,Anna,f\na,Ann,f\n")
    assert f"{tmp_path / 'identities.csv'}, line 3" in refusal(tmp_path)


def test_half_of_vggface2_is_refused_with_the_folder_to_give(tmp_path: Path) -> None:
    fill(tmp_path, "identity_meta.csv", "train/n1/1.jpg")
    assert f"next: --vggface2 {tmp_path}" in refusal(tmp_path / "train")
