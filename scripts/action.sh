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
  own_directory "$bin"
  if [ -n "${ACTION_VERSION:-}" ]; then
    download
  else
    (cd "$GITHUB_ACTION_PATH" && CGO_ENABLED=0 go build -trimpath -tags urfave_cli_no_docs -o "$bin/" ./cmd/keyproof)
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
  signature "v$version" "$work"
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

# signature verifies that the release's own workflow signed the checksums, where cosign is there to tell.
signature() {
  if ! command -v cosign >/dev/null; then
    say notice "cosign is not installed, so the checksum was verified and the signature was not."
    return
  fi
  fetch "$1/checksums.txt.sigstore.json" "$2/checksums.txt.sigstore.json"
  cosign verify-blob --bundle "$2/checksums.txt.sigstore.json" --certificate-oidc-issuer https://token.actions.githubusercontent.com \
    --certificate-identity-regexp '^https://github\.com/keyproof/keyproof/\.github/workflows/release\.yml@refs/tags/v' "$2/checksums.txt" ||
    fail "The signature of the release's checksums is not that of its workflow."
}

fetch() {
  curl --fail --silent --show-error --location --proto '=https' --retry 3 --max-time 300 --output "$2" "$releases/$1" ||
    fail "$releases/$1 cannot be downloaded."
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | awk '{ print $1 }'
}

# lines prints the lines of an input that are not empty, without the spaces around them.
lines() { printf '%s\n' "$1" | sed -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//' -e '/^$/d'; }

# expand adds to the array "paths" what the patterns in an input match, or a pattern itself that matches nothing, so that it is
# an error and not passed over. Expanding a variable runs nothing that is in it.
expand() {
  local pattern found
  while IFS= read -r pattern; do
    local IFS=
    shopt -s nullglob
    shopt -s globstar 2>/dev/null || true # bash 3 has no **
    # shellcheck disable=SC2206
    found=($pattern)
    shopt -u nullglob
    if [ "${#found[@]}" -eq 0 ] || [ -e "$pattern" ]; then found=("$pattern"); fi
    paths+=("${found[@]}")
  done < <(lines "$1")
}

# base_config writes the configuration file of the branch that the pull request goes to, and says where. Where that branch has
# none, the file is empty: that of the pull request does not count.
base_config() {
  local name=${ACTION_CONFIG:-.keyproof.hcl} file="$reports/base.keyproof.hcl"
  if [ -z "${GITHUB_BASE_REF:-}" ]; then
    printf '%s' "${ACTION_CONFIG:-}"
    return
  fi
  git fetch --quiet --no-tags --depth=1 origin "+refs/heads/$GITHUB_BASE_REF" >&2 ||
    fail "The branch $GITHUB_BASE_REF cannot be fetched for its configuration. Let actions/checkout keep its credentials, or fetch the branch before." >&2
  if git cat-file -e "FETCH_HEAD:./$name" 2>/dev/null; then
    git show "FETCH_HEAD:./$name" >"$file"
  else
    : >"$file"
  fi
  printf '%s' "$file"
}

# quiet_commands keeps what it prints from speaking to the runner, which takes ::…:: and ##[…] for commands.
quiet_commands() { tr '\r' ' ' | sed -e 's/##\[/# #[/g' -e 's/^/| /'; }

# pull_request says whether the run belongs to one, whose author need not be trusted.
pull_request() {
  case ${GITHUB_EVENT_NAME:-} in
    pull_request | pull_request_target) ;;
    *) return 1 ;;
  esac
}

# own_directory makes a directory that is no link: what is written into it would go somewhere else.
own_directory() {
  [ ! -L "$1" ] || fail "$1 is a link; it must be a directory of this job alone."
  mkdir -p "$1"
}

check() {
  own_directory "$reports"
  rm -f "$reports"/*
  local args=(check --format github --report "sarif=$reports/keyproof.sarif" --report "text=$reports/keyproof.txt"
    --report "markdown=$reports/keyproof.md" --report "json=$reports/keyproof.json") paths=() config line
  expand "${ACTION_PLAN:-}"
  if [ "${#paths[@]}" -eq 0 ]; then
    expand "${ACTION_DIRECTORY:-.}"
  else
    while IFS= read -r line; do args+=("--source=$line"); done < <(lines "${ACTION_DIRECTORY:-}")
  fi
  while IFS= read -r line; do args+=("--var-file=$line"); done < <(lines "${ACTION_VAR_FILE:-}")
  # Nobody vouches for the author of a pull request: what is not said otherwise is judged as if the gate were to be fooled.
  if pull_request; then
    : "${ACTION_UNTRUSTED:=true}"
    [ "$ACTION_UNTRUSTED" != true ] || [ -n "${ACTION_CONFIG:-}" ] || : "${ACTION_CONFIG_FROM_BASE:=true}"
  fi
  config=${ACTION_CONFIG:-}
  [ "${ACTION_CONFIG_FROM_BASE:-}" != true ] || config=$(base_config)
  [ -z "$config" ] || args+=("--config=$config")
  local name
  for name in fail-on baseline account organization rules category; do
    local variable=ACTION_${name//-/_}
    variable=$(printf '%s' "$variable" | tr '[:lower:]' '[:upper:]')
    [ -z "${!variable:-}" ] || args+=("--$name=${!variable}")
  done
  for name in new-only no-suppressions recursive untrusted; do
    local variable=ACTION_${name//-/_}
    variable=$(printf '%s' "$variable" | tr '[:lower:]' '[:upper:]')
    [ "${!variable:-}" != true ] || args+=("--$name")
  done
  # The runner looks for commands on the error stream, too, where keyproof shows what the input holds.
  local code=0
  {
    "$bin/keyproof" "${args[@]}" -- "${paths[@]}" 2>&1 >&3 | quiet_commands >&2 || code=${PIPESTATUS[0]}
  } 3>&1
  if [ -s "$reports/keyproof.txt" ]; then
    echo "::group::keyproof, the whole report"
    quiet_commands <"$reports/keyproof.txt"
    echo "::endgroup::"
  fi
  output exit-code "$code"
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
  local said args=(comment --file "$ACTION_MARKDOWN")
  [ -z "${ACTION_COMMENT_KEY:-}" ] || args+=("--comment-key=$ACTION_COMMENT_KEY")
  [ "${ACTION_SUGGEST:-}" != true ] || [ -z "${ACTION_JSON:-}" ] || args+=("--suggest=$ACTION_JSON")
  if said=$("$bin/keyproof" "${args[@]}" 2>&1); then
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
