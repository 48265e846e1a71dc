"""What contacts outlive that JKR holds beyond touching. `cases_laws` sets them up."""

import numpy as np
import pytest


def test_jkr_without_surface_energy_is_hertz(figures, precision):
    dry = figures("laws", precision)["dry"]
    assert dry["error"] < {"mixed": 1e-5, "f64": 1e-10}[precision] and dry["apart"] == 0.0


@pytest.mark.parametrize("partner", ["pair", "wall", "slab"])
def test_a_new_pair_list_keeps_a_jkr_contact_until_it_tears(figures, precision, partner):
    rebuild = figures("laws", precision)["rebuild"][partner]
    assert rebuild["change"] == 0.0 and rebuild["torn"]


@pytest.mark.parametrize("partner", ["pair", "wall"])
def test_a_restart_keeps_a_jkr_contact_that_is_held_beyond_touching(figures, precision, partner):
    restart = figures("laws", precision)["restart"][partner]
    assert restart["change"] == 0.0 and restart["pull"] < 0.0


def test_a_jkr_contact_is_held_over_the_edges_of_a_slab(figures, precision):
    """The patch beyond the edge takes the contact over, though no grain touches it, until it tears."""
    edge = figures("laws", precision)["over_the_edge"]
    assert max(edge["patches"]) == 2 and np.abs(edge["torn_at"]).max() < 5e-3
