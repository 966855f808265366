#!/bin/sh
# start.sh FILE COMMAND…: becomes COMMAND. Lines NAME=value of FILE, where there is one, hold for this one start:
# so a test gives a process a clock or a crash point of its own, and the supervisor restarts it without.
set -eu
file=$1
shift
if [ -f "$file" ]; then
    mv "$file" "$file.taken"
    while IFS= read -r line; do export "${line?}"; done <"$file.taken"
fi
exec "$@"
