#!/bin/sh
# Write requirements/*.txt from the *.in files: every version with its hashes, no download host.
# Needs uv (UV=/path/to/uv when it is not on the PATH); installing the result needs only Python.
set -eu
cd "$(dirname "$0")/../requirements"
export UV_PYTHON_DOWNLOADS=never UV_PYTHON_PREFERENCE=only-system UV_CUSTOM_COMPILE_COMMAND="make lock"
for part in run test; do
    "${UV:-uv}" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate "$@" "$part.in" -o "$part.txt"
done
if grep -nE '(https?|file)://|^--' run.txt test.txt; then
    echo "lock: a download host got into the lock, see above" >&2
    exit 1
fi
