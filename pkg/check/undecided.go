package check

import (
	"fmt"
	"slices"
	"strings"
)

// undecidedRemedy is how to have a verdict decided, by what it waits for and by what was read: never something that cannot
// give that value, or that was given already.
func (in *Input) undecidedRemedy(j *judged) string {
	if names := j.shownNames(); len(names) > 0 {
		return fmt.Sprintf("Update keyproof, or write condition_key %q { restricts = … } into .keyproof.hcl: true where AWS says who calls by it, false where the caller chooses the value.", names[0])
	}
	var variables, others []string
	var out []string
	say := func(text string) {
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	for _, d := range append(slices.Clone(j.result.DependsOn), j.result.Reason) {
		switch {
		case strings.HasPrefix(d, "var."):
			if name := variable(d); !slices.Contains(variables, name) {
				variables = append(variables, name)
			}
		case in.Sources && strings.HasPrefix(d, "local."): // all that a local is made of is there, so something is wrong with it
			say("Mend what the warnings say of " + d + ".")
		case strings.HasPrefix(d, "the file "):
			say("See that " + d + " is there and can be read below --root, or check the plan, which may know the value.")
		case strings.Contains(d, "the own organization"):
			say("Say which organization is yours with --organization, or in .keyproof.hcl.")
		case strings.Contains(d, "the own account"):
			say("Say which account is yours with --account, or in .keyproof.hcl.")
		case strings.HasPrefix(d, "whether kms:"):
			say("Update keyproof, or write a value that AWS documents for the key.")
		case d == unknownRegion:
			say("Write the region into the provider block, so that it is known which one the key is in.")
		case strings.HasSuffix(d, propertyOf+j.subject.Address):
			say("Give the key or role values that are known before apply for what the policy asks of it: " + strings.TrimSuffix(d, propertyOf+j.subject.Address) + ".")
		case d != j.result.Reason:
			others = append(others, d)
		}
	}
	if len(variables) > 0 {
		what := strings.Join(variables, " and ")
		if in.Sources {
			say(fmt.Sprintf("Give %s a value with --var or --var-file, or check the plan, which has its value.", what))
		} else {
			say(fmt.Sprintf("Plan with a value of %s that is known before apply.", what))
		}
	}
	if len(others) > 0 || len(out) == 0 {
		say(in.otherRemedy(j, others))
	}
	return strings.Join(out, " ")
}

// variable is the variable that a reference is to: the whole of it can be given.
func variable(ref string) string {
	if at := strings.IndexAny(ref[len("var."):], ".[ "); at >= 0 {
		return ref[:len("var.")+at]
	}
	return ref
}

// otherRemedy is for values of resources and data sources, and for what is not named.
func (in *Input) otherRemedy(j *judged, others []string) string {
	down := "write that part of the policy down, or pin it with a condition that does not depend on the value"
	switch src := j.policy.Resource.Source; {
	case in.Sources && len(others) > 0:
		return "Check the plan, which may know the value (terraform show -json); or " + down + "."
	case in.Sources:
		return "Check the plan (terraform show -json), or " + down + "."
	case src == nil && in.Plan.Root != nil:
		return "Give the plan's sources with --source, so that the policy's structure can be read; or " + down + "."
	case len(others) > 0 && !slices.ContainsFunc(others, func(o string) bool { return strings.ContainsAny(o, " (") }):
		return "Apply first what the value comes from (" + strings.Join(others, ", ") + "), then check the plan of the rest; or " + down + "."
	}
	return strings.ToUpper(down[:1]) + down[1:] + "."
}

// assumedRemedy is how to have known what a verdict takes for true. Where sources alone were read that is the defaults of a module's
// variables: no other sources would tell more.
func (in *Input) assumedRemedy(j *judged) string {
	if !in.Sources {
		return ""
	}
	var names []string
	for _, a := range j.assumed {
		if name, _, _ := strings.Cut(a, " "); strings.HasPrefix(name, "var.") && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	them := "the variables"
	if len(names) > 0 {
		them = strings.Join(names, " and ")
	}
	return fmt.Sprintf("Judge the configuration that calls this module, or its plan; or give %s a value with --var or --var-file.", them)
}

// notJudged is why a resource is named and not judged.
func (in *Input) notJudged(t *thing) string {
	for _, n := range in.Set.NotJudged {
		if n.Resource == t.resource {
			return n.Why
		}
	}
	return ""
}
