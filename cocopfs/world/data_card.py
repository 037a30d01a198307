"""`data_cards/drawn-world.md`: what the drawn world is, and the card of the dataset made of it.

    python -m cocopfs.world.data_card OUT

OUT is a default build that was audited. The card is written by the manifest and the audit alone.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from markupsafe import Markup

from cocopfs import resources
from cocopfs.engine.commit import commit_bytes
from cocopfs.errors import UsageError
from cocopfs.publish.audit_summary import read_audit
from cocopfs.publish.card import render_card
from cocopfs.publish.dataset import open_published
from cocopfs.publish.markdown import render_markdown
from cocopfs.publish.statements import tags

FILE = "drawn-world.md"


def data_card(out: Path) -> str:
    """As Markdown, for the dataset in `out`.

    Raises UsageError where that is no audited dataset of the drawn world.
    """
    dataset = open_published(out)
    audit = read_audit(dataset)
    if audit is None or not {"invented-photographs", "invented-portraits"} <= tags(dataset.facts):
        raise UsageError(
            f"{out} is no audited dataset of the drawn world",
            hint=f"cocopfs build --out {out} && cocopfs audit {out}",
        )
    _, _, body = render_card(dataset.facts, audit).split("---\n", 2)
    return render_markdown("drawn-world.md.j2", card=Markup(_one_level_lower(body).strip()))


def _one_level_lower(body: str) -> str:
    return re.sub(r"^(#+) ", r"#\1 ", body, flags=re.MULTILINE)


def main() -> None:
    """Write the card of the dataset in the folder that the command line names."""
    card = data_card(Path(sys.argv[1]))
    commit_bytes(resources.DATA_CARDS / FILE, card.encode())


if __name__ == "__main__":
    main()
