package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

// ruleWords asks the program for the ids of the rules.
const ruleWords = `keyproof rules 2>/dev/null | awk '{ print $2 }'`

func bashCompletion(line writeLine, commands []*cli.Command) {
	line("# bash completion for keyproof, made by keyproof completion bash.")
	line("")
	line("# _keyproof_offer WORDS offers those that begin like the word at the cursor. bash 3 has no mapfile.")
	line("_keyproof_offer() {\n  # shellcheck disable=SC2207\n  COMPREPLY=($(compgen -W \"$1\" -- \"$word\"))\n}")
	line("")
	line("_keyproof_option() { compopt -o \"$1\" 2>/dev/null || true; }")
	line("")
	line("_keyproof() {")
	line("  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]:-}")
	line("  COMPREPLY=()")
	var names []string
	for _, c := range commands {
		names = append(names, c.Name)
	}
	line("  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    _keyproof_offer \"%s --help\"\n    return\n  fi", strings.Join(names, " "))
	line("  case \"$command $before\" in")
	for _, c := range commands {
		for _, f := range c.Flags {
			bashValue(line, c.Name+" --"+f.Names()[0], f)
		}
	}
	line("  esac")
	line("  local flags=--help")
	line("  case $command in")
	for _, c := range commands {
		for i, f := range c.Flags {
			if i == 0 {
				line("    %s)", c.Name)
			}
			line("      flags+=\" --%s\"", f.Names()[0])
			if i == len(c.Flags)-1 {
				line("      ;;")
			}
		}
	}
	line("  esac")
	line("  if [[ $word == -* ]]; then\n    _keyproof_offer \"$flags\"\n    return\n  fi")
	line("  case $command in")
	for _, c := range commands {
		words, _ := arguments(c)
		switch {
		case c.Name == "rules":
			line("    rules) _keyproof_offer \"$(%s)\" ;;", ruleWords)
		case len(words) > 0:
			line("    %s) _keyproof_offer \"%s\" ;;", c.Name, strings.Join(words, " "))
		}
	}
	line("  esac # else files, by the options of complete\n}")
	line("")
	line("complete -o default -o bashdefault -F _keyproof keyproof")
}

// bashValue writes the case of a flag with a value.
func bashValue(line writeLine, name string, f cli.Flag) {
	o := offered(f)
	d, ok := f.(cli.DocGenerationFlag)
	switch {
	case !ok || !d.TakesValue() || o.files: // the shell offers files by itself
	case o.prefix:
		line("    \"%s\")\n      _keyproof_option nospace\n      _keyproof_offer \"%s\"\n      return\n      ;;", name, strings.Join(o.words, " "))
	case len(o.words) > 0:
		line("    \"%s\") _keyproof_offer \"%s\"; return ;;", name, strings.Join(o.words, " "))
	case o.dirs:
		line("    \"%s\") _keyproof_option dirnames; return ;;", name)
	default:
		line("    \"%s\") return ;;", name)
	}
}

func zshCompletion(line writeLine, commands []*cli.Command) {
	line("#compdef keyproof")
	line("# zsh completion for keyproof, made by keyproof completion zsh.")
	line("")
	line("_keyproof() {\n  local context state line\n  typeset -A opt_args")
	line("  _arguments -C '--help[show help]' '1:command:->command' '*::argument:->argument'")
	line("  case $state in\n    command)\n      local -a commands=(")
	for _, c := range commands {
		line("        '%s:%s'", c.Name, strings.ReplaceAll(c.Usage, "'", "’"))
	}
	line("      )\n      _describe command commands\n      ;;\n    argument)\n      case $line[1] in")
	for _, c := range commands {
		line("        %s)\n          _arguments '--help[show help]' \\", c.Name)
		for _, f := range c.Flags {
			line("            '%s' \\", zshFlag(f))
		}
		words, files := arguments(c)
		switch {
		case c.Name == "rules":
			line("            '1:rule:($(%s))'", strings.ReplaceAll(ruleWords, "'", `'\''`))
		case len(words) > 0:
			line("            '1:argument:(%s)'", strings.Join(words, " "))
		case files:
			line("            '*:input:_files'")
		default:
			line("            '*: :'")
		}
		line("          ;;")
	}
	line("      esac\n      ;;\n  esac\n}")
	line("")
	line("_keyproof_report() {\n  if compset -P '*='; then\n    _files\n  else\n    compadd -S = -- %s\n  fi\n}", strings.Join(offered(&cli.StringFlag{Name: "format", Usage: formatUsage()}).words, " "))
	line("")
	line("if [ \"$funcstack[1]\" = _keyproof ]; then\n  _keyproof \"$@\"\nelse\n  compdef _keyproof keyproof\nfi")
}

func zshFlag(f cli.Flag) string {
	name := f.Names()[0]
	s := "--" + name + "[" + strings.NewReplacer("[", "(", "]", ")").Replace(usageOf(f)) + "]"
	if repeatable(f) {
		s = "*" + s
	}
	o := offered(f)
	d, ok := f.(cli.DocGenerationFlag)
	switch {
	case !ok || !d.TakesValue():
		return s
	case name == "report":
		return s + ":report:_keyproof_report"
	case len(o.words) > 0:
		return s + ":value:(" + strings.Join(o.words, " ") + ")"
	case o.files:
		return s + ":file:_files"
	case o.dirs:
		return s + ":directory:_files -/"
	}
	return s + ":value:"
}

func fishCompletion(line writeLine, commands []*cli.Command) {
	line("# fish completion for keyproof, made by keyproof completion fish.")
	line("")
	var names []string
	for _, c := range commands {
		names = append(names, c.Name)
	}
	line("set -l none \"not __fish_seen_subcommand_from %s\"", strings.Join(names, " "))
	line("complete -c keyproof -l help -d \"Show help\"")
	for _, c := range commands {
		line("")
		line("complete -c keyproof -n $none -f -a %s -d \"%s\"", c.Name, capitalized(c.Usage))
		of := fmt.Sprintf("-n \"__fish_seen_subcommand_from %s\"", c.Name)
		words, files := arguments(c)
		switch {
		case c.Name == "rules":
			line("complete -c keyproof %s -f -a \"(%s)\"", of, strings.ReplaceAll(ruleWords, "$", `\$`))
		case len(words) > 0:
			line("complete -c keyproof %s -f -a \"%s\"", of, strings.Join(words, " "))
		case !files:
			line("complete -c keyproof %s -f", of)
		}
		for _, f := range c.Flags {
			line("complete -c keyproof %s -l %s%s -d \"%s\"", of, f.Names()[0], fishValue(f), capitalized(usageOf(f)))
		}
	}
}

func fishValue(f cli.Flag) string {
	o := offered(f)
	d, ok := f.(cli.DocGenerationFlag)
	switch {
	case !ok || !d.TakesValue():
		return ""
	case len(o.words) > 0:
		return " -x -a \"" + strings.Join(o.words, " ") + "\""
	case o.files:
		return " -r"
	case o.dirs:
		return " -x -a \"(__fish_complete_directories)\""
	}
	return " -x"
}
