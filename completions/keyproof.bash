# bash completion for keyproof, made by keyproof completion bash.

# _keyproof_offer WORDS offers those that begin like the word at the cursor. bash 3 has no mapfile.
_keyproof_offer() {
  # shellcheck disable=SC2207
  COMPREPLY=($(compgen -W "$1" -- "$word"))
}

_keyproof_option() { compopt -o "$1" 2>/dev/null || true; }

_keyproof() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]:-}
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    _keyproof_offer "check who can fix merge rules evaluate comment init completion version --help"
    return
  fi
  case "$command $before" in
    "check --format") _keyproof_offer "text json sarif github gitlab junit markdown html"; return ;;
    "check --report")
      _keyproof_option nospace
      _keyproof_offer "text= json= sarif= github= gitlab= junit= markdown= html="
      return
      ;;
    "check --fail-on") _keyproof_offer "critical high medium low never"; return ;;
    "check --root") _keyproof_option dirnames; return ;;
    "check --account") return ;;
    "check --organization") return ;;
    "check --now") return ;;
    "check --rules") _keyproof_option dirnames; return ;;
    "check --access") return ;;
    "check --var") return ;;
    "check --limit")
      _keyproof_option nospace
      _keyproof_offer "string= memory= unpacked= depth= source-file= source-files= source-words= built-string= argument-steps= steps= module-instances= outcomes="
      return
      ;;
    "check --category") return ;;
    "check --kind") _keyproof_offer "key trust identity"; return ;;
    "check --color") _keyproof_offer "auto always never"; return ;;
    "who --format") _keyproof_offer "text markdown html csv hcl json"; return ;;
    "who --report")
      _keyproof_option nospace
      _keyproof_offer "text= json= sarif= github= gitlab= junit= markdown= html="
      return
      ;;
    "who --root") _keyproof_option dirnames; return ;;
    "who --account") return ;;
    "who --organization") return ;;
    "who --now") return ;;
    "who --var") return ;;
    "who --limit")
      _keyproof_option nospace
      _keyproof_offer "string= memory= unpacked= depth= source-file= source-files= source-words= built-string= argument-steps= steps= module-instances= outcomes="
      return
      ;;
    "who --kind") _keyproof_offer "key trust identity"; return ;;
    "who --color") _keyproof_offer "auto always never"; return ;;
    "who --key") return ;;
    "who --principal") return ;;
    "who --action") return ;;
    "who --class") _keyproof_offer "data control use metadata"; return ;;
    "can --format") _keyproof_offer "text json"; return ;;
    "can --report")
      _keyproof_option nospace
      _keyproof_offer "text= json= sarif= github= gitlab= junit= markdown= html="
      return
      ;;
    "can --root") _keyproof_option dirnames; return ;;
    "can --account") return ;;
    "can --organization") return ;;
    "can --now") return ;;
    "can --var") return ;;
    "can --limit")
      _keyproof_option nospace
      _keyproof_offer "string= memory= unpacked= depth= source-file= source-files= source-words= built-string= argument-steps= steps= module-instances= outcomes="
      return
      ;;
    "can --kind") _keyproof_offer "key trust identity"; return ;;
    "can --color") _keyproof_offer "auto always never"; return ;;
    "can --context") return ;;
    "fix --format") _keyproof_offer "text json sarif github gitlab junit markdown html"; return ;;
    "fix --report")
      _keyproof_option nospace
      _keyproof_offer "text= json= sarif= github= gitlab= junit= markdown= html="
      return
      ;;
    "fix --root") _keyproof_option dirnames; return ;;
    "fix --account") return ;;
    "fix --organization") return ;;
    "fix --now") return ;;
    "fix --rules") _keyproof_option dirnames; return ;;
    "fix --var") return ;;
    "fix --limit")
      _keyproof_option nospace
      _keyproof_offer "string= memory= unpacked= depth= source-file= source-files= source-words= built-string= argument-steps= steps= module-instances= outcomes="
      return
      ;;
    "fix --kind") _keyproof_offer "key trust identity"; return ;;
    "fix --color") _keyproof_offer "auto always never"; return ;;
    "fix --rule") return ;;
    "fix --address") return ;;
    "fix --policy") return ;;
    "merge --format") _keyproof_offer "text json sarif github gitlab junit markdown html"; return ;;
    "merge --report")
      _keyproof_option nospace
      _keyproof_offer "text= json= sarif= github= gitlab= junit= markdown= html="
      return
      ;;
    "merge --category") return ;;
    "merge --color") _keyproof_offer "auto always never"; return ;;
    "merge --fail-on") _keyproof_offer "critical high medium low never"; return ;;
    "rules --format") _keyproof_offer "text json markdown"; return ;;
    "comment --suggest") return ;;
    "comment --comment-key") return ;;
    "comment --host") _keyproof_offer "github gitlab"; return ;;
    "comment --repository") return ;;
    "comment --pull-request") return ;;
    "comment --api-url") return ;;
  esac
  local flags=--help
  case $command in
    check)
      flags+=" --format"
      flags+=" --report"
      flags+=" --source"
      flags+=" --fail-on"
      flags+=" --root"
      flags+=" --recursive"
      flags+=" --new-only"
      flags+=" --account"
      flags+=" --organization"
      flags+=" --now"
      flags+=" --config"
      flags+=" --rules"
      flags+=" --baseline"
      flags+=" --write-baseline"
      flags+=" --untrusted"
      flags+=" --access"
      flags+=" --no-suppressions"
      flags+=" --var"
      flags+=" --var-file"
      flags+=" --limit"
      flags+=" --category"
      flags+=" --kind"
      flags+=" --color"
      flags+=" --quiet"
      ;;
    who)
      flags+=" --format"
      flags+=" --report"
      flags+=" --source"
      flags+=" --root"
      flags+=" --recursive"
      flags+=" --account"
      flags+=" --organization"
      flags+=" --now"
      flags+=" --config"
      flags+=" --untrusted"
      flags+=" --var"
      flags+=" --var-file"
      flags+=" --limit"
      flags+=" --kind"
      flags+=" --color"
      flags+=" --quiet"
      flags+=" --key"
      flags+=" --principal"
      flags+=" --action"
      flags+=" --class"
      flags+=" --changes"
      flags+=" --against"
      ;;
    can)
      flags+=" --format"
      flags+=" --report"
      flags+=" --source"
      flags+=" --root"
      flags+=" --recursive"
      flags+=" --account"
      flags+=" --organization"
      flags+=" --now"
      flags+=" --config"
      flags+=" --untrusted"
      flags+=" --var"
      flags+=" --var-file"
      flags+=" --limit"
      flags+=" --kind"
      flags+=" --color"
      flags+=" --quiet"
      flags+=" --context"
      flags+=" --before"
      ;;
    fix)
      flags+=" --format"
      flags+=" --report"
      flags+=" --source"
      flags+=" --root"
      flags+=" --recursive"
      flags+=" --account"
      flags+=" --organization"
      flags+=" --now"
      flags+=" --config"
      flags+=" --rules"
      flags+=" --baseline"
      flags+=" --untrusted"
      flags+=" --no-suppressions"
      flags+=" --var"
      flags+=" --var-file"
      flags+=" --limit"
      flags+=" --kind"
      flags+=" --color"
      flags+=" --quiet"
      flags+=" --write"
      flags+=" --rule"
      flags+=" --address"
      flags+=" --policy"
      flags+=" --interactive"
      ;;
    merge)
      flags+=" --format"
      flags+=" --report"
      flags+=" --category"
      flags+=" --color"
      flags+=" --quiet"
      flags+=" --fail-on"
      ;;
    rules)
      flags+=" --format"
      ;;
    comment)
      flags+=" --file"
      flags+=" --suggest"
      flags+=" --comment-key"
      flags+=" --host"
      flags+=" --repository"
      flags+=" --pull-request"
      flags+=" --api-url"
      ;;
    init)
      flags+=" --write"
      ;;
    completion)
      flags+=" --help"
      ;;
  esac
  if [[ $word == -* ]]; then
    _keyproof_offer "$flags"
    return
  fi
  case $command in
    rules) _keyproof_offer "$(keyproof rules 2>/dev/null | awk '{ print $2 }')" ;;
    completion) _keyproof_offer "bash zsh fish" ;;
  esac # else files, by the options of complete
}

complete -o default -o bashdefault -F _keyproof keyproof
