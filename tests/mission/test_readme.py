"""The Python in README.md runs as it stands (the mission made tiny)."""

import os
import re
import subprocess
import sys

from tests.mission.tiny import ROOT, environment, settings


def test_examples(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    mission, stepping = blocks
    tiny, n = re.subn(r"(load_mission\(.*?, )\[.*?\]", lambda found: found[1] + str(settings()), mission)
    assert n == 1
    done = subprocess.run(
        [sys.executable, "-c", tiny + "\nprint('SECOND')\n" + stepping],
        cwd=tmp_path, env=environment(MPLBACKEND="Agg"), capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.split("SECOND\n")
    assert re.search(r"^\d+\.\d{3} kg, peak force \d+\.\d N$", first, re.MULTILINE)
    lines = second.splitlines()
    assert len(lines) == 10 and all(" N on the scoop, largest force on a grain " in line for line in lines)
    assert float(lines[-1].split()[0]) > 0 and os.listdir(tmp_path) == ["runs"]
