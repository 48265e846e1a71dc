"""Same bits for any number of threads, again and again, and after whatever stands in the way of a run."""

import json
import shutil
from pathlib import Path

import h5py
import pytest

import regolith
from regolith.errors import Interrupted, OutputError
from regolith.output.history import read
from regolith.sampling import Sampler
from regolith.watch import Silent
from tests.mission.tiny import settings
from tests.reliability.test_mission_kill import assert_same_record
from tests.reliability.test_output_disk import largest_file


class Careful(Silent):
    """Keeps warnings and stages, and asks to stop at the n-th look."""

    def __init__(self, looks: int | None = None) -> None:
        self.looks = looks
        self.warnings: list[str] = []
        self.stages: list[str] = []

    def stage(self, text: str, share: float) -> None:
        self.stages.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def stop_asked(self) -> bool:
        if self.looks is None:
            return False
        self.looks -= 1
        return self.looks < 0


def hash_of(folder: Path) -> str:
    return json.loads((folder / "status.json").read_text())["result"]["final_state_sha256"]


def checkpoints(folder: Path) -> list[Path]:
    return sorted((folder / "checkpoints").glob("ckpt_*.h5"))


@pytest.fixture(scope="module")
def halfway(tmp_path_factory) -> Path:
    """An interrupted run with two checkpoints. Not to be changed."""
    folder = tmp_path_factory.mktemp("halfway") / "run"
    with pytest.raises(Interrupted, match=r"t = [\d.]+ s of 2\.2 s; the checkpoint is written.*regolith resume"):
        regolith.run_mission(
            regolith.load_mission("scoop-preview", settings("output.checkpoint_interval=0.01 s")),
            folder,
            watch=Careful(looks=30),
        )
    assert len(checkpoints(folder)) == 2
    return folder


@pytest.fixture
def copy(halfway, tmp_path) -> Path:
    return Path(shutil.copytree(halfway, tmp_path / "run"))


def test_one_thread_all_threads_and_twice(reference, tmp_path):
    mission = regolith.load_mission("scoop-preview", settings())
    watch = Careful()
    for name in ("first", "second"):
        result = regolith.run_mission(mission, tmp_path / name, watch=watch)
        assert result["final_state_sha256"] == hash_of(reference)
        assert_same_record(tmp_path / name, reference)
    assert "bed from the cache" in watch.stages


def test_damaged_newest_checkpoint(copy, reference):
    newest = checkpoints(copy)[-1]
    newest.write_bytes(newest.read_bytes()[:5000])
    watch = Careful()
    regolith.resume_mission(copy, watch=watch)
    damage = watch.warnings[0]
    assert f"{newest}: the checkpoint is damaged" in damage and "taking an older one" in damage
    assert_same_record(copy, reference)


def test_no_whole_checkpoint(copy):
    """Not begun again behind the user's back: that would throw the record away."""
    for path in checkpoints(copy):
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2] ^= 1
        path.write_bytes(raw)
    before = {name: (copy / name).read_bytes() for name in ("grains.vtkhdf", "tools.vtkhdf", "history.h5")}
    watch = Careful()
    with pytest.raises(OutputError, match=r"no checkpoint is whole.*regolith run .*mission\.toml --out NEW"):
        regolith.resume_mission(copy, watch=watch)
    assert len(watch.warnings) == 2 and all("is damaged" in text for text in watch.warnings)
    assert {name: (copy / name).read_bytes() for name in before} == before


def test_changed_mission_is_refused(copy):
    text = (copy / "mission.toml").read_text()
    (copy / "mission.toml").write_text(text.replace("friction = 0.42", "friction = 0.43"))
    assert text != (copy / "mission.toml").read_text()
    with pytest.raises(OutputError, match=r"have changed since the run began .* undo the change, or start a new run"):
        regolith.resume_mission(copy)


def test_resuming_a_finished_run_changes_nothing(reference):
    before = {path: path.read_bytes() for path in reference.rglob("*") if path.is_file()}
    assert regolith.resume_mission(reference)["final_state_sha256"] == hash_of(reference)
    assert {path: path.read_bytes() for path in reference.rglob("*") if path.is_file()} == before


def test_disk_full_during_the_run(tmp_path, reference):
    """The run ends with one message; what was written stays, and with space again the run goes on."""
    folder = tmp_path / "run"
    mission = regolith.load_mission("scoop-preview", settings())
    told = r"grains.vtkhdf: cannot append the frame .*The \d+ frames before it are safe"
    with largest_file(400_000), pytest.raises(OutputError, match=told):
        regolith.run_mission(mission, folder)
    status = json.loads((folder / "status.json").read_text())
    assert status["state"] == "failed" and "File too large" in status["message"]
    with h5py.File(folder / "grains.vtkhdf") as file:
        n_frames = int(file["VTKHDF/Steps"].attrs["NSteps"])
        assert n_frames > 5
    assert len(read(folder / "history.h5")["step"]) >= n_frames
    regolith.resume_mission(folder)
    assert_same_record(folder, reference)


def test_no_look_at_the_grains_is_added_by_a_restart(tmp_path, monkeypatch):
    """Who was carried is noted at the rows of the history alone, so a checkpoint between two rows may not look."""
    looked: list[int] = []
    judge = Sampler.judge

    def noted(self):
        looked.append(self.sim.step_count)
        return judge(self)

    monkeypatch.setattr(Sampler, "judge", noted)
    rare = settings("output.history_interval=0.2 s", "output.frames_per_second=5")
    with pytest.raises(Interrupted):
        regolith.run_mission(regolith.load_mission("scoop-preview", rare), tmp_path / "run", watch=Careful(looks=8))
    with pytest.raises(Interrupted):
        regolith.resume_mission(tmp_path / "run", watch=Careful(looks=4))
    row_every = looked[1]
    assert row_every > 128 and looked == [k * row_every for k in range(len(looked))]
