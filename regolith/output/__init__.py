"""What a run leaves behind: run directory, trajectories, history, checkpoints."""
