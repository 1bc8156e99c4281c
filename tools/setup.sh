#!/bin/sh
# `setup.sh run` makes .venv with what Breakfix runs with; `setup.sh test` adds what its tests need.
# Nothing happens when .venv already holds exactly that. Everything comes from the hash-pinned files;
# uv is used when it is on the PATH, otherwise the pip that comes with Python.
set -eu
cd "$(dirname "$0")/.."
venv=.venv

new_enough() { "$1" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# Whether it was built to be fast: the system's own is, others say so. One that was not takes a fifth longer for all.
fast() {
    new_enough "$1" && "$1" -m ensurepip --version >/dev/null 2>&1 && "$1" -c 'import sys, sysconfig
built = sysconfig.get_config_var("CONFIG_ARGS") or ""
sys.exit(sys.base_prefix != "/usr" and "--enable-optimizations" not in built)'
}

find_python() {
    if [ -n "${PYTHON:-}" ] && new_enough "$PYTHON"; then echo "$PYTHON"; return; fi
    for good in fast new_enough; do
        for python in python3 python3.13 python3.12 python3.11 python /usr/bin/python3; do
            if "$good" "$python"; then echo "$python"; return; fi
        done
    done
    echo "setup: no Python 3.11 or newer found (with its venv module); name one: make setup PYTHON=/path" >&2
    exit 1
}

install() { # install a requirements file, hashes checked
    if command -v uv >/dev/null; then
        uv pip install --quiet --python "$venv/bin/python" --require-hashes -r "$1"
    else
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$1"
    fi
}

install_breakfix() { # the package itself, editable; flit-core from the lock builds it
    if command -v uv >/dev/null; then
        uv pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation -e .
    else
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
            --no-deps --no-build-isolation -e .
    fi
}

wanted() { cat "$@" | cksum; }

# A part is up to date when the note it left names the same pinned files.
is_done() { [ -x "$venv/bin/breakfix" ] && [ "$(cat "$venv/.installed-$1" 2>/dev/null)" = "$2" ]; }

run_sum="$(wanted requirements/run.txt pyproject.toml)"
if ! is_done run "$run_sum"; then
    if ! new_enough "$venv/bin/python"; then
        python="$(find_python)"
        echo "setup: making $venv with $("$python" --version)"
        rm -rf "$venv"
        "$python" -m venv "$venv"
    fi
    echo "setup: installing what Breakfix runs with"
    install requirements/run.txt
    install_breakfix
    echo "$run_sum" >"$venv/.installed-run"
fi

if [ "${1:-run}" = test ]; then
    test_sum="$(wanted requirements/test.txt)"
    if ! is_done test "$test_sum"; then
        echo "setup: installing what its tests need"
        install requirements/test.txt
        echo "$test_sum" >"$venv/.installed-test"
    fi
fi
