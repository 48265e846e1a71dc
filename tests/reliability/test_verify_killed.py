"""A verification that is killed leaves no worker behind."""

import subprocess
import sys

# a case that never ends, in the worker's own main
WORKER = """
import sys, time
from regolith.verify import worker
def hang(*_):
    print("at work", file=sys.stderr, flush=True)
    time.sleep(300)
worker.run_case = hang
worker.main("mixed", "cpu", "1", "0", "hertz-pair")
"""
# a case that ends, in a process that takes a second to end
ENDING = """
import atexit, sys, time
from regolith.verify import worker
atexit.register(time.sleep, 1.0)
worker.run_case = lambda *_: {}
worker.main("mixed", "cpu", "1", "0", "hertz-pair")
"""
PARENT = f"""
import sys
from regolith.verify.run import Crew
Crew().start([sys.executable, "-c", {WORKER!r}], sys.stdout).wait()
"""


def test_a_worker_ends_with_its_parent():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout.readline() == "at work\n"
    parent.kill()
    parent.communicate(timeout=60)  # until the worker, too, has let go of the pipe


def test_the_pipe_of_a_worker_ends_with_it():
    words = [sys.executable, "-c", ENDING]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout.read() == "{}\n"
        worker.stdin.close()  # which would end it at once
        assert worker.wait(timeout=60) == 0
