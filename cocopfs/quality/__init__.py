"""Figures of one swap, and what a score means: pure functions."""
