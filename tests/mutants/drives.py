"""Mutants of the drives: their actuators' limits, their hammer, and what they tell their surfaces."""

from tests.mutants.mutant import Mutant

DRIVES = "kernels/regolith_kernels/drives.py"

MUTANTS = [
    Mutant("no limit of force against the advance", DRIVES, "ti.max(lower, -limit)", "lower", "drive-limits"),
    Mutant(
        "weight not known to the feed",
        DRIVES,
        "(target - speed) / response_time - load",
        "(target - speed) / response_time",
        "drive-press",
    ),
    Mutant(
        "power of the speed before the step",
        DRIVES,
        "speed + 0.5 * dt / inertia * (load + blow)",
        "speed",
        "drive-power",
    ),
    Mutant("braking without a limit of power", DRIVES, "if u * u > q:", "if u * u > 1e30 * q:", "drive-power"),
    Mutant(
        "weight on bit without the weight", DRIVES, "drive.weight_on_bit - weight", "drive.weight_on_bit", "drive-press"
    ),
    Mutant("a blow as long as its period", DRIVES, "ti.min(x, length(1.0))", "x", "drive-hammer"),
    Mutant("blows in the air", DRIVES, "drive.soil_force >= 0.0", "drive.soil_force > 0.0", "drive-hammer"),
    Mutant("grains do not see the spin", DRIVES, "= drive.spin * axle.direction", "= point3(0.0)", "drive-stall"),
]
