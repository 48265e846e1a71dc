"""Where runs go on this machine: a slot per GPU, or as many as there are cores for."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence

from regolith.errors import ConfigError
from regolith.runtime import cores

_DEVICES = "CUDA_VISIBLE_DEVICES"
_PATIENCE = 20.0  # with nvidia-smi, which wakes sleeping devices [s]


def places(arch: str, threads: int, slots: int | None = None) -> Sequence[Mapping[str, str]]:
    """The environment of each slot.

    Args:
        arch: Backend. On "gpu" and "cuda" each slot has a GPU of its own: of those that CUDA_VISIBLE_DEVICES lists, or
            else of those that `nvidia-smi` does. Without either, and on other GPU backends, there is one slot.
        threads: CPU threads of a run.
        slots: How many; at most one per GPU. None: as many as there are GPUs, or cores for.

    Raises:
        ConfigError: CUDA_VISIBLE_DEVICES hides every device, or there is none for "cuda".
    """
    if arch == "cpu":
        return [{}] * (slots or max(1, cores() // threads))
    devices = _devices() if arch in ("gpu", "cuda") else []
    if arch == "cuda" and not devices:
        raise ConfigError(
            f"arch = 'cuda': nvidia-smi shows no GPU here; use --arch cpu, or set {_DEVICES} if there is one after all"
        )
    return [{_DEVICES: device} for device in devices][:slots] or [{}]


def _devices() -> list[str]:
    listed = os.environ.get(_DEVICES)
    if listed is None:
        return _installed()
    devices = [device for part in listed.split(",") if (device := part.strip())]
    if not devices or devices[0] == "-1":
        raise ConfigError(f"{_DEVICES} = {listed!r}: hides every GPU; list some, unset it, or use --arch cpu")
    return devices


def _installed() -> list[str]:
    """UUIDs, which unlike numbers mean the same to CUDA and to nvidia-smi; of the parts where a GPU is divided."""
    try:
        said = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=_PATIENCE, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    found: list[str] = []
    for kind, uuid in re.findall(r"^\s*(GPU|MIG) .*\(UUID: ([^)]+)\)", said.stdout, re.MULTILINE):
        if kind == "MIG" and found and found[-1].startswith("GPU-"):
            found.pop()  # the whole, of which this is the first part
        found.append(uuid)
    return found
