"""A verification that is killed leaves no worker behind."""

import subprocess
import sys

WORKER = """
import time
from regolith.verify.worker import end_with_parent
end_with_parent()
print(1, flush=True)
time.sleep(300)
"""
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WORKER!r}])"


def test_a_worker_ends_with_its_parent():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout.readline() == "1\n"  # the worker has seen its parent
    parent.kill()
    parent.communicate(timeout=60)  # until the worker, too, has let go of the pipe
