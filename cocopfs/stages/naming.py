"""Under which names identities go out: their own, or pseudonyms made with a key."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cocopfs.captions.pseudonyms import pseudonyms
from cocopfs.engine.commit import commit_bytes
from cocopfs.errors import UsageError
from cocopfs.records import Identity, ItemKind, Reason, Rejection
from cocopfs.sources.vggface2 import listed_names

KEY = "private/pseudonyms.key"
_KEY_BYTES = 32
_KEY_FORM = f"a file with {2 * _KEY_BYTES} hexadecimal digits or more"


@dataclass(frozen=True, slots=True)
class Naming:
    """`key` is null where real names go out. With a key, everything outside `private/` and `work/`
    carries keyed hashes in place of class ids and pseudonyms in place of names."""

    gallery: Path
    key: bytes | None
    given: Mapping[str, str] = field(default_factory=dict)
    """Pseudonyms that went out already, by class id: somebody else's removal frees none."""

    @property
    def digest(self) -> str:
        """Changes with the key and does not give it away."""
        return "real" if self.key is None else hashlib.sha256(b"key:" + self.key).hexdigest()

    @property
    def salt(self) -> str:
        """For the marks in the pictures: with a key, nobody gets from a mark to its sample."""
        return "" if self.key is None else hashlib.sha256(b"mark:" + self.key).hexdigest()

    def names(self, identities: Iterable[Identity]) -> dict[str, str]:
        """The published name of every identity, by class id."""
        rows = list(identities)
        if self.key is None:
            return {row.class_id: row.name for row in rows}
        kept = {
            row.class_id: self.given[row.class_id] for row in rows if row.class_id in self.given
        }
        taken = listed_names(self.gallery) | set(kept.values())
        fresh = {row.class_id: row.gender for row in rows if row.class_id not in kept}
        return kept | pseudonyms(fresh, self.key, taken)

    def identity(self, class_id: str) -> str:
        """The published id of an identity."""
        return class_id if self.key is None else self._hash("identity", class_id)

    def sample(self, photo_id: int, class_id: str) -> str:
        return f"{photo_id}_{self.identity(class_id)}"

    def portrait(self, portrait_id: str) -> str:
        """The published id of a portrait: its identity's, and its own."""
        if self.key is None:
            return portrait_id
        class_id = portrait_id.split("/", maxsplit=1)[0]
        return f"{self.identity(class_id)}/{self._hash('portrait', portrait_id)}"

    def rejection(self, row: Rejection) -> Rejection:
        """As it is published; its detail names no identity."""
        if self.key is None or row.kind is ItemKind.PHOTO or row.reason is Reason.REMOVED:
            return row
        if row.kind is ItemKind.IDENTITY:
            item = self.identity(row.item)
        elif row.kind is ItemKind.PORTRAIT:
            return replace(row, item=self.portrait(row.item), detail="")
        else:
            photo_id, class_id = row.item.split("_", 1)
            item = self.sample(int(photo_id), class_id)
        return replace(row, item=item)

    def _hash(self, what: str, value: str) -> str:
        assert self.key is not None
        return hmac.digest(self.key, f"{what}\0{value}".encode(), hashlib.sha256).hex()[:16]


def load_key(out: Path, given: Path | None) -> bytes:
    """The key of a dataset's pseudonyms: from the given file, or the folder's own.

    Before the first run there is none, and a plan needs none: everything is to do.
    Raises UsageError where the file holds no key.
    """
    path = given or out / KEY
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except FileNotFoundError:
        if given is None:
            return bytes(_KEY_BYTES)
        raise UsageError(f"there is no key {path}", expected=_KEY_FORM) from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} holds no key", expected=_KEY_FORM) from error
    if len(key) < _KEY_BYTES:
        raise UsageError(f"the key in {path} has {len(key)} bytes", expected=_KEY_FORM)
    return key


def keep_key(out: Path, given: Path | None, *, has_pseudonyms: bool) -> None:
    """Draw a folder's key once, or keep the given one; it alone leads from pseudonyms to people.

    Raises UsageError rather than replace a key, or draw one where pseudonyms went out already.
    """
    path = out / KEY
    if path.is_file():
        if given is not None and load_key(out, given) != load_key(out, None):
            raise UsageError(
                f"{given} is not the key of {out}",
                expected=f"the key in {path}, or none",
                hint="another key makes another dataset: name another folder with --out",
            )
        return
    if given is None and has_pseudonyms:
        raise UsageError(
            f"the key of the pseudonyms in {out} is gone",
            expected=f"{path}",
            hint="bring it back, give it with --key, or build into another folder",
        )
    key = secrets.token_bytes(_KEY_BYTES) if given is None else load_key(out, given)
    commit_bytes(path, f"{key.hex()}\n".encode())
    path.chmod(0o600)
