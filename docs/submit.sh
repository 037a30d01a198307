#!/bin/bash
# Submits a whole sliced build to Slurm: docs/submit.sh SLICES, with the environment that
# docs/cocopfs.sbatch wants. Given again after a failure, it goes on where the build stopped.
set -euo pipefail

slices=${1:?usage: docs/submit.sh SLICES}
job=$(dirname "$0")/cocopfs.sbatch
last=

# The next jobs begin when all tasks of these have succeeded.
submit() {
  last=$(sbatch --parsable ${last:+"--dependency=afterok:$last" --kill-on-invalid-dep=yes} "$@")
}

submit --array="1-$slices" "$job" slice "$slices" # select and enroll
submit --array="1-$slices" "$job" slice "$slices" # describe
submit "$job" whole match
submit "$job" whole calibrate
submit --array="1-$slices" "$job" slice "$slices" # swap
submit "$job" whole build               # judge, caption, write, and whatever is left
echo "the last job is $last"
