package report

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

// view is a report as the formats need it: findings in order, sorted into those that count and those that do not, and
// what has to be looked up more than once.
type view struct {
	report   *finding.Report
	findings []finding.Finding // all, in the order of every report
	open     []group           // those that count
	resolved []finding.Finding
	silenced []finding.Finding // suppressed
	summary  finding.Summary
	errors   int // diagnostics that say that something was not analysed

	rules   map[string]finding.Rule
	hidden  map[string][]finding.Location // by file
	lines   map[string][]int              // by file: where each line starts
	openTo  map[policyKey]string          // the stranger's principal, for public policies
	rich    map[string][]block            // the texts of rules that were read
	changed bool                          // some finding has a status: there is a before
}

type policyKey struct {
	input              int
	address, attribute string
}

// group is a finding of one place, and the addresses of the resource instances that it was made for.
type group struct {
	finding.Finding
	addresses []string
}

func newView(r *finding.Report) *view {
	v := &view{
		report:   r,
		findings: slices.Clone(r.Findings),
		summary:  finding.Summarize(r),
		rules:    map[string]finding.Rule{},
		hidden:   map[string][]finding.Location{},
		lines:    map[string][]int{},
		openTo:   map[policyKey]string{},
		rich:     map[string][]block{},
	}
	finding.Sort(v.findings)
	for _, rule := range r.Rules {
		v.rules[rule.ID] = rule
	}
	for _, d := range r.Diagnostics {
		if d.Severity == "error" {
			v.errors++
		}
	}
	for _, p := range r.Policies {
		if p.Public == "yes" && p.Witness != nil {
			v.openTo[policyKey{p.Input, p.Address, p.Attribute}] = p.Witness.Principal
		}
	}
	v.hide()
	v.sort()
	return v
}

// sort parts the findings by what becomes of them.
func (v *view) sort() {
	counting := make([]finding.Finding, 0, len(v.findings))
	for _, f := range v.findings {
		v.changed = v.changed || f.Status != ""
		switch {
		case f.Suppressed != nil:
			v.silenced = append(v.silenced, f)
		case f.Status == finding.Resolved:
			v.resolved = append(v.resolved, f)
		default:
			counting = append(counting, f)
		}
	}
	v.open = v.groups(counting)
}

// groupKey is equal for findings that say the same of one place in the sources.
type groupKey struct {
	rule, certainty, status, attribute, message, remedy string
	severity                                            finding.Severity
	input                                               int
	place                                               finding.Location
}

// groups puts findings together that one place causes for several instances, or for several directories of sources that
// share a module. A finding without a place stays alone.
func (v *view) groups(findings []finding.Finding) []group {
	out := make([]group, 0, len(findings))
	at := map[groupKey]int{}
	type named struct {
		group   int
		address string
	}
	told := map[named]bool{}
	for _, f := range findings {
		if f.Location == nil {
			out = append(out, group{f, []string{f.Address}})
			continue
		}
		k := groupKey{
			rule: f.Rule, certainty: f.Certainty, status: f.Status, attribute: f.Attribute,
			message: anyAddress(f.Message, f.Address), remedy: anyAddress(f.Remedy, f.Address),
			severity: f.Severity, input: f.Input, place: *f.Location,
		}
		address := f.Address
		if in := f.Input; in >= 0 && in < len(v.report.Inputs) && v.report.Inputs[in].Kind == "source" {
			k.input = -1
		}
		i, ok := at[k]
		if ok && out[i].Input != f.Input {
			address += " (" + v.input(f.Input) + ")"
		}
		if !ok {
			i = len(out)
			at[k] = i
			out = append(out, group{Finding: f})
		}
		if n := (named{i, address}); !told[n] {
			told[n] = true
			out[i].addresses = append(out[i].addresses, address)
		}
	}
	return out
}

// anyAddress takes the instance's address out of a sentence, so that the sentences of two instances can be compared.
func anyAddress(s, address string) string {
	if address == "" {
		return s
	}
	return strings.ReplaceAll(s, address, "\x00")
}

// hide collects the places of sensitive values, so that no excerpt of another place shows them.
func (v *view) hide() {
	add := func(l *finding.Location) {
		if l != nil && l.Hidden {
			v.hidden[l.File] = append(v.hidden[l.File], *l)
		}
	}
	for _, f := range v.report.Findings {
		add(f.Location)
		for _, rel := range f.Related {
			add(rel.Location)
		}
	}
	for _, p := range v.report.Policies {
		add(p.Location)
	}
	for _, d := range v.report.Diagnostics {
		add(d.Location)
	}
	for _, p := range v.report.Paths {
		for _, s := range p.Steps {
			add(s.Location)
		}
	}
}

// title is the rule's title, or its id where the rule is not described.
func (v *view) title(rule string) string {
	if t := v.rules[rule].Title; t != "" {
		return oneLine(t)
	}
	return visible(rule)
}

// rulePage is where a rule is described: its own page, else the first of its references; "" where there is none.
func (v *view) rulePage(rule string) string {
	r := v.rules[rule]
	for _, ref := range append([]string{r.Page}, r.References...) {
		if webAddress(ref) {
			return ref
		}
	}
	return ""
}

// words says the witness of a finding.
func (v *view) words(f *finding.Finding) string {
	if f.Witness == nil {
		return ""
	}
	principal, public := v.openTo[policyKey{f.Input, f.Address, f.Attribute}]
	said := strings.Contains(strings.ToLower(f.Message), "any aws account") || strings.Contains(strings.ToLower(f.Message), "anybody")
	return sentence(f.Witness, public && principal == f.Witness.Principal && !said)
}

// input is the path of a finding's input, "" where there is only one.
func (v *view) input(i int) string {
	if len(v.report.Inputs) < 2 || i < 0 || i >= len(v.report.Inputs) {
		return ""
	}
	return inputName(v.report.Inputs[i].Path)
}

// subject is what a finding is about, in words: its address, attribute, statement and input.
func (v *view) subject(f *finding.Finding) string {
	s := visible(f.Address)
	if f.Attribute != "" {
		s += ", " + visible(f.Attribute)
	}
	if f.Statement != nil {
		s += ", " + statement(f.Statement)
	}
	if in := v.input(f.Input); in != "" {
		s += " (" + in + ")"
	}
	return s
}

// statement names a statement as people count: by its Sid, or by its place from 1.
func statement(s *finding.Statement) string {
	if s.Sid != "" {
		return `statement "` + clip(visible(s.Sid), 200) + `"`
	}
	return "statement " + itoa(s.Index+1)
}

// tags are what qualifies a finding besides its severity: its rule, and what is not a matter of course.
func (v *view) tags(f *finding.Finding) []string {
	var tags []string
	if v.rules[f.Rule].Title != "" {
		tags = append(tags, visible(f.Rule))
	}
	if f.Certainty == finding.Possible {
		tags = append(tags, finding.Possible)
	}
	if f.Status != "" {
		tags = append(tags, visible(f.Status))
	}
	return tags
}

// sentences are what is said of a finding: what is wrong, a request that shows it, what it waits for, and what to do.
func (v *view) sentences(f *finding.Finding) []string {
	var out []string
	if s := oneLine(f.Message); s != "" {
		out = append(out, s)
	}
	if s := v.words(f); s != "" {
		out = append(out, s)
	}
	if names := awaited(f); len(names) > 0 {
		out = append(out, "Depends on: "+strings.Join(names, ", "))
	}
	if f.Remedy != "" {
		out = append(out, "Fix: "+oneLine(f.Remedy))
	}
	return out
}

// awaited are the names of what a finding depends on, none where its message says them already.
func awaited(f *finding.Finding) []string {
	names := make([]string, len(f.DependsOn))
	said := true
	message := oneLine(f.Message)
	for i, d := range f.DependsOn {
		names[i] = visible(d)
		said = said && strings.Contains(message, names[i])
	}
	if said {
		return nil
	}
	return names
}

// why says who suppressed a finding, for what reason and until when.
func why(s *finding.Suppressed) string {
	out := "suppressed by " + visible(s.By)
	if s.Until != "" {
		out += " until " + visible(s.Until)
	}
	if s.Reason != "" {
		out += ": " + oneLine(s.Reason)
	}
	return out
}

// maxInstances is how many addresses of one finding are listed.
const maxInstances = 10

// inputName is how an input is called: its path, or what - stands for.
func inputName(path string) string {
	if path == "-" {
		return "standard input"
	}
	return visible(path)
}
