"""What stays of a state when the sample and the tool are gone."""

import numpy as np

from regolith.sampling import BED, CAPTURED, SPILLED
from regolith.trench import left_behind, remaining

# Five grains, in memory in the order of `ID`; grain 4 has left the box and lies last. Grain 1 is captured.
ID = np.array([2, 0, 1, 3, 4], np.int32)
STATUS = np.array([BED, CAPTURED, SPILLED, BED, SPILLED], np.int8)
PAIRS = [(0, 1), (0, 2), (0, 3), (1, 3), (2, 3)]  # places in memory
WALLS = 2  # surfaces 0 and 1 are walls, 2 is the tool


def state() -> tuple[dict[str, np.ndarray], dict]:
    patch = np.full((5, 2), -1, np.int32)
    surface = np.zeros((5, 2), np.int32)
    patch[0], surface[0] = (7, 1), (2, 1)  # grain 2 touches the tool and a wall
    patch[3], surface[3] = (9, -1), (2, 0)  # grain 3 the tool alone
    i, j = (np.array(side, np.int32) for side in zip(*PAIRS, strict=True))
    arrays = {
        "status": STATUS, "grains/id": ID, "grains/position": np.arange(15.0).reshape(5, 3),
        "list/near": np.arange(5, dtype=np.int32), "contacts/patch": patch, "contacts/surface": surface,
        "contacts/overlap": np.ones((5, 2)), "contacts/springs": np.ones((5, 2, 1, 3)),
        "pairs/i": i, "pairs/j": j, "pairs/touching": np.array([1, 1, 0, 1, 1], np.int32),
        "pairs/springs": np.arange(5.0)[:, None, None] * np.ones((5, 2, 3)), "tallies": np.zeros((3, 9)),
    }  # fmt: skip
    return arrays, {"n_grains": 5, "n_active": 4, "n_listed": 4, "n_pairs": 5, "late": 3, "step": 70}


def test_captured_and_lost_grains_are_gone():
    assert remaining(*state()).tolist() == [True, False, True, True, False]


def test_the_others_keep_their_order_their_pairs_and_their_walls():
    arrays, meta = state()
    found, counts = left_behind(arrays, meta, remaining(arrays, meta), WALLS)
    assert found["grains/id"].tolist() == [1, 0, 2]  # were 2, 0, 3
    np.testing.assert_array_equal(found["grains/position"], arrays["grains/position"][[0, 1, 3]])
    assert found["pairs/i"].tolist() == [0, 0, 1] and found["pairs/j"].tolist() == [1, 2, 2]
    assert found["pairs/springs"][:, 0, 0].tolist() == [0, 2, 3] and found["pairs/touching"].tolist() == [1, 0, 1]
    assert found["contacts/patch"].tolist() == [[-1, 1], [-1, -1], [-1, -1]]
    for name in ("springs", "overlap", "surface"):  # whoever takes the tool's place begins without history
        assert (found[f"contacts/{name}"][0, 0] == 0).all() and (found[f"contacts/{name}"][2, 0] == 0).all()
        assert (found[f"contacts/{name}"][0, 1] == 1).all()
    assert {k: v for k, v in counts.items() if k != "step"} == {
        "n_grains": 3, "n_active": 3, "n_listed": 3, "n_pairs": 3, "late": 0
    }  # fmt: skip
    assert arrays["contacts/patch"][0].tolist() == [7, 1] and arrays["grains/id"].tolist() == ID.tolist()
