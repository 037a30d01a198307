"""models: the networks, where to get them, and their terms."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cocopfs.commands.options import DatasetFolder, out_console
from cocopfs.doctor import look_at_pack
from cocopfs.errors import UsageError
from cocopfs.faces.packing import pack_up
from cocopfs.publish.dataset import open_published
from cocopfs.publish.terms import accept_terms, terms_of_dataset
from cocopfs.terminal.machine import findings_table
from cocopfs.terminal.models import pack_lines, role_lines, term_lines

models = typer.Typer(no_args_is_help=True, help="The networks, where to get them, their terms.")
_Folder = Annotated[Path, typer.Argument(metavar="PACK", help="a folder of networks")]


@models.command("list")
def list_models() -> None:
    """The networks that a recipe needs, and where a person gets the paper's."""
    for line in role_lines():
        out_console.print(line, soft_wrap=True, highlight=False)


@models.command()
def verify(pack: _Folder) -> None:
    """Hash the files of a pack and compare them with its pack.yaml."""
    findings = list(look_at_pack(pack))
    out_console.print(findings_table(findings))
    if not all(finding.good for finding in findings):
        raise typer.Exit(2)


@models.command("pack")
def write_pack(
    folder: _Folder,
    name: Annotated[str | None, typer.Option(help="of the pack; default: the folder's")] = None,
    licence: Annotated[
        str | None, typer.Option(help="of the files, as they came to you; default: not known")
    ] = None,
) -> None:
    """Write the pack.yaml of a folder in insightface's and deepface's layout."""
    for line in pack_lines(pack_up(folder, name, licence)):
        out_console.print(line, soft_wrap=True, highlight=False)


@models.command()
def accept(
    dataset: DatasetFolder,
    yes: Annotated[bool, typer.Option("--yes", help="they were read; do not ask")] = False,
) -> None:
    """Show the terms of a dataset's materials, and note that they were read: exports need it."""
    facts = open_published(dataset).facts
    terms = terms_of_dataset(facts)
    for line in term_lines(terms):
        out_console.print(line, soft_wrap=True, highlight=False)
    if not terms:
        return
    if not yes and not typer.confirm("Have you read them, and does your use keep to them?"):
        raise UsageError("the terms were not acknowledged; nothing was noted")
    accept_terms(dataset, facts, datetime.now(UTC).date().isoformat())
    out_console.print("Noted in private/terms.json.")
