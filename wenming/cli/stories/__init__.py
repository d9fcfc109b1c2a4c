"""Stories: the year behind each of the five seed documents, entered through the ordinary deeds and summed up.

A story is data (`seed-*.yaml`): an invented town, what happened there in how many records, and which figures its
summary states. `book` reads it, `ground` builds town and people, `logs` and `tours` enter the year, `telling`
writes the summary and the list of figures. `docs/operations.md` tells how to run them.
"""
