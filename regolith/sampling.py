"""Who is captured: every grain is in exactly one of bed, captured, spilled, at every look.

Captured: the centre lies in the tool's capture volume; after lift-off also whatever hangs together with the tool and
not with the bed (the heap). Spilled: carried after lift-off and no longer captured, or gone from the box.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from regolith_kernels import measure
from regolith_kernels.precision import length, ti
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from regolith.bed import Origin
from regolith.particles import Group
from regolith.simulation import Simulation
from regolith.tools.tool import Tool

BED, CAPTURED, SPILLED = 0, 1, 2
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Verdict:
    """Where each grain is, by id.

    Attributes:
        status: BED, CAPTURED or SPILLED, shape (n,).
        heap: Captured outside the capture volume, shape (n,).
        coordination: Grains that each grain touches, shape (n,).
        grains: What `Simulation.grains` gave.
    """

    status: NDArray[np.int8]
    heap: Flags
    coordination: NDArray[np.int64]
    grains: dict[str, np.ndarray]


class _CaptureMesh(Group):
    def __init__(self, corners: Floats) -> None:
        super().__init__()
        self.corners = self._place(ti.Vector.field(3, length), len(corners))
        self._finish()
        self.corners.from_numpy(corners)


class Sampler:
    """Watches one tool through a run.

    Args:
        sim: The run.
        tool: The tool, a surface of the run named "tool".
        surface_z: Height of the undisturbed surface [m].
    """

    def __init__(self, sim: Simulation, tool: Tool, surface_z: float) -> None:
        self.sim, self.tool, self.surface_z = sim, tool, surface_z
        self._row = sim.surroundings.names.index("tool")
        self._mesh = _CaptureMesh(tool.capture.triangles.reshape(-1, 3))
        self.entered = self.lifted_off = False
        self.carried = np.zeros(sim.n_grains, bool)
        self.start = sim.grains()["position"]
        self.site_ids = np.arange(sim.n_grains, dtype=np.int32)

    def trace(self, origin: Origin) -> None:
        """Take over what is known of grains that another run has dug in before."""
        self.start, self.site_ids = origin.positions, origin.ids

    @property
    def origin_depth(self) -> Floats:
        """Depth of each grain below the surface before anything was dug [m], by id."""
        return np.asarray(self.surface_z - self.start[:, 2])

    def judge(self) -> Verdict:
        """Look at the grains now."""
        sim = self.sim
        grains, links, lost = sim.grains(), sim.links(), sim.lost()
        self._follow_tool()
        inside = self._inside() & ~lost
        held = self._hanging(links) & ~lost if self.lifted_off else np.zeros_like(inside)
        captured = inside | held
        if self.lifted_off:
            self.carried |= captured
        status = np.where(captured, CAPTURED, np.where(lost | self.carried, SPILLED, BED)).astype(np.int8)
        coordination = np.bincount(np.concatenate(links), minlength=sim.n_grains)
        return Verdict(status, held & ~inside, coordination, grains)

    def _pose(self) -> tuple[Floats, Floats]:
        origin, rotation, _, _ = self.sim.surroundings.pose_at("tool", self.sim.time)
        return origin, rotation

    def _follow_tool(self) -> None:
        origin, rotation = self._pose()
        lowest = float((self.tool.mesh.vertices @ rotation[2]).min() + origin[2])
        self.entered |= lowest < self.surface_z
        self.lifted_off |= self.entered and lowest > self.surface_z

    def _inside(self) -> Flags:
        sim = self.sim
        origin, rotation = self._pose()
        lower, upper = self.tool.capture.bounds
        measure.mark_inside(
            sim.state_group,
            sim.state_group.inside,
            self._mesh.corners,
            3 * len(self.tool.capture.faces),
            sim.pair_list.n_active,
            origin,
            rotation,
            lower,
            upper,
        )
        return sim.state_group.inside.to_numpy()[: sim.n_grains] != 0

    def _hanging(self, links: tuple[np.ndarray, np.ndarray]) -> Flags:
        """Grains in clusters of touching grains that touch the tool and no wall of the box."""
        n, walls = self.sim.n_grains, self.sim.surface_contacts()
        graph = coo_array((np.ones(len(links[0]), np.int8), links), shape=(n, n))
        n_clusters, cluster = connected_components(graph, directed=False)
        on_tool, on_wall = np.zeros(n_clusters, bool), np.zeros(n_clusters, bool)
        at_tool = walls["surface"] == self._row
        on_tool[cluster[walls["grain"][at_tool]]] = True
        on_wall[cluster[walls["grain"][~at_tool]]] = True
        return np.asarray((on_tool & ~on_wall)[cluster])

    def take(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """What a checkpoint keeps."""
        return {
            "sampling/carried": self.carried,
            "sampling/start": self.start,
            "sampling/site_ids": self.site_ids,
        }, {
            "entered": bool(self.entered),
            "lifted_off": bool(self.lifted_off),
        }

    def restore(self, arrays: dict[str, np.ndarray], meta: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.carried, self.start = arrays["sampling/carried"].astype(bool), arrays["sampling/start"]
        self.site_ids = arrays["sampling/site_ids"]
        self.entered, self.lifted_off = meta["entered"], meta["lifted_off"]

    def close(self) -> None:
        """Give the device's memory back."""
        self._mesh.destroy()
