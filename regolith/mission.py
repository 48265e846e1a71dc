"""A mission from file to result: opens the run directory, starts the runtime, runs, tells how it ended."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from regolith.assemble import Plan, make_plan
from regolith.config import MissionConfig, load_mission
from regolith.errors import GuardTripped, Interrupted, OutputError
from regolith.output.rundir import RunDir
from regolith.runtime import start
from regolith.watch import Silent, Watch


def run(
    config: MissionConfig, out: Path, *, arch: str = "cpu", threads: int | None = None, watch: Watch | None = None
) -> dict[str, Any]:
    """Run a mission into a new run directory.

    Args:
        config: The mission.
        out: The run directory; must not hold a run already.
        arch: Backend, see `runtime.start`.
        threads: CPU threads; None: all.
        watch: Told of the progress.

    Returns:
        The result, as `status.json` holds it.

    Raises:
        ConfigError, OutputError: Bad input, a disk that cannot be written; GuardTripped: the physics went wrong;
        Interrupted: the watch asked to stop, and a checkpoint was written.
    """
    plan = make_plan(config)
    start(arch, threads, config.precision)
    with RunDir.create(Path(out), config.to_toml()) as rundir:
        return _carry_out(plan, rundir, watch or Silent())


def resume(
    rundir: Path, *, arch: str | None = None, threads: int | None = None, watch: Watch | None = None
) -> dict[str, Any]:
    """Go on with an interrupted, killed or failed run, to the same last bit as if nothing had happened.

    Args:
        rundir: Its run directory.
        arch: Backend; None: as before.
        threads: CPU threads; None: all.
        watch: Told of the progress.

    Returns:
        The result; that of a finished run as it is.

    Raises:
        As `run`.
    """
    with RunDir.open(Path(rundir)) as directory:
        status = directory.read_status()
        if status.get("state") == "done":
            return dict(status["result"])
        config, manifest = load_mission(directory.mission), directory.read_manifest()
        before, now = manifest.get("config_hash"), config.content_hash()
        if before not in (None, now):
            raise OutputError(
                f"{rundir}: the mission, its soil file or its STL files have changed since the run began "
                f"(hash {before} then, {now} now); undo the change, or start a new run"
            )
        start(arch or manifest.get("arch", "cpu"), threads, config.precision)
        return _carry_out(make_plan(config), directory, watch or Silent())


def _carry_out(plan: Plan, rundir: RunDir, watch: Watch) -> dict[str, Any]:
    from regolith.mission_run import MissionRun  # imports the kernels, whose precision is frozen then

    rundir.write_status({"state": "running"})
    try:
        with MissionRun(plan, rundir, watch) as work:
            result = work.go()
    except Interrupted as error:
        rundir.write_status({"state": "interrupted", "message": str(error)})
        raise
    except BaseException as error:
        _tell_failure(rundir, error)
        raise
    rundir.write_status({"state": "done", "result": result})
    return result


def _tell_failure(rundir: RunDir, error: BaseException) -> None:
    kind = "guard" if isinstance(error, GuardTripped) else type(error).__name__
    with suppress(OutputError):  # a disk that failed the run cannot take the news of it either
        rundir.write_status({"state": "failed", "reason": kind, "message": str(error)})
