"""考核评分: rule books as data, and the engine of pure functions that computes, explains and ranks by them.

Nothing here knows a database or the web. The way of a score: `reading` turns a YAML file into a `book`,
`facts` turns a JSONL file into events and units, `engine` computes items (with `operators`), totals and vetoes,
`ranking` the places, `consequences` the proposals; `sheet` is the answer and the memory of the next period.
"""
