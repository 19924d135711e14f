#!/usr/bin/env bash
# The steps of action.yml: install, check, comment, verdict. Inputs come as ACTION_… variables, the rest is what GitHub's
# runner sets.
set -euo pipefail

temp=${RUNNER_TEMP:?is set by the runner}
bin="$temp/keyproof-bin"
reports="$temp/keyproof-reports"
releases=${ACTION_RELEASES:-https://github.com/keyproof/keyproof/releases/download}

# say KIND TEXT prints a workflow command, in which nothing of the text is taken for another one.
say() {
  local text=$2
  text=${text//'%'/%25}
  text=${text//$'\r'/%0D}
  text=${text//$'\n'/%0A}
  printf '::%s title=keyproof::%s\n' "$1" "$text"
}

fail() {
  say error "$1"
  exit 2
}

output() { printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"; }

install() {
  mkdir -p "$bin"
  if [ -n "${ACTION_VERSION:-}" ]; then
    download
  else
    (cd "$GITHUB_ACTION_PATH" && CGO_ENABLED=0 go build -trimpath -o "$bin/" ./cmd/keyproof)
  fi
  "$bin/keyproof" version
}

download() {
  [[ $ACTION_VERSION =~ ^v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || fail "The input version is not one such as v1.2.3."
  local version=${ACTION_VERSION#v} os arch extension=tar.gz
  case $RUNNER_OS in
    Linux) os=linux ;;
    macOS) os=darwin ;;
    Windows) os=windows extension=zip ;;
    *) fail "There is no released keyproof for $RUNNER_OS." ;;
  esac
  case $RUNNER_ARCH in
    X64) arch=amd64 ;;
    ARM64) arch=arm64 ;;
    *) fail "There is no released keyproof for $RUNNER_ARCH." ;;
  esac
  local archive="keyproof_${version}_${os}_${arch}.${extension}" work
  work=$(mktemp -d "$temp/keyproof-download.XXXXXX")
  fetch "v$version/checksums.txt" "$work/checksums.txt"
  fetch "v$version/$archive" "$work/$archive"
  local want have
  want=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1; exit }' "$work/checksums.txt")
  have=$(sha256 "$work/$archive")
  [ -n "$want" ] || fail "The release's checksums do not name $archive."
  [ "$have" = "$want" ] || fail "The checksum of $archive is $have, the release says $want."
  if [ -n "${ACTION_CHECKSUM:-}" ] && [ "$have" != "$ACTION_CHECKSUM" ]; then
    fail "The checksum of $archive is $have, which is not the input checksum."
  fi
  case $extension in
    zip) unzip -q -o "$work/$archive" keyproof.exe -d "$bin" ;;
    *) tar -xzf "$work/$archive" -C "$bin" keyproof ;;
  esac
  rm -rf "$work"
}

fetch() {
  curl --fail --silent --show-error --location --proto '=https' --retry 3 --max-time 300 --output "$2" "$releases/$1" ||
    fail "$releases/$1 cannot be downloaded."
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | awk '{ print $1 }'
}

check() {
  mkdir -p "$reports"
  rm -f "$reports"/*
  local args=(check --format github --report "sarif=$reports/keyproof.sarif"
    --report "markdown=$reports/keyproof.md" --report "json=$reports/keyproof.json")
  local path=${ACTION_PLAN:-}
  if [ -z "$path" ]; then
    path=${ACTION_DIRECTORY:-.}
  elif [ -n "${ACTION_DIRECTORY:-}" ]; then
    args+=("--source=$ACTION_DIRECTORY")
  fi
  [ -z "${ACTION_FAIL_ON:-}" ] || args+=("--fail-on=$ACTION_FAIL_ON")
  [ -z "${ACTION_CONFIG:-}" ] || args+=("--config=$ACTION_CONFIG")
  [ -z "${ACTION_BASELINE:-}" ] || args+=("--baseline=$ACTION_BASELINE")
  [ -z "${ACTION_ACCOUNT:-}" ] || args+=("--account=$ACTION_ACCOUNT")
  [ "${ACTION_NEW_ONLY:-}" != true ] || args+=(--new-only)
  [ "${ACTION_NO_SUPPRESSIONS:-}" != true ] || args+=(--no-suppressions)
  # The runner looks for commands on the error stream, too, where keyproof shows what the input holds.
  local code=0
  {
    "$bin/keyproof" "${args[@]}" -- "$path" 2>&1 >&3 | tr '\r' ' ' | sed -e 's/##\[/# #[/g' -e 's/^/| /' >&2 || code=${PIPESTATUS[0]}
  } 3>&1
  output exit-code "$code"
  local name
  for name in sarif markdown json; do
    local file="$reports/keyproof.${name/markdown/md}"
    [ ! -f "$file" ] || output "$name" "$file"
  done
  [ ! -f "$reports/keyproof.md" ] || cat "$reports/keyproof.md" >>"$GITHUB_STEP_SUMMARY"
}

# comment never decides the job: a token that may not write, as in runs for forks, costs the comment and nothing else.
comment() {
  case ${GITHUB_EVENT_NAME:-} in
    pull_request | pull_request_target | issue_comment) ;;
    *)
      say notice "This run belongs to no pull request, so nothing is commented."
      return
      ;;
  esac
  local said
  if said=$("$bin/keyproof" comment --file "$ACTION_MARKDOWN" 2>&1); then
    printf '%s\n' "$said"
  else
    say warning "The comment was not written. $said"
  fi
}

verdict() {
  case ${ACTION_EXIT_CODE:-} in
    0) ;;
    1) fail_with 1 "The plan or the sources have findings; they are in the annotations and in the job's summary." ;;
    2) fail_with 2 "Something could not be read or analysed; the step before says what." ;;
    *) fail_with 2 "keyproof did not run to its end; the step before says why." ;;
  esac
}

fail_with() {
  say error "$2"
  exit "$1"
}

case ${1:-} in
  install | check | comment | verdict) "$1" ;;
  *) fail "Usage: action.sh install|check|comment|verdict" ;;
esac
