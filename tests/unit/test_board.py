"""What a campaign shows while it goes: lines in a pipe, bars on a terminal."""

import sys
import types

from regolith.board import TerminalBoard

ROW = {"name": "dig-1", "stored_mass_kg": 0.25, "cumulative_mass_kg": 0.55, "outcome": "done", "reason": ""}
DIGGING = {"time": 0.5, "end": 2.0, "wall_s": 3.0, "grain_steps_per_s": 1e6, "captured_mass": 0.1}


def test_plain_lines_come_once_in_a_while_for_each_operation(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("regolith.board.time", types.SimpleNamespace(monotonic=lambda: now[0]))
    with TerminalBoard() as board:
        board.begin("dig-1")
        for share in (0.1, 0.2, 0.9):
            board.hear("dig-1", {"stage": "pouring", "share": share})
            board.hear("drill", {"stage": "relaxing", "share": share})
            now[0] += 6.0
        board.hear("dig-1", DIGGING)
        board.hear("dig-1", {"warn": "soft"})
        board.end(ROW)
        board.end(ROW | {"name": "drill", "outcome": "stalled", "reason": "torque limit"})
    assert capsys.readouterr().err.splitlines() == [
        "dig-1: pouring (10%)", "drill: relaxing (10%)", "dig-1: pouring (90%)", "drill: relaxing (90%)",
        "dig-1: digging (25%), 100.0 g held", "warning: dig-1: soft", "dig-1: 250 g, 0.550 kg so far",
        "drill: 250 g, 0.550 kg so far (stalled: torque limit)",
    ]  # fmt: skip


def test_a_terminal_gets_a_bar_for_each_operation_at_work(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with TerminalBoard() as board:
        for name in ("dig-1", "drill"):
            board.begin(name)
            board.begin(name)
        board.hear("dig-1", DIGGING)
        bars = board._bars
        assert [(task.description, task.percentage) for task in bars.tasks] == [("dig-1", 25), ("drill", 0)]
        board.end(ROW)
        board.hear("dig-1", DIGGING)  # a last word that was on its way
        assert [task.description for task in bars.tasks] == ["drill"]
        board.clear()
        assert not bars.tasks and not board.stop_asked()
    assert "dig-1: 250 g, 0.550 kg so far" in capsys.readouterr().err
