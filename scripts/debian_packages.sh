#!/usr/bin/env bash
# Installs the Debian packages that are named and missing: with apt-get as root, else it says the command.
# A name with a trailing "?" is optional: without it something is skipped, nothing breaks.
set -euo pipefail
command -v dpkg-query >/dev/null || exit 0
missing=() optional=()
for name in "$@"; do
  plain=${name%\?}
  if ! dpkg-query -W -f='${Status}' "$plain" 2>/dev/null | grep -q "install ok installed"; then
    if [ "$plain" = "$name" ]; then missing+=("$plain"); else optional+=("$plain"); fi
  fi
done
[ ${#missing[@]} -eq 0 ] && [ ${#optional[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Debian packages: ${missing[*]} ${optional[*]}"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" "${optional[@]}"; } >/dev/null && exit 0
fi
echo "Please install: sudo apt-get install -y ${missing[*]} ${optional[*]}" >&2
if [ ${#missing[@]} -gt 0 ]; then exit 1; fi
