"""The published files themselves, without `private/`, `work/` and what tells of the machine: a
folder to be uploaded as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cocopfs.engine.commit import file_digest
from cocopfs.errors import UsageError
from cocopfs.publish.croissant import render_croissant
from cocopfs.publish.dataset import MANIFEST, Published
from cocopfs.publish.exports.output import Output
from cocopfs.publish.exports.view import View
from cocopfs.publish.folder import encode_manifest
from cocopfs.publish.parquet import read_samples, write_samples
from cocopfs.records import Sample

_MADE_ANEW = {"README.md", "LICENSES.md", "croissant.json"}


def write_parquet(view: View, out: Output, done: Callable[[], None]) -> None:
    """The same bytes as in the dataset, each file compared with the manifest; and a manifest of the
    dataset's facts and these files. The card is the export's, since it may tell of an audit."""
    if view.real_ids:
        raise UsageError(
            "--real-ids does not go with --format parquet, which gives the rows as they are",
            hint="--format coco, webdataset or idclip",
        )
    dataset = view.dataset
    public = {
        name: entry
        for name, entry in dataset.files.items()
        if not name.startswith("private/") and name not in _MADE_ANEW
    }
    files: dict[str, dict[str, Any]] = {}
    for name, entry in public.items():
        if dataset.keeps is not None and name.startswith("data/"):
            files |= _part(dataset, name, out, done)
            continue
        out.copy(name, dataset.checked(name))
        files[name] = {"sha256": entry.sha256, "bytes": entry.bytes}
        if entry.rows is not None:
            files[name]["rows"] = entry.rows
        if name.startswith("data/"):
            for _ in range(entry.rows or 0):
                done()
    out.write("croissant.json", render_croissant(dataset.facts, files).encode())
    out.write(MANIFEST, encode_manifest({**dataset.facts, "files": files}))


def _part(
    dataset: Published, name: str, out: Output, done: Callable[[], None]
) -> dict[str, dict[str, Any]]:
    """The rows of a data file that count, under the file's name; nothing where its split has none.
    Returns its entry in a manifest."""
    if name.removeprefix("data/").split("-", maxsplit=1)[0] not in dataset.facts["splits"]:
        return {}
    source, keeps = dataset.checked(name), dataset.keeps
    assert keeps is not None

    def rows() -> Iterator[Sample]:
        for row in read_samples(source):
            if keeps(row):
                done()
                yield row

    with out.open(name) as file:
        count = write_samples(
            file, rows(), rows_per_group=dataset.facts["recipe"]["publish"]["rows_per_group"]
        )
    sha256, size = file_digest(out.path(name))
    return {name: {"sha256": sha256, "bytes": size, "rows": count}}
