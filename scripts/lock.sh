#!/bin/sh
# Pins and hashes every Python package for Python ≥ 3.12 on Linux and macOS, and the npm packages.
# The files name no host: hashes say what a file is, the machine's own settings say where it comes from.
set -eu
cd "$(dirname "$0")/.."
UV_PYTHON=$(pwd -P)/.venv/bin/python
UV_PYTHON_DOWNLOADS=never
export UV_PYTHON UV_PYTHON_DOWNLOADS

lock() {
    .tools/bin/uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-header --no-annotate \
        ${UPGRADE:+--upgrade} "$@"
}

lock requirements.in -o requirements.txt
lock requirements-dev.in -c requirements.txt -o requirements-dev.txt
lock requirements-tools.in -o requirements-tools.txt
lock requirements-node.in -o requirements-node.txt
.venv/bin/python scripts/frontend.py --lock
