#!/bin/sh
# Sets up .tools (uv) and .venv (the project). Usage: bootstrap.sh [runtime|dev]
#
# Safe to run again: stamps named after the requirement files make the second run a matter of milliseconds.
# Exit 2 with one sentence where no usable Python can be had. Everything it says goes to standard error,
# because `make demo SERVE=0` promises that the last line of standard output is a JSON object.
set -eu

cd "$(dirname "$0")/.."
here=$(pwd -P)
level=${1:-runtime}
case "$level" in
    runtime | dev) ;;
    *)
        echo "用法：sh scripts/bootstrap.sh [runtime|dev]" >&2
        exit 2
        ;;
esac
# Once the test tools are in, they stay: a demo run after a test run must not take them away.
if [ -f .venv/.wenming-dev ]; then level=dev; fi
if [ "$level" = dev ]; then requirements=requirements-dev.txt; else requirements=requirements.txt; fi

say() { printf '%s\n' "$*" >&2; }

stop() {
    say "$*"
    exit 2
}

# A stamp holds what the folder was made from; the path is in it because a moved .venv is a broken one.
wanted() { { printf '%s\n' "$here"; cat "$@"; } | cksum; }

current() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

tools_wanted=$(wanted requirements-tools.txt)
venv_wanted=$(wanted "$requirements" pyproject.toml)

if current ".venv/.wenming-$level" "$venv_wanted" && [ -x .venv/bin/wenming ] && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi

as_root() { [ "$(id -u)" = 0 ]; }

has_ensurepip() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

install_venv_module() {
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if ! command -v apt-get >/dev/null 2>&1; then
        stop "这个 Python（$1）缺少 venv 模块。请安装带 venv 的 Python 3.12–3.14 后再运行一次。"
    fi
    if ! as_root; then
        stop "这个 Python（$1）缺少 venv 模块。请先运行：sudo apt-get install python${version}-venv"
    fi
    say "正在安装 python${version}-venv …"
    for attempt in "python${version}-venv" update "python${version}-venv" python3-venv; do
        if [ "$attempt" = update ]; then
            apt-get update -q >&2 || true
        elif DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$attempt" >&2; then
            has_ensurepip "$1" && return 0
        fi
    done
    stop "python${version}-venv 装不上。请检查软件源后运行：apt-get install python${version}-venv"
}

# .tools holds one program, uv, pinned and hashed like everything else.
make_tools() {
    maker=$1
    if current .tools/.wenming "$tools_wanted" && .tools/bin/uv --version >/dev/null 2>&1; then return 0; fi
    say "正在准备安装工具（.tools）…"
    rm -rf .tools
    if ! has_ensurepip "$maker" && command -v uv >/dev/null 2>&1; then
        # A uv that is already here makes environments without ensurepip.
        UV_PYTHON_DOWNLOADS=never uv venv -q --seed --python "$maker" .tools >&2
    else
        has_ensurepip "$maker" || install_venv_module "$maker"
        "$maker" -m venv .tools >&2
    fi
    if ! .tools/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-tools.txt >&2; then
        rm -rf .tools
        stop "安装工具 uv 下载失败。请检查网络（PyPI）后再运行一次。"
    fi
    printf '%s' "$tools_wanted" >.tools/.wenming
}

# The last resort: an older python3 runs uv, and uv fetches a newer Python (needs the open internet).
python_from_uv() {
    for old in python3 python; do
        if "$old" -c 'import sys; sys.exit(sys.version_info < (3, 8))' >/dev/null 2>&1; then
            has_ensurepip "$old" || as_root || command -v uv >/dev/null 2>&1 || return 1
            make_tools "$old"
            say "本机没有 Python 3.12 以上版本，试着用 uv 下载一个 …"
            UV_HTTP_TIMEOUT=30 .tools/bin/uv python install -q 3.13 >&2 2>&1 || return 1
            return 0
        fi
    done
    return 1
}

python=$(sh scripts/find_python.sh) || python=""
if [ -z "$python" ] && python_from_uv; then
    python=$(sh scripts/find_python.sh) || python=""
fi
if [ -z "$python" ]; then
    stop "需要 Python 3.12–3.14（自带 SQLite ≥ 3.37），本机没有找到。请装一个（例如 pyenv install 3.13，或换用 Debian 13 / Ubuntu 24.04），也可以用 PYTHON=/路径/python3 指明，然后再运行一次。"
fi

make_tools "$python"

UV_PYTHON_DOWNLOADS=never
export UV_PYTHON_DOWNLOADS
uv=.tools/bin/uv
# Without a network a warm cache is enough.
uv_pip() { "$uv" pip "$@" >&2 || { say "在线安装失败，改用本机缓存再试 …" && "$uv" pip "$@" --offline >&2; }; }

# A tree that was moved or copied needs a new environment: the scripts in it begin with the old path.
if [ -f .venv/.wenming-path ] && ! current .venv/.wenming-path "$here"; then rm -rf .venv; fi
if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then
    say "正在建立运行环境（.venv，$python）…"
    rm -rf .venv
    "$uv" venv -q --python "$python" .venv >&2
fi
printf '%s' "$here" >.venv/.wenming-path

# Installed, not synchronised: nothing is taken away under a site that is running from this environment.
say "正在安装依赖（$requirements）…"
rm -f .venv/.wenming-runtime .venv/.wenming-dev
if ! { UV_PYTHON=.venv/bin/python && export UV_PYTHON &&
    uv_pip install -q --require-hashes -r "$requirements" &&
    uv_pip install -q --no-deps --no-build-isolation -e .; }; then
    if [ "$level" = dev ]; then : >.venv/.wenming-dev; fi
    stop "依赖安装失败。请检查网络（PyPI）后再运行一次。"
fi
printf '%s' "$venv_wanted" >".venv/.wenming-$level"
