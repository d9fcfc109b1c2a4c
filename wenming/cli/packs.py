"""Packs as the command line loads them: the loaders of all rooms are joined in `wenming.outcomes.packs`."""

from wenming.outcomes.packs import CALENDAR, LOADER_FOLDERS, LOADERS, load_all

__all__ = ["CALENDAR", "LOADERS", "LOADER_FOLDERS", "load_all"]
