#!/usr/bin/env bash
# Prints an interpreter that Trio runs on, of another version than the one that is named; nothing where none is here.
version='import sys; print("%d.%d" % sys.version_info[:2])'
own=$("$1" -c "$version")
for name in python3.13 python3.12 python3.14 python3.11 python3; do
  found=$(scripts/newest_python.sh "$name")
  if [ -n "$found" ] && [ "$("$found" -c "$version")" != "$own" ]; then echo "$found"; exit 0; fi
done
