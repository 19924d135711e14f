package extract

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Coverage is the page about resource types: what is judged, what only links, and what is named. It is made of the tables
// by which resources are read.
func Coverage() string {
	var b strings.Builder
	b.WriteString("## Judged\n\nEach policy has a verdict.\n\n| type | attribute | kind |\n|---|---|---|\n")
	for _, r := range table {
		if r.elsewhere {
			continue
		}
		what := ""
		if strings.HasPrefix(r.attribute, "managed_policy_arn") || strings.HasPrefix(r.attribute, "policy_arn") {
			what = ", where AWS's own policy of that name concerns keys"
		}
		attribute := r.attribute
		if attribute == "inline_policy" && r.typ == "aws_iam_role" {
			attribute = "inline_policy[*].policy"
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s%s |\n", r.typ, attribute, r.kind, what)
	}
	b.WriteString("\nThese are read as the types of `hashicorp/aws` that they are:\n\n| type | is read as | its policy |\n|---|---|---|\n")
	for _, t := range translations {
		var policies []string
		for _, r := range table {
			if spelled, ok := t.arguments[r.attribute]; ok && r.typ == t.as {
				policies = append(policies, "`"+spelled+"`")
			} else if block, ok := t.blocks[r.attribute]; ok && r.typ == t.as {
				policies = append(policies, "`"+block.spelled+"[*]."+block.arguments["policy"]+"`")
			} else if r.typ == t.as && !slices.Contains(slices.Collect(maps.Values(t.arguments)), r.attribute) {
				policies = append(policies, "`"+r.attribute+"`")
			}
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", t.typ, t.as, strings.Join(policies, ", "))
	}
	b.WriteString("\nIn the template of an `" + stackType + "` (JSON or YAML, with parameters, conditions and functions) and in the desired state of\nan `" +
		cloudControlType + "`:\n\n| type | is read as | its policy |\n|---|---|---|\n")
	for _, in := range inners {
		var policies []string
		for _, argument := range slices.Sorted(maps.Keys(in.documents)) {
			policies = append(policies, "`"+in.documents[argument]+"`")
		}
		if in.policies {
			policies = append(policies, "`Policies[*].PolicyDocument`")
		}
		if managed := in.lists["managed_policy_arns"]; managed != "" {
			policies = append(policies, "`"+managed+"`")
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", in.typ, in.as, strings.Join(policies, ", "))
	}
	b.WriteString("\n## Linked\n\nThese hold no policy. They tell which policy belongs to what, and who can be trusted.\n\n")
	for _, typ := range linked {
		fmt.Fprintf(&b, "- `%s`\n", typ)
	}
	b.WriteString("\n## Named, not judged\n\nThese can give access to a key or to what it protects, and are not decided. Each is listed in `not_judged` of the JSON report\n" +
		"and is a finding of the rule `access-not-judged` (low).\n\n| type | what it can open | named |\n|---|---|---|\n")
	for _, u := range unjudgedTypes {
		when := "always"
		if u.when != nil {
			when = "where it does"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", u.typ, u.why, when)
	}
	return b.String()
}
