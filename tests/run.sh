#!/usr/bin/env bash
# All tests, or with SERVICE=name one service's: the face worker's run beside the others, in an environment of their
# own. More arguments go to pytest. The last line is pytest's summary of the greater part.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

WORKERS=${WORKERS:-3} # processes, each with servers of its own
LOGS=.run/tests
WORKER_TESTS=${SERVICE:-proctor}
mkdir -p "$LOGS"

test_face_worker() {
    cd services/proctor/worker && .venv/bin/python -m pytest -c pyproject.toml --import-mode=importlib -o timeout=600
}

face_worker=0
if [[ $WORKER_TESTS == proctor && $# == 0 ]]; then
    test_face_worker >"$LOGS/face-worker.log" 2>&1 &
    face_worker=$!
fi
.venv/bin/python -m pytest -n "$WORKERS" --dist loadgroup ${SERVICE:+"services/$SERVICE"} "$@" 2>&1 | tee "$LOGS/main.log"
status=$?
if ((face_worker)); then
    wait "$face_worker" || { status=1; cat "$LOGS/face-worker.log"; }
    echo "face worker: $(tail -1 "$LOGS/face-worker.log")"
    tail -1 "$LOGS/main.log"
fi
exit $status
