# Sourced by ./run, ./linli and ./test from the top of the repository: makes .venv, and keeps it at what a lock file says.
# POSIX sh. A second call costs a few milliseconds: a lock file equal to the copy taken after its installation needs nothing.

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for candidate in "${LINLI_PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        printf '%s\n' "$candidate"
        return 0
    done
    say "Linli needs Python 3.11 or newer, and none was found. On Debian or Ubuntu: apt install python3 python3-venv"
    return 1
}

make_venv() {
    if [ -e .venv/bin/python ] && .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        return 0
    fi
    python=$(find_python) || return 1
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        say "$python cannot make virtual environments. On Debian or Ubuntu: apt install python3-venv"
        return 1
    fi
    say "Making .venv with $("$python" -V) ..."
    "$python" -m venv --clear .venv || return 1
}

# Linli itself is not installed: a .pth file puts src/ on the path, relative, so that the folder may be moved.
link_source() {
    for site in .venv/lib/python3*/site-packages; do
        [ -e "$site/linli.pth" ] || echo ../../../../src >"$site/linli.pth"
    done
}

# $1: a lock file; $2: what it is for, in words.
install_lock() {
    make_venv || return 1
    link_source
    if cmp -s "$1" ".venv/$1"; then return 0; fi
    say "Installing $2 (once, about a minute) ..."
    .venv/bin/python -m pip install --quiet --no-deps --require-hashes --only-binary :all: --disable-pip-version-check --no-input \
        --requirement "$1" || { say "The packages of $1 could not be installed: see above."; return 1; }
    cp "$1" ".venv/$1.new" && mv ".venv/$1.new" ".venv/$1"
}
