"""Who the identities of a dataset are, for those who have its `private/` folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pyarrow as pa

from cocopfs.engine.store import read_rows
from cocopfs.errors import UsageError
from cocopfs.publish.exports.view import Enrolled
from cocopfs.records import Identity
from cocopfs.stages.naming import KEY, Naming, load_key


def read_enrolled(out: Path, *, pseudonymous: bool) -> Mapping[str, Enrolled] | None:
    """The enrolled identities by published id; None where `private/` is not there, or not whole.

    Raises UsageError where it is there and broken.
    """
    path = out / "private" / "identities.parquet"
    if not path.is_file() or (pseudonymous and not (out / KEY).is_file()):
        return None
    naming = Naming(Path(), load_key(out, None) if pseudonymous else None)
    try:
        identities = read_rows(path, Identity)
    except (OSError, ValueError, pa.ArrowException, msgspec.MsgspecError) as error:
        raise UsageError(
            f"{path} cannot be read: {error}",
            expected="the file that the build made",
            hint="build the dataset again: what is whole is kept",
        ) from error
    return {
        naming.identity(row.class_id): Enrolled(
            row.class_id,
            row.name,
            {
                naming.portrait(portrait.portrait_id): portrait.portrait_id
                for portrait in (*row.sources, row.reference)
            },
            row.reference.embedding,
        )
        for row in identities
    }
