package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/report"
	"github.com/keyproof/keyproof/rules"
)

func rulesCommand() *cli.Command {
	return &cli.Command{
		Name:      "rules",
		Usage:     "list the rules, or explain one",
		ArgsUsage: "[RULE]",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Value: "text", Usage: "`FORMAT` of the output: text, json, markdown"},
		},
		Action: func(c *cli.Context) error {
			list, diags := check.LoadKnown(rules.FS)
			if diags.HasErrors() {
				return diags
			}
			if c.NArg() > 1 {
				return fmt.Errorf("rules takes one rule at most")
			}
			one := c.Args().First()
			if c.NArg() == 1 && strings.TrimSpace(one) == "" {
				return errors.New("rules: RULE is empty; is a variable of the shell not set?")
			}
			if one != "" {
				i := slices.IndexFunc(list, func(r *check.Rule) bool { return r.ID == one })
				if i < 0 {
					var ids []string
					for _, r := range list {
						ids = append(ids, r.ID)
					}
					return fmt.Errorf("there is no rule %q%s keyproof rules lists them", one, meant(one, ids))
				}
				list = list[i : i+1]
			}
			look, err := appearance(c)
			if err != nil {
				return err
			}
			return writeRules(c.App.Writer, list, c.String("format"), one != "", look)
		},
	}
}

func writeRules(w io.Writer, list []*check.Rule, format string, whole bool, look report.Options) error {
	switch format {
	case "json":
		return rulesJSON(w, list)
	case "markdown":
		for _, r := range list {
			if _, err := fmt.Fprintln(w, check.Page(r, check.Example(rules.Catalogue, r.ID), "#")); err != nil {
				return err
			}
		}
		return nil
	case "text":
	default:
		return fmt.Errorf("--format: %q is not one of text, json, markdown", format)
	}
	if whole {
		return report.WriteMarked(w, check.Page(list[0], check.Example(rules.Catalogue, list[0].ID), "#"), look)
	}
	for _, r := range list {
		head := fmt.Sprintf("%-9s %-29s ", r.Severity, r.ID)
		for _, l := range report.Wrap(r.Title, look.Width-len(head)) {
			if _, err := fmt.Fprintln(w, head+l); err != nil {
				return err
			}
			head = strings.Repeat(" ", len(head))
		}
	}
	return nil
}

func rulesJSON(w io.Writer, list []*check.Rule) error {
	type rule struct {
		ID         string   `json:"id"`
		Title      string   `json:"title"`
		Severity   string   `json:"severity"`
		Subject    string   `json:"subject"`
		Why        string   `json:"why"`
		Fix        string   `json:"fix"`
		References []string `json:"references"`
	}
	out := []rule{}
	for _, r := range list {
		refs := r.References
		if refs == nil {
			refs = []string{}
		}
		out = append(out, rule{r.ID, r.Title, r.Severity.String(), r.Subject, r.Why, r.Fix, refs})
	}
	return report.WriteJSON(w, out)
}
