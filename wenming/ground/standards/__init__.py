"""Standards: what a county decides about matters, points and departments, as versioned packs.

A pack is loaded once and never changed afterwards; a new decision is a new version with a day of force, so
that a past period is always explained by the version of then (architecture §4, handbook D16).
"""
