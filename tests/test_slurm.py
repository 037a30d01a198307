"""The Slurm files of the documentation work as they stand, with a stand-in for `sbatch`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from cocopfs.cli import app
from tests.material import Material
from tests.whole_build.trial import published, run, trial_build

DOCS = Path(__file__).parents[1] / "docs"

# Runs a job at once, every task of it, as Slurm would: the options before the script are its own.
SBATCH = """#!/bin/bash
set -euo pipefail
tasks=
while [[ $1 == --* ]]; do
  case "$1" in
    --array=1-*) tasks=${1#--array=1-} ;;
    --parsable | --dependency=afterok:* | --kill-on-invalid-dep=yes) ;;
    *) exit 9 ;;
  esac
  shift
done
echo "$* ${tasks:-1}" >>"$JOBS"
if [[ -z $tasks ]]; then
  bash "$@" >&2
else
  for ((task = 1; task <= tasks; task++)); do
    SLURM_ARRAY_TASK_ID=$task bash "$@" >&2
  done
fi
wc -l <"$JOBS"
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """With `sbatch` and a `cocopfs` that only tells how it was called."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "sbatch").write_text(SBATCH)
    (tools / "cocopfs").write_text('#!/bin/bash\necho "$@" >>"$CALLS"\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    folders = dict.fromkeys(("COCO", "VGGFACE2", "PACK"), "/")
    return {
        **os.environ,
        **folders,
        "OUT": str(tmp_path / "out"),
        "PATH": f"{tools}:{os.environ['PATH']}",
        "JOBS": str(tmp_path / "jobs"),
        "CALLS": str(tmp_path / "calls"),
        "OPTIONS": "--set swap.precision=float16",
    }


def submit(environment: dict[str, str], slices: int) -> None:
    subprocess.run([DOCS / "submit.sh", str(slices)], env=environment, check=True)


def test_every_command_is_one_that_cocopfs_knows(environment: dict[str, str]) -> None:
    submit(environment, 2)
    calls = Path(environment["CALLS"]).read_text().splitlines()
    assert [call.split()[0] for call in calls] == [
        *["build"] * 4,
        *["match", "calibrate"],
        *["build"] * 2,
        "build",
    ]
    assert [call.split()[-1] for call in calls if "--slice" in call] == ["1/2", "2/2"] * 3
    group: Any = typer.main.get_command(app)
    for call in calls:
        name, *words = call.split()
        command = group.commands[name]
        with command.make_context(name, words) as context:
            assert context.params["overrides"] == ["swap.precision=float16"]
            assert context.params["workers"] == 1


def test_some_slices_can_be_given_again(environment: dict[str, str]) -> None:
    for task in ("3", "7"):
        script = ["bash", str(DOCS / "cocopfs.sbatch"), "slice", "8"]
        subprocess.run(script, env={**environment, "SLURM_ARRAY_TASK_ID": task}, check=True)
    calls = Path(environment["CALLS"]).read_text().splitlines()
    assert [call.split()[-1] for call in calls] == ["3/8", "7/8"]


def test_a_job_that_fails_is_the_last(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "bin" / "cocopfs").write_text("#!/bin/bash\nexit 4\n")
    done = subprocess.run([DOCS / "submit.sh", "2"], env=environment, check=False)
    assert done.returncode == 4
    assert len(Path(environment["JOBS"]).read_text().splitlines()) == 1


@pytest.mark.parametrize("file", ["cocopfs.sbatch", "submit.sh"])
def test_the_scripts_are_sound(file: str) -> None:
    subprocess.run(["bash", "-n", DOCS / file], check=True)
    shellcheck = shutil.which(
        "shellcheck", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    )
    if shellcheck is None:
        pytest.skip("shellcheck is not installed")
    subprocess.run([shellcheck, DOCS / file], check=True)


@pytest.mark.full
def test_the_jobs_make_the_dataset_that_one_build_makes(
    environment: dict[str, str], material: Material, tmp_path: Path
) -> None:
    (tmp_path / "bin" / "cocopfs").write_text(
        f'#!/bin/bash\nexec "{sys.executable}" -m cocopfs "$@"\n'
    )
    small = ("select.shard_photos=10", "enroll.shard_identities=1", "swap.shard_photos=2")
    options = [word for one in ("swap.swapper=blend", *small) for word in ("--set", one)]
    environment |= {
        "COCO": str(material.coco),
        "VGGFACE2": str(material.vggface2),
        "PACK": str(material.pack),
        "RECIPE": "trial",
        "DEVICE": "cpu",
        "OPTIONS": " ".join(["--limit", "60", *options]),
    }
    submit(environment, 3)
    run(trial_build(material, tmp_path / "expected", *small, limit=60))
    made = published(tmp_path / "out")
    made.pop("private/preview.png")  # the command's, not the build's
    assert made == published(tmp_path / "expected")
