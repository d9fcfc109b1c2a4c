"""Benchmarks, never tests: `make bench` prints measures, targets and ratios of one run on this machine."""
