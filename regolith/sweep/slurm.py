"""Workers on a Slurm cluster, through dask-jobqueue, by the settings of a profile file."""

import inspect
import shutil
import signal
import threading
from pathlib import Path
from typing import Any

from regolith.config.files import read_toml
from regolith.config.problems import show
from regolith.errors import ConfigError
from regolith.sweep.cluster import Cluster, need
from regolith.sweep.executors import Listener

# objects of Python, what dask-jobqueue itself refuses, and old names of other keys
_NOT_IN_FILES = {
    "scheduler", "security", "job_cls", "loop", "asynchronous", "scheduler_cls", "n_workers", "dashboard_address",
    "host", "base_class_kwargs", "job_kwargs", "project", "extra", "job_extra", "env_extra", "header_skip",
}  # fmt: skip


def on_slurm(profile: Path, threads: int, hear: Listener) -> Cluster:
    """A Dask scheduler in this process, and Slurm jobs with its workers.

    Jobs whose time is up are replaced as long as the study goes on.

    Args:
        profile: Its file (see data/cluster/slurm.toml): `jobs`, the number of Slurm jobs, and the keyword arguments of
            dask_jobqueue.SLURMCluster.
        threads: CPU threads of a run.
        hear: As of `Slots`.

    Raises:
        ConfigError: Something is wrong with the profile, there is no Slurm here, or dask-jobqueue is missing.
    """
    jobqueue = _jobqueue()
    settings = read_profile(profile, threads)
    jobs = settings.pop("jobs")
    if shutil.which("sbatch") is None:
        raise ConfigError(f"{profile}: there is no sbatch here; run the study on a login node of the Slurm cluster")
    try:
        cluster = jobqueue.SLURMCluster(**settings)
    except (TypeError, ValueError, OSError) as error:
        raise ConfigError(f"{profile}: is refused by dask-jobqueue: {error}") from None
    client = need("distributed").Client(cluster, set_as_default=False, name="regolith")
    return Cluster(client, hear, refresh=lambda: cluster.scale(jobs=jobs), close=cluster.close)


def read_profile(profile: Path, threads: int) -> dict[str, Any]:
    """The settings of a profile; each run gets `threads` cores of its job unless `job_cpu` says otherwise.

    Raises:
        ConfigError: A key is unknown or missing, or has no value that it can have.
    """
    settings = read_toml(profile)
    allowed = _allowed()
    for key in settings:
        if key not in allowed:
            raise ConfigError(f"{profile}: {key}: unknown key. Allowed: {', '.join(allowed)}")
    for key in ("jobs", "cores", "memory"):
        if key not in settings:
            raise ConfigError(f"{profile}: {key} is missing; it has no default")
    for key in ("jobs", "cores"):
        if not isinstance(settings[key], int) or settings[key] < 1:
            raise ConfigError(f"{profile}: {key} = {show(settings[key])}: must be a whole number, 1 or more")
    return {"job_cpu": settings["cores"] * threads} | settings


def _jobqueue() -> Any:
    """dask-jobqueue, whose version 0.9 would make Ctrl-C end the process at once, without checkpoints.

    Raises:
        ConfigError: It is missing, or this is not the main thread, in which alone it can be imported.
    """
    if threading.current_thread() is not threading.main_thread():
        raise ConfigError("slurm: dask-jobqueue can be used from a program's main thread only; call sweep there")
    ctrl_c = signal.getsignal(signal.SIGINT)
    jobqueue = need("dask_jobqueue")
    if ctrl_c is not None:  # None: set by other than Python code
        signal.signal(signal.SIGINT, ctrl_c)
    return jobqueue


def _allowed() -> list[str]:
    """Keys that a profile may have: what dask-jobqueue takes, of that what a file can hold."""
    jobqueue = _jobqueue()
    classes = (jobqueue.slurm.SLURMJob, jobqueue.core.Job, jobqueue.core.JobQueueCluster)
    taken = (name for one in classes for name in inspect.signature(one).parameters)
    return ["jobs", *(name for name in dict.fromkeys(taken) if name not in _NOT_IN_FILES)]
