"""The Python half of every pair: what a student reads, and the thin
layer that lets the runner run it."""
