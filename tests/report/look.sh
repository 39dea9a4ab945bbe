#!/usr/bin/env bash
# Looks at the HTML report of a deployment in a headless browser; tests/report/README.md tells what
# for. Usage: tests/report/look.sh [FOLDER], where the pictures go; REPOINT and BROWSER name programs.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
out=$(mkdir -p "${1:-target/report}" && cd "${1:-target/report}" && pwd)
repoint=${REPOINT:-$root/target/debug/repoint}

browser=${BROWSER:-}
for name in chromium chromium-browser google-chrome chrome; do
  [ -n "$browser" ] || browser=$(command -v "$name" || true)
done
if [ -z "$browser" ]; then
  echo "skipped: no browser; install chromium, or name one with BROWSER=/path/to/chrome"
  exit 0
fi
[ -x "$repoint" ] || { echo "no program at $repoint: cargo build, or name it with REPOINT" >&2; exit 1; }

work=$(mktemp -d)
sandbox=
finish() {
  [ -z "$sandbox" ] || kill "$sandbox" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

# A project with a past of two deployments; the second one fails half-way.
cp -r "$root/config" "$work/config"
cd "$work"
export AWS_ACCESS_KEY_ID=look AWS_SECRET_ACCESS_KEY=look AWS_EC2_METADATA_DISABLED=true
"$repoint" sandbox --example -e dev --port 0 --fault 'UpdateStateMachine:deny' >sandbox.log 2>&1 &
sandbox=$!
for _ in $(seq 100); do
  url=$(grep -o 'http://127\.0\.0\.1:[0-9]*' sandbox.log | head -1 || true)
  [ -z "$url" ] || break
  sleep 0.1
done
[ -n "$url" ] || { cat sandbox.log >&2; exit 1; }
export AWS_ENDPOINT_URL=$url
for run in failed completed; do
  "$repoint" apply -e dev --auto-approve -q >/dev/null || [ "$run" = failed ]
  "$repoint" show -e dev last --out "$out/$run.html"
done

# A page that asks for anything outside of itself shows here: there is no name to resolve.
picture() {
  local page=$1 scheme=$2 number=$3 size=$4
  "$browser" --headless=new --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/browser" \
    --host-resolver-rules='MAP * ~NOTFOUND' --blink-settings="preferredColorScheme=$number" \
    --window-size="$size" --screenshot="$out/$page-$scheme.png" "file://$out/$page.html" \
    >"$work/browser.log" 2>&1
  [ -s "$out/$page-$scheme.png" ] || { cat "$work/browser.log" >&2; exit 1; }
  if grep -E 'Refused to|Uncaught|ERR_' "$work/browser.log"; then
    echo "the page $page.html asks for what it must not" >&2
    exit 1
  fi
  echo "looked at $out/$page-$scheme.png"
}
for page in failed completed; do
  picture "$page" light 1 1120,2300
  picture "$page" dark 0 1120,2300
done
cp "$out/completed.html" "$out/narrow.html"
picture narrow light 1 420,2300
