package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/keyproof/keyproof/pkg/config"
	"github.com/keyproof/keyproof/pkg/file"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/report"
	"github.com/keyproof/keyproof/pkg/scan"
)

func initCommand() *cli.Command {
	return &cli.Command{
		Name:      "init",
		Usage:     "write a first configuration, hook and workflow, after showing them",
		ArgsUsage: "[DIR]",
		Description: "It looks at the Terraform sources in DIR, the current directory by default, and below, and shows what it would write: " + config.FileName + " with the\n" +
			"accounts that it found, a pre-commit hook, and a workflow for GitHub Actions. With --write it writes them. What is there already is never touched.",
		Flags:  []cli.Flag{&cli.BoolFlag{Name: "write", Usage: "write the files", EnvVars: variable("write")}},
		Action: runInit,
	}
}

// starter is one file that init offers.
type starter struct{ path, text string }

func runInit(c *cli.Context) error {
	if c.NArg() > 1 {
		return errors.New("init takes one directory at most")
	}
	dir := "."
	if c.NArg() == 1 {
		dir = c.Args().First()
	}
	if strings.TrimSpace(dir) == "" {
		return errors.New("init: DIR is empty; is a variable of the shell not set?")
	}
	result, err := scan.Run(c.Context, scan.Options{Paths: []string{dir}, Recursive: true, NoSuppressions: true, Access: scan.AccessAll, Version: version()})
	if err != nil {
		return err
	}
	if len(result.Report.Inputs) == 0 {
		return fmt.Errorf("%s holds no Terraform sources, and no directory below does: run it in the repository that has them", dir)
	}
	for _, s := range starters(result) {
		path := filepath.Join(dir, filepath.FromSlash(s.path))
		if _, err := os.Lstat(path); err == nil {
			fmt.Fprintf(c.App.Writer, "%s is there already and stays as it is. It could have held:\n\n%s\n", visible(path), indented(s.text))
			continue
		}
		if !c.Bool("write") {
			fmt.Fprintf(c.App.Writer, "Would write %s:\n\n%s\n", visible(path), indented(s.text))
			continue
		}
		if err := makeDirs(dir, filepath.Dir(s.path)); err != nil {
			return err
		}
		if err := file.Replace(c.Context, path, []byte(s.text)); err != nil {
			return err
		}
		fmt.Fprintf(c.App.Writer, "Wrote %s:\n\n%s\n", visible(path), indented(s.text))
	}
	if !c.Bool("write") {
		fmt.Fprintln(c.App.Writer, "Nothing is written yet: keyproof init --write writes what is not there.")
	}
	return nil
}

// makeDirs makes a directory below another one, and goes through no link.
func makeDirs(dir, below string) error {
	for name := range strings.SplitSeq(below, "/") {
		dir = filepath.Join(dir, name)
		if info, err := os.Lstat(dir); err == nil && !info.IsDir() {
			return fmt.Errorf("%s is no directory, and init writes through no link", dir)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	return nil
}

func indented(s string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(visible(s), "\n"), "\n", "\n    ") + "\n"
}

// starters are the files for what was found.
func starters(r *scan.Result) []starter {
	return []starter{
		{config.FileName, starterConfig(r)},
		{".pre-commit-config.yaml", "repos:\n  - repo: https://github.com/keyproof/keyproof\n    rev: v1.0.0 # the release that you have chosen; until there is one, the SHA of a commit\n    hooks:\n      - id: keyproof\n        verbose: true\n"},
		{".github/workflows/keyproof.yml", starterWorkflow},
	}
}

// starterConfig is a configuration that changes nothing until somebody takes comments away, but for the own account where all
// sources agree on it.
func starterConfig(r *scan.Result) string {
	own := map[string]string{}
	for _, in := range r.Report.Inputs {
		if in.Account != nil && in.Account.ID != "" {
			own[in.Account.ID] = in.Account.From
		}
	}
	var b strings.Builder
	b.WriteString("# keyproof: who may use our KMS keys. https://github.com/keyproof/keyproof/blob/main/docs/configuration.md\n\n")
	switch len(own) {
	case 0:
		b.WriteString("# The own account, where neither plan nor sources tell it:\n# account = \"111122223333\"\n")
	case 1:
		for id, from := range own {
			fmt.Fprintf(&b, "# Found in %s.\naccount = %q\n", from, id)
		}
	default:
		b.WriteString("# Several accounts were found, so each directory tells its own:\n")
		for _, id := range slices.Sorted(maps.Keys(own)) {
			fmt.Fprintf(&b, "#   %s, from %s\n", id, own[id])
		}
	}
	b.WriteString("\n# Accounts and organizations that policies may let in like the own one. Named in the policies now, to be looked at:\n")
	others := outsiders(r, own)
	for _, id := range others {
		fmt.Fprintf(&b, "#   %s\n", id)
	}
	if len(others) == 0 {
		b.WriteString("#   none\n")
	}
	b.WriteString("# trusted_accounts      = [\"444455556666\"]\n# trusted_organizations = [\"o-a1b2c3d4e5\"]\n\n# The least severity that fails: critical, high, medium, low, never. Without it: high.\n# fail_on = \"high\"\n\n")
	b.WriteString("# What is accepted needs a reason, and may have a last day:\n# exception \"kms-key-external-account\" {\n#   address = \"module.shared.aws_kms_key.*\"\n#   reason  = \"The auditors read the archive\"\n#   until   = \"2027-01-31\"\n# }\n\n")
	b.WriteString("# Who may use a key can be written down and held. keyproof who --format hcl writes it anew, also from plans.\n")
	b.WriteString(starterExpectations(r))
	return b.String()
}

// starterExpectations are expectations for the access that was found, as comments. A key's address that several of the directories
// have says nothing about any one of them, and is left out.
func starterExpectations(r *scan.Result) string {
	inputs := map[string]map[int]bool{}
	for _, a := range r.Report.Access {
		if inputs[a.Key] == nil {
			inputs[a.Key] = map[int]bool{}
		}
		inputs[a.Key][a.Input] = true
	}
	found := *r.Report
	found.Access = slices.DeleteFunc(slices.Clone(found.Access), func(a finding.Access) bool { return len(inputs[a.Key]) > 1 })
	var b, out strings.Builder
	if len(found.Access) < len(r.Report.Access) {
		out.WriteString("# Keys of the same address in several directories are left out: give each of these a " + config.FileName + " of its own.\n")
	}
	if len(found.Access) == 0 {
		return out.String()
	}
	if err := report.WriteAccess(&b, "hcl", &found, report.Options{}); err != nil {
		return ""
	}
	for line := range strings.Lines(b.String()) {
		out.WriteString(strings.TrimRight("# "+line, " \n") + "\n")
	}
	return strings.ReplaceAll(out.String(), "# # ", "# ")
}

// outsiders are the accounts that policies let in and that are not own.
func outsiders(r *scan.Result, own map[string]string) []string {
	found := map[string]string{}
	for _, a := range r.Report.Access {
		if a.Who.Kind == "account" && !a.Who.Trusted && own[a.Who.Name] == "" && len(a.Who.Name) == 12 {
			found[a.Who.Name] = a.Key
		}
	}
	return slices.Sorted(maps.Keys(found))
}

const starterWorkflow = `name: keyproof
on: [pull_request]
permissions:
  contents: read
  pull-requests: write # for the comment
  security-events: write # for code scanning
jobs:
  keyproof:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      # Installs the modules: in pull requests one that is missing fails the gate, because it could hide something. With several
      # root modules, do it in each.
      - uses: hashicorp/setup-terraform@v3
      - run: terraform init -backend=false -input=false
      # Judges the sources. For plans, make them before and name them in the input plan. Pin actions to
      # commits; until there is a release, the SHA of one stands in place of v1.0.0.
      - uses: keyproof/keyproof@v1.0.0
        with:
          directory: .
          recursive: "true"
          token: ${{ github.token }}
`
