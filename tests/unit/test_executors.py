"""Slots and their sub-processes: order, crashes, cancelling, Ctrl-C, and what is heard."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from regolith.sweep.executors import Job, Slots, wait_for_one

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals")
ROOT = Path(__file__).parents[2]
# Says "ready", then waits for SIGINT, and leaves a mark that it came.
PATIENT = """
import signal, sys, time
def stop(*_):
    open(sys.argv[1], "a").write("stopped\\n")
    sys.exit(130)
signal.signal(signal.SIGINT, stop)
print('{"stage": "ready"}', flush=True)
while True:
    time.sleep(0.01)
"""


def job(code: str, *words: object, name: str = "job", **environment: str) -> Job:
    return Job(name, [sys.executable, "-c", code, *map(str, words)], environment)


class Heard(list):
    """Events as they come; `until` waits for one."""

    def __call__(self, name: str, event: dict) -> None:
        self.append((name, event))

    def until(self, name: str, **event: object) -> None:
        limit = time.monotonic() + 30
        while (name, event) not in self:
            assert time.monotonic() < limit, self
            time.sleep(0.005)


def test_codes_and_messages():
    with Slots(2) as slots:
        good = slots.submit(job("print('no news')"))
        bad = slots.submit(job("import sys; print('grain 7', file=sys.stderr); sys.exit(3)"))
        assert (good.ended.code, good.ended.crashed, good.ended.cancelled) == (0, False, False)
        assert (bad.ended.code, bad.ended.message, bad.ended.crashes) == (3, "grain 7", 0)


def test_each_has_its_own_environment():
    heard = Heard()
    code = "import os, json; print(json.dumps({'device': os.environ['DEVICE']}))"
    with Slots(2, heard) as slots:
        tickets = [slots.submit(job(code, name=f"run {k}", DEVICE=str(k))) for k in range(3)]
        assert [ticket.ended.code for ticket in tickets] == [0, 0, 0]
    assert sorted(heard) == [(f"run {k}", {"device": str(k)}) for k in range(3)]


def test_no_more_at_once_than_slots_and_in_order(tmp_path):
    code = """
import os, sys, time
folder, name = sys.argv[1:]
open(os.path.join(folder, name), "w").close()
time.sleep(0.3)
print(len(os.listdir(folder)), file=sys.stderr)
os.unlink(os.path.join(folder, name))
"""
    with Slots(2) as slots:
        tickets = [slots.submit(job(code, tmp_path, k)) for k in range(5)]
        wait_for_one(tickets[:1], 30)
        assert tickets[0].done or tickets[1].done
        assert all(1 <= int(ticket.ended.message) <= 2 for ticket in tickets)


def test_a_crash_is_tried_once_more(tmp_path):
    code = "import os, pathlib, signal, sys; p = pathlib.Path(sys.argv[1]); n = int(p.read_text()) if p.exists() else 0"
    code += "\np.write_text(str(n + 1))\nif n < int(sys.argv[2]): os.kill(os.getpid(), signal.SIGKILL)"
    heard = Heard()
    with Slots(2, heard) as slots:
        once, always = (slots.submit(job(code, tmp_path / str(n), n, name=f"dies {n}")) for n in (1, 5))
        assert (once.ended.code, once.ended.crashes, once.ended.crashed) == (0, 1, False)
        assert (always.ended.code, always.ended.crashes, always.ended.crashed) == (-signal.SIGKILL, 2, True)
    assert (tmp_path / "1").read_text() == (tmp_path / "5").read_text() == "2"
    assert ("dies 1", {"warn": "was ended by SIGKILL; it is tried once more"}) in heard


def test_a_program_that_is_not_there_is_a_failure_with_a_reason():
    with Slots(1) as slots:
        ended = slots.submit(Job("job", ["/nowhere/program"])).ended
        assert (ended.code, ended.crashed) == (1, False) and "could not be started: [Errno 2]" in ended.message


def test_each_slot_gives_its_jobs_its_environment():
    heard = Heard()
    code = "import os, json, time; time.sleep(0.2); print(json.dumps({'place': os.environ['PLACE']}))"
    with Slots([{"PLACE": "a"}, {"PLACE": "b"}], heard) as slots:
        assert slots.number == 2
        tickets = [slots.submit(job(code, name=f"run {k}")) for k in range(4)]
        own = slots.submit(job(code, name="own", PLACE="mine"))
        assert [ticket.ended.code for ticket in (*tickets, own)] == [0] * 5
    assert sorted(event["place"] for _, event in heard) == ["a", "a", "b", "b", "mine"]


def test_a_cancelled_one_is_interrupted_once_and_one_that_waits_never_begins(tmp_path):
    heard, mark = Heard(), tmp_path / "mark"
    with Slots(1, heard) as slots:
        first, second = slots.submit(job(PATIENT, mark)), slots.submit(job(PATIENT, mark, name="second"))
        heard.until("job", stage="ready")
        first.cancel()
        first.cancel()
        second.cancel()
        assert (first.ended.code, first.ended.cancelled, second.ended.cancelled) == (130, True, True)
    assert mark.read_text() == "stopped\n" and [name for name, _ in heard] == ["job"]


def test_leaving_stops_and_waits_for_all(tmp_path):
    heard, mark = Heard(), tmp_path / "mark"
    with pytest.raises(RuntimeError, match="trouble"), Slots(2, heard) as slots:
        for name in "ab":
            slots.submit(job(PATIENT, mark, name=name))
        heard.until("a", stage="ready")
        heard.until("b", stage="ready")
        raise RuntimeError("trouble")
    assert mark.read_text() == "stopped\n" * 2


def test_ctrl_c_reaches_the_children_through_the_parent_alone(tmp_path):
    """A terminal's Ctrl-C goes to the whole group; children are in groups of their own and get it once."""
    code = f"""
import os, signal, sys, time
from regolith.sweep.executors import Job, Slots
from regolith.watch import StopSignals
ready = []
with StopSignals() as watch, Slots(1, lambda name, event: ready.append(event)) as slots:
    ticket = slots.submit(Job("child", [sys.executable, "-c", {PATIENT!r}, sys.argv[1]]))
    while not ready:
        time.sleep(0.01)
    os.killpg(0, signal.SIGINT)
    while not watch.stop_asked():
        time.sleep(0.01)
print(ticket.ended.code)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "mark")],
        capture_output=True, text=True, cwd=ROOT, start_new_session=True, timeout=60,
    )  # fmt: skip
    assert done.stdout == "130\n", done.stderr
    assert (tmp_path / "mark").read_text() == "stopped\n"


def test_a_worker_whose_parent_is_gone_stops(tmp_path):
    code = """
import sys, time
from regolith.sweep.worker import Teller
with Teller() as watch:
    print("ready", flush=True)
    while not watch.stop_asked():
        time.sleep(0.01)
print("stops")
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as worker:
        assert worker.stdin is not None and worker.stdout is not None
        assert worker.stdout.readline() == "ready\n" and worker.poll() is None
        worker.stdin.close()
        assert worker.stdout.read() == "stops\n"
    assert worker.returncode == 0
