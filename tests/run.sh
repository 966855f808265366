#!/usr/bin/env bash
# All tests, or with SERVICE=name one service's. The face worker's run beside the others, in an environment of their
# own, unless arguments for pytest choose among the others. The last line is pytest's summary of the greater part.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

WORKERS=${WORKERS:-3} # processes, each with servers of its own
LOGS=.run/tests
CHOSEN=(${SERVICE:+"services/$SERVICE"} "$@")
mkdir -p "$LOGS"
face_worker=0
trap '((face_worker)) && kill "$face_worker" 2>/dev/null' EXIT INT TERM

test_face_worker() {
    cd services/proctor/worker || return 1
    exec .venv/bin/python -m pytest -c pyproject.toml --import-mode=importlib -o timeout=600
}

if [[ ${SERVICE:-proctor} == proctor && $# == 0 ]]; then
    test_face_worker >"$LOGS/face-worker.log" 2>&1 &
    face_worker=$!
else
    echo "The face worker's own tests are left out."
fi
.venv/bin/python -m pytest -n "$WORKERS" --dist loadscope --no-loadscope-reorder "${CHOSEN[@]}" 2>&1 | tee "$LOGS/main.log"
status=$?
if ((face_worker)); then
    wait "$face_worker" || { status=1 && cat "$LOGS/face-worker.log"; }
    face_worker=0
    echo "face worker: $(tail -1 "$LOGS/face-worker.log")"
    tail -1 "$LOGS/main.log"
fi
exit $status
