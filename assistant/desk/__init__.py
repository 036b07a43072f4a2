"""The desk: handlers by theme, the one door, and the worker."""
