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
        grains: What `Simulation.grains` gave.
    """

    status: NDArray[np.int8]
    heap: Flags
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
        heaps: Whether what hangs on the tool is captured too; soil on a drill's flutes is no sample.
    """

    def __init__(self, sim: Simulation, tool: Tool, surface_z: float, heaps: bool = True) -> None:
        self.sim, self.tool, self.surface_z, self.heaps = sim, tool, surface_z, heaps
        self._row = sim.surroundings.names.index("tool")
        self._mesh = _CaptureMesh(tool.capture.triangles.reshape(-1, 3)) if tool.capture else None
        self.entered = self.lifted_off = False
        self.carried = np.zeros(sim.n_grains, bool)
        self.secured = np.zeros(sim.n_grains, bool)
        self.places = np.zeros((sim.n_grains, 3))  # of secured grains in the tool's frame [m]
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
        grains, lost = sim.grains(), sim.lost() & ~self.secured
        pose = self._pose()
        self._follow_tool(*pose)
        self._carry(grains, *pose)
        inside = (self._inside(*pose) & ~lost) | self.secured
        held = self._hanging() & ~lost if self.lifted_off and self.heaps else np.zeros_like(inside)
        captured = inside | held
        if self.lifted_off:
            self.carried |= captured
        status = np.where(captured, CAPTURED, np.where(lost | self.carried, SPILLED, BED)).astype(np.int8)
        return Verdict(status, held & ~inside, grains)

    def secure(self) -> None:
        """Close the tool: what lies in the capture volume is kept for good, and leaves the simulation."""
        grains, (origin, rotation) = self.sim.grains(), self._pose()
        held = self._inside(origin, rotation) & ~self.sim.lost()
        self.places[held] = (grains["position"][held] - origin) @ rotation
        self.secured |= held
        self.sim.retire(held)

    def _carry(self, grains: dict[str, np.ndarray], origin: Floats, rotation: Floats) -> None:
        """Secured grains ride with the tool."""
        grains["position"][self.secured] = self.places[self.secured] @ rotation.T + origin
        for name in ("velocity", "spin", "force", "torque"):
            grains[name][self.secured] = 0.0

    @property
    def lost(self) -> Flags:
        """Grains gone from the box, by id, shape (n,)."""
        return self.sim.lost() & ~self.secured

    def core_heights(self, verdict: Verdict) -> Floats:
        """Height of the captured grains over the origin of the tool's frame, along its z [m]."""
        origin, rotation = self._pose()
        return np.asarray((verdict.grains["position"][verdict.status == CAPTURED] - origin) @ rotation[:, 2])

    def _pose(self) -> tuple[Floats, Floats]:
        origin, rotation, _, _ = self.sim.surroundings.pose_at("tool", self.sim.time)
        return origin, rotation

    def _follow_tool(self, origin: Floats, rotation: Floats) -> None:
        lowest = float((self.tool.mesh.vertices @ rotation[2]).min() + origin[2])
        self.entered |= lowest < self.surface_z
        self.lifted_off |= self.entered and lowest > self.surface_z

    def _inside(self, origin: Floats, rotation: Floats) -> Flags:
        sim, capture = self.sim, self.tool.capture
        if capture is None or self._mesh is None:
            return np.zeros(sim.n_grains, bool)
        lower, upper = capture.bounds
        inside = np.zeros(sim.n_grains, np.int32)
        measure.mark_inside(
            sim.state_group,
            inside,
            self._mesh.corners,
            3 * len(capture.faces),
            sim.pair_list.n_active,
            origin,
            rotation,
            lower,
            upper,
        )
        return inside != 0

    def _hanging(self) -> Flags:
        """Grains in clusters of touching grains that touch the tool and no wall of the box."""
        n, walls, links = self.sim.n_grains, self.sim.surface_contacts(), self.sim.links()
        graph = coo_array((np.ones(len(links[0]), np.int8), links), shape=(n, n))
        n_clusters, cluster = connected_components(graph, directed=False)
        on_tool, on_wall = np.zeros(n_clusters, bool), np.zeros(n_clusters, bool)
        at_tool = walls["surface"] == self._row
        on_tool[cluster[walls["grain"][at_tool]]] = True
        on_wall[cluster[walls["grain"][~at_tool]]] = True
        return np.asarray((on_tool & ~on_wall)[cluster])

    def take(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """What a checkpoint keeps."""
        arrays = {name: getattr(self, name) for name in ("carried", "start", "site_ids", "secured", "places")}
        return {f"sampling/{name}": array for name, array in arrays.items()}, {
            "entered": bool(self.entered),
            "lifted_off": bool(self.lifted_off),
        }

    def restore(self, arrays: dict[str, np.ndarray], meta: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.carried, self.secured = (arrays[f"sampling/{name}"].astype(bool) for name in ("carried", "secured"))
        self.start, self.places = arrays["sampling/start"], arrays["sampling/places"]
        self.site_ids = arrays["sampling/site_ids"]
        self.entered, self.lifted_off = meta["entered"], meta["lifted_off"]

    def close(self) -> None:
        """Give the device's memory back."""
        if self._mesh:
            self._mesh.destroy()
