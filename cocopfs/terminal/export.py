"""What `cocopfs export` says."""

from __future__ import annotations

from cocopfs.publish.exports.export import Exported
from cocopfs.terminal.text import plain


def export_summary(done: Exported, left_out: str | None = None) -> list[str]:
    """left_out: what a redistributable export does not hold."""
    folder = plain(str(done.folder))
    what = f"{done.rows} samples in {done.files} files, {done.size / 1e6:.1f} MB"
    if not done.worked:
        lines = [f"Nothing to do: {folder} holds just this export, {what}"]
    else:
        lines = [f"{folder} holds {what}"]
    if left_out:
        lines.append(plain(left_out))
    if done.warning:
        lines.append(f"[bold yellow]warning:[/] {plain(done.warning)}")
    lines.append(f"check it with: cd {folder} && sha256sum -c SHA256SUMS")
    return lines
