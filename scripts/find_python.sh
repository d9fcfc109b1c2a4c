#!/bin/sh
# Prints the path of a Python that can run the project (3.12 up to 3.14, with SQLite ≥ 3.37, SSL and ctypes).
# Exit 1 where none is found. Looks at $PYTHON, PATH, pyenv's version folders (its shims do not say which
# versions they hide), interpreters managed by uv, Homebrew and the python.org folders of macOS.
set -u

fits() {
    [ -n "$1" ] || return 1
    "$1" -c '
import ctypes, sqlite3, ssl, sys, zlib
good = (3, 12) <= sys.version_info[:2] < (3, 15) and sqlite3.sqlite_version_info >= (3, 37)
sys.exit(0 if good else 1)' >/dev/null 2>&1
}

show() {
    "$1" -c 'import sys; print(sys.executable)'
    exit 0
}

for name in "${PYTHON:-}" python3.13 python3.14 python3.12 python3 python; do
    if fits "$name"; then show "$name"; fi
done

home="${HOME:-/nonexistent}"
uv_folder="${UV_PYTHON_INSTALL_DIR:-${XDG_DATA_HOME:-$home/.local/share}/uv/python}"
for version in 3.13 3.14 3.12; do
    for path in \
        "${PYENV_ROOT:-$home/.pyenv}"/versions/"$version"*/bin/python3 \
        "$home"/.pyenv/versions/"$version"*/bin/python3 \
        /opt/pyenv/versions/"$version"*/bin/python3 \
        "$uv_folder"/cpython-"$version"*/bin/python3 \
        /opt/homebrew/opt/python@"$version"/bin/python"$version" \
        /usr/local/opt/python@"$version"/bin/python"$version" \
        /Library/Frameworks/Python.framework/Versions/"$version"/bin/python3 \
        /usr/local/bin/python"$version" \
        /opt/python"$version"/bin/python3; do
        if fits "$path"; then show "$path"; fi
    done
done
exit 1
