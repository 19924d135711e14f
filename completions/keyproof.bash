# bash completion for keyproof. Load it with: source keyproof.bash

# _keyproof_offer WORDS offers those that begin like the word at the cursor. bash 3 has no mapfile.
_keyproof_offer() {
  # shellcheck disable=SC2207
  COMPREPLY=($(compgen -W "$1" -- "$word"))
}

_keyproof_option() { compopt -o "$1" 2>/dev/null || true; }

_keyproof() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]:-}
  local formats="text json sarif github gitlab junit markdown html"
  COMPREPLY=()

  if [ "$COMP_CWORD" -eq 1 ]; then
    _keyproof_offer "check who can fix rules evaluate comment version --help"
    return
  fi

  case "$command $before" in
    "check --format") _keyproof_offer "$formats"; return ;;
    "who --format") _keyproof_offer "text json"; return ;;
    "can --format") _keyproof_offer "text json"; return ;;
    "who --class") _keyproof_offer "data control use metadata"; return ;;
    "fix --format") _keyproof_offer "text json"; return ;;
    "rules --format") _keyproof_offer "text json markdown"; return ;;
    "check --report" | "fix --report")
      _keyproof_option nospace
      _keyproof_offer "${formats// /= }="
      return
      ;;
    "check --fail-on") _keyproof_offer "critical high medium low never"; return ;;
    "check --kind" | "who --kind" | "can --kind" | "fix --kind") _keyproof_offer "key trust identity"; return ;;
    "check --color" | "who --color" | "can --color" | "fix --color") _keyproof_offer "auto always never"; return ;;
    "check --rules" | "fix --rules") _keyproof_option dirnames; return ;;
    "check --limit" | "who --limit" | "can --limit" | "fix --limit")
      _keyproof_option nospace
      _keyproof_offer "string= memory= unpacked= depth= source-file= source-files= built-string= argument-steps= steps= module-instances= outcomes="
      return
      ;;
    "check --account" | "check --organization" | "check --now" | "check --var") return ;;
    "who --account" | "who --organization" | "who --now" | "who --var" | "who --key" | "who --principal" | "who --action") return ;;
    "can --account" | "can --organization" | "can --now" | "can --var" | "can --context") return ;;
    "fix --account" | "fix --organization" | "fix --now" | "fix --var" | "fix --address" | "fix --policy") return ;;
    "fix --rule") _keyproof_offer "$(keyproof rules 2>/dev/null | awk '{ print $2 }')"; return ;;
    "comment --repository" | "comment --pull-request" | "comment --api-url") return ;;
  esac

  if [[ $word != -* ]]; then
    [ "$command" != rules ] || _keyproof_offer "$(keyproof rules 2>/dev/null | awk '{ print $2 }')"
    return # files, by the options of complete
  fi
  local flags=--help
  case $command in
    check)
      flags+=" --format --report --source --fail-on --new-only --account --organization --now --config --rules --baseline"
      flags+=" --write-baseline --no-suppressions --untrusted --var --var-file --limit --kind --color --quiet"
      ;;
    who)
      flags+=" --format --source --untrusted --account --organization --now --config --var --var-file --limit --kind --color --quiet"
      flags+=" --key --principal --action --class --changes"
      ;;
    can)
      flags+=" --format --source --untrusted --account --organization --now --config --var --var-file --limit --kind --color --quiet"
      flags+=" --context --before"
      ;;
    fix)
      flags+=" --format --report --source --account --organization --now --config --rules --baseline --no-suppressions --var --var-file"
      flags+=" --limit --kind --color --quiet --write --rule --address --policy --interactive"
      ;;
    rules) flags+=" --format" ;;
    comment) flags+=" --file --repository --pull-request --api-url" ;;
  esac
  _keyproof_offer "$flags"
}

complete -o default -o bashdefault -F _keyproof keyproof
