"""Taichi kernels of the discrete-element method; they know no files, no configuration and no lunar soil."""
