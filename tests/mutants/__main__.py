"""Breaks laws and rules on purpose, one at a time, and asks `regolith verify` which case notices.

python -m tests.mutants [--only NAME ...] [--missing]     writes TABLE.md; ends with 1 if a mutant survives
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from regolith.verify.case import Case
from regolith.verify.catalogue import cases
from tests.mutants import contacts, drives, surfaces
from tests.mutants.mutant import ROOT, Mutant

TABLE = Path(__file__).parent / "TABLE.md"
MUTANTS = surfaces.MUTANTS + contacts.MUTANTS + drives.MUTANTS
PRECISION = "f64"  # its tolerances are the tight ones
HEAD = """# Mutants

Each is the package with one line of a law or rule broken; `make mutants` runs the quick cases of `regolith verify` on
it, in f64, and stops at the first that fails. A mutant that survives means a case is missing.

| mutant | file | caught by |
|---|---|---|
"""


def order(mutant: Mutant, known: dict[str, Case]) -> list[list[str]]:
    """Names of quick cases to run: the suspects, then, if they notice nothing, all others."""
    quick = [case for case in known.values() if not case.long]
    words = mutant.suspects.split()
    first = [case.name for word in words for case in quick if word in (case.name, case.family)]
    return [list(dict.fromkeys(first)), [case.name for case in quick if case.name not in first]]


def copy(source: Path, folder: Path) -> None:
    """The packages, and what they read."""
    for part in ("regolith", "kernels", "data"):
        shutil.rmtree(folder / part, ignore_errors=True)
        shutil.copytree(source / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))


def first_failure(folder: Path, names: list[str]) -> str:
    """Runs cases on the packages in a folder until one fails; which, and in what. Empty if all pass."""
    words = [sys.executable, "-m", "regolith.verify.worker", PRECISION, "cpu", "1", "0", *names]
    paths = os.pathsep.join([str(folder), str(folder / "kernels")])
    env = os.environ | {"PYTHONPATH": paths, "REGOLITH_CACHE": str(folder / "cache")}
    owed = list(names)
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(
            words, cwd=folder, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            outcome = json.loads(line)
            owed.remove(outcome["case"])
            wrong = next((check for check in outcome["checks"] if check["passed"] is False), None)
            if wrong or outcome["error"]:
                process.kill()
                said = (
                    wrong["quantity"]
                    if wrong
                    else outcome["error"].splitlines()[-1].partition(":")[0].rpartition(".")[2] + " raised"
                )
                return f"{outcome['case']}: {said}"
    return f"{owed[0]}: the process died" if owed else ""


def read_table() -> dict[str, str]:
    """Who caught what, by mutant, as last written."""
    rows = [line.strip("| \n").split(" | ") for line in TABLE.read_text().splitlines()] if TABLE.exists() else []
    return {row[0]: row[2] for row in rows if len(row) == 3 and row[0] != "mutant"}


def write_table(caught: dict[str, str]) -> None:
    """In the order of the mutants; those that no longer exist go."""
    rows = [f"| {m.name} | {m.file} | {caught[m.name]} |\n" for m in MUTANTS if m.name in caught]
    TABLE.write_text(HEAD + "".join(rows))


def main() -> int:
    """Run the mutants that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these mutants alone")
    parser.add_argument("--missing", action="store_true", help="those that the table does not know as caught")
    words = parser.parse_args()
    caught = read_table()
    unknown = set(words.only) - {m.name for m in MUTANTS}
    if unknown:
        parser.error(f"no such mutants: {sorted(unknown)}; there are {[m.name for m in MUTANTS]}")
    wanted = [m for m in MUTANTS if not words.only or m.name in words.only]
    if words.missing:
        wanted = [m for m in wanted if caught.get(m.name, "SURVIVED") == "SURVIVED"]
    known = cases()
    with tempfile.TemporaryDirectory(prefix="regolith-mutants-") as name:
        folder = Path(name)
        copy(ROOT, folder)
        copy(folder, folder / "sound")  # edits in the working tree meanwhile change nothing
        sound = list(dict.fromkeys(case for m in wanted for case in order(m, known)[0]))
        found = first_failure(folder, sound) if sound else ""  # also compiles what the mutants leave alone
        if found:
            print(f"unbroken, yet {found}: mend that first")
            return 2
        for mutant in wanted:
            began = time.perf_counter()
            copy(folder / "sound", folder)
            mutant.apply(folder)
            found = next((f for some in order(mutant, known) if some and (f := first_failure(folder, some))), "")
            caught[mutant.name] = found or "SURVIVED"
            write_table(caught)
            print(f"{mutant.name}: {caught[mutant.name]} ({time.perf_counter() - began:.0f} s)", flush=True)
    survivors = [m.name for m in wanted if caught[m.name] == "SURVIVED"]
    print(f"{len(wanted)} mutants, {len(survivors)} survived: {', '.join(survivors)}" if survivors else "all caught")
    return int(bool(survivors))


if __name__ == "__main__":
    sys.exit(main())
