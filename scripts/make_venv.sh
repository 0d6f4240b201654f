#!/usr/bin/env bash
# Makes a virtual environment: make_venv.sh INTERPRETER FOLDER. Says what is missing where it cannot.
set -euo pipefail
python=$1 folder=$2
if [ -z "$(scripts/newest_python.sh ${python:+"$python"})" ]; then
  echo "Python 3.11, 3.12, 3.13 or 3.14 is needed${python:+, and $python is not one of them}." >&2
  echo "Install one (Debian, Ubuntu: sudo apt-get install -y python3 python3-venv), or name one: make run PYTHON=..." >&2
  exit 1
fi
if ! "$python" -m venv "$folder"; then
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  echo "Please install: sudo apt-get install -y python$version-venv" >&2
  rm -rf "$folder"
  exit 1
fi
