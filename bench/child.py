"""One bench in a process of its own, on a database of its own: `python -m bench.child MODULE URL [--quick]`."""

import importlib
import sys


def main(words: list[str]) -> None:
    name, url, *more = words
    for row in importlib.import_module(f"bench.{name}").measure(url, quick="--quick" in more):
        print(row.line(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
