#!/bin/bash
# The runs of a study as an array of Slurm jobs, for sites without Dask.
#
#   regolith sweep STUDY.toml --prepare --out DIR
#   sbatch --array=1-$(wc -l < DIR/runs.txt)%32 slurm-array.sh DIR     # at most 32 at once
#   regolith sweep STUDY.toml --out DIR                                # collects the results, does what is left
#
# Submitted once more it goes on with what was cut off. Copy it, and change what your site wants changed.

#SBATCH --job-name=regolith
#SBATCH --cpus-per-task=2
#SBATCH --mem=4G
#SBATCH --time=04:00:00
#SBATCH --output=%x-%A-%a.log
#SBATCH --signal=B:TERM@300
# The last line: five minutes before the time is up the run is told to write its checkpoint and end.

study=${1:?which study directory? sbatch --array=1-N slurm-array.sh DIR}
id=$(sed -n "${SLURM_ARRAY_TASK_ID:?is submitted with sbatch --array}p" "$study/runs.txt")
if [ -z "$id" ]; then
    echo "$study/runs.txt has no line $SLURM_ARRAY_TASK_ID" >&2
    exit 2
fi
# module load python/3.12
exec regolith resume "$study/runs/$id" --threads "${SLURM_CPUS_PER_TASK:-1}"
