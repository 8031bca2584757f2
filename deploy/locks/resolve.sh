#!/bin/sh
# Resolve one lock file: `resolve.sh run|test|lab`. Hashes pin every file; no address of an index is written.
set -eu
cd "$(dirname "$0")/../.."
case "$1" in
  run) extras="" ;;
  test) extras="--extra dev" ;;
  lab) extras="--extra lab --extra dev" ;;
  *) echo "expected run, test or lab, got $1" >&2; exit 2 ;;
esac
# PyTorch is left out: its CPU build comes from its own index, the default one brings GPU libraries.
without_torch=$(mktemp)
trap 'rm -f "$without_torch"' EXIT
echo "torch ; python_version < '3'" >"$without_torch"
# shellcheck disable=SC2086
uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
  --no-emit-index-url --no-emit-find-links --override "$without_torch" $extras pyproject.toml -o "deploy/locks/$1.txt"
