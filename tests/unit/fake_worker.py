"""In the place of `regolith.sweep.worker`: makes a result up, or fails, as script.json says.

`python fake_worker.py RUNDIR ARCH THREADS`; what to do stands in script.json three folders above: name -> {"mass": kg},
and "exit": code, "signal": number, "wait": seconds, "say": events, "status": what status.json says before it fails;
"times": it fails so many times and succeeds then.
"""

import json
import os
import sys
import time
from pathlib import Path

KEYS = ("grains", "captured_grains", "spilled_grains", "bed_grains", "lost_grains")


def main(rundir: Path) -> int:
    name = rundir.name.partition("-")[2] or rundir.name
    top = rundir.parents[2]
    with (top / "executed").open("a") as file:
        file.write(f"{name}\n")
    script = json.loads((top / "script.json").read_text())[name]
    for event in script.get("say", ()):
        print(json.dumps(event), flush=True)
    time.sleep(script.get("wait", 0.0))
    fails = (top / "executed").read_text().split().count(name) <= script.get("times", 1000)
    if fails and "status" in script:
        (rundir / "status.json").write_text(json.dumps(script["status"]))
    if fails and "signal" in script:
        os.kill(os.getpid(), script["signal"])
    if fails and "exit" in script:
        print("grain 7 is bad", file=sys.stderr)
        return int(script["exit"])
    mass = script["mass"]
    result = {
        "outcome": "done", "reason": "", "captured_mass_kg": mass, "captured_volume_m3": mass / 1500, "work_J": 5.0,
        "simulated_time_s": 2.0, "peak_force_N": 10 * mass, "peak_torque_Nm": 1.0, "peak_power_W": 3.0, "wall_s": 1.0,
        "mean_force_N": 2.0, "mean_torque_Nm": 0.5, "specific_energy_J_per_kg": 5.0 / mass, "size_bias": 1.1,
        "origin_depth_p10_m": 0.01, "origin_depth_p50_m": 0.02, "origin_depth_p90_m": 0.03, "steps": 100,
        **dict.fromkeys(KEYS, 5), "final_state_sha256": name * 2, **script.get("result", {}),
    }  # fmt: skip
    (rundir / "new").write_text(json.dumps({"state": "done", "result": result}))
    (rundir / "new").replace(rundir / "status.json")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
