#!/usr/bin/env bash
# Prints the first of the named interpreters that has a version which Trio runs on, nothing where none has.
# One that can make virtual environments goes before one that cannot (Debian keeps that in a package of its own).
fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'
for needed in "import ensurepip, venv; " ""; do
  for name in "$@"; do
    if "$name" -c "$needed$fits" >/dev/null 2>&1; then echo "$name"; exit 0; fi
  done
done
