"""Where Taichi's workers run, and what it says of a mistake in a kernel."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from regolith.runtime import cores

two_cores = pytest.mark.skipif(not hasattr(os, "sched_setaffinity") or cores() < 2, reason="needs two cores of Linux")
WORK = """
import os, sys
from regolith.runtime import start
threads = int(sys.argv[1])
start("cpu", threads)
from regolith_kernels.precision import ti
x = ti.field(ti.f32, 200_000)

@ti.kernel
def work():
    for i in x:
        for k in range(20):
            x[i] = ti.sin(x[i])

def time_on_a_core():
    return {t: int(open(f"/proc/self/task/{t}/schedstat").read().split()[0]) for t in os.listdir("/proc/self/task")}

work()
before = time_on_a_core()
for _ in range(20):
    work()
after = time_on_a_core()
after.pop(str(os.getpid()))
busy = sorted(after, key=lambda t: after[t] - before.get(t, 0))[-threads:]
masks = [os.sched_getaffinity(int(t)) for t in busy]
print(*map(len, masks), len(set().union(*masks)))
"""


def cores_of_workers(threads: int, folder: Path) -> list[int]:
    """How many cores each worker may use, and how many they may use together."""
    file = folder / "work.py"
    file.write_text(WORK)
    said = subprocess.run([sys.executable, str(file), str(threads)], capture_output=True, text=True, check=True)
    return [int(number) for number in said.stdout.split()]


@two_cores
def test_workers_that_have_all_cores_get_one_each(tmp_path):
    n = cores()
    assert cores_of_workers(n, tmp_path) == [1] * n + [n]


@two_cores
def test_a_single_worker_may_use_any_core(tmp_path):
    assert cores_of_workers(1, tmp_path) == [cores(), cores()]


MISTAKE = """
from regolith.runtime import start
start("cpu", 1)
from regolith_kernels.precision import ti

@ti.kernel
def work() -> ti.f32:
    a = 1.0
    return a + nothing

work()
"""


def test_a_mistake_in_a_kernel_is_told_with_its_place(tmp_path):
    file = tmp_path / "mistake.py"
    file.write_text(MISTAKE)
    said = subprocess.run([sys.executable, str(file)], capture_output=True, text=True).stderr
    assert f'File "{file}", line 9, in work:\n    return a + nothing\n' in said
    assert 'Name "nothing" is not defined' in said and "^" not in said
