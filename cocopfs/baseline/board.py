"""TensorBoard's log of a training, where somebody asked for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cocopfs.errors import UsageError

Write = Callable[[int, Mapping[str, float]], None]


@contextmanager
def board(folder: Path | None, step: int = 0) -> Iterator[Write]:
    """What writes a step's numbers by name; nothing where `folder` is null.

    step: where the training goes on; what an interrupted one wrote after it is hidden.
    Raises UsageError where TensorBoard is not installed.
    """
    if folder is None:
        yield lambda _step, _numbers: None
        return
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise UsageError(
            "TensorBoard is not installed, so no log can be written for it",
            hint="pip install tensorboard, or leave out --tensorboard",
        ) from error
    writer = SummaryWriter(str(folder), purge_step=step)

    def write(step: int, numbers: Mapping[str, float]) -> None:
        for name, number in numbers.items():
            writer.add_scalar(name, number, step)

    try:
        yield write
    finally:
        writer.close()
