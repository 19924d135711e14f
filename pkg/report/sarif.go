package report

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/keyproof/keyproof/pkg/finding"
)

// What GitHub's code scanning takes of one file. Beyond the runs it refuses the file; beyond the results it drops some.
const (
	maxSarifRuns    = 20
	maxSarifResults = 5000 // per run
	maxSarifFlows   = 10   // per result
)

// writeSARIF writes SARIF 2.1.0, one run per input.
func writeSARIF(w io.Writer, v *view, opts Options) error {
	s := &sarifWriter{view: v, opts: opts, ruleIndex: map[string]int{}}
	for _, r := range v.report.Rules {
		s.addRule(r)
	}
	for _, f := range v.findings { // rules that only a finding names
		s.addRule(finding.Rule{ID: f.Rule, Severity: f.Severity})
	}
	s.startRuns()
	dropped := make([]int, len(s.runs))
	for _, f := range s.wanted(opts) {
		i := clamp(f.Input, 0, len(s.runs)-1)
		run := &s.runs[i]
		if len(run.Results) == maxSarifResults {
			dropped[i]++
			continue
		}
		run.Results = append(run.Results, s.result(f))
	}
	for i, n := range dropped {
		if n > 0 {
			s.notify(i, "warning", count(n, "result", "results")+" of lower severity left out: code scanning keeps the top "+
				itoa(maxSarifResults)+" of a run. The other formats list all of them.", nil)
		}
	}
	return WriteJSON(w, sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs:    s.runs,
	})
}

// wanted returns the findings to write: those that count first, so that they are kept where not all are.
func (s *sarifWriter) wanted(opts Options) []*finding.Finding {
	var counting, others []*finding.Finding
	for i := range s.findings {
		f := &s.findings[i]
		if f.Counts() {
			counting = append(counting, f)
		} else if !opts.CodeScanning {
			others = append(others, f)
		}
	}
	return append(counting, others...)
}

func (s *sarifWriter) addRule(r finding.Rule) {
	if _, ok := s.ruleIndex[r.ID]; ok {
		return
	}
	s.ruleIndex[r.ID] = len(s.rules)
	title := cmp.Or(oneLine(r.Title), visible(r.ID))
	out := sarifRule{
		ID:                   r.ID,
		Name:                 pascal(r.ID),
		ShortDescription:     sarifText{Text: title},
		DefaultConfiguration: &sarifDefault{Level: severityForms[r.Severity].sarif},
		Properties: &sarifTraits{
			Tags: []string{"security"}, Precision: "high",
			ProblemSeverity: severityForms[r.Severity].problem, SecuritySeverity: severityForms[r.Severity].score,
		},
	}
	var help []string
	if why := strings.Join(VisibleLines(r.Why), "\n"); why != "" {
		out.FullDescription = &sarifText{Text: why}
		help = append(help, why)
	}
	if fix := strings.Join(VisibleLines(r.Fix), "\n"); fix != "" {
		help = append(help, "Fix: "+fix)
	}
	out.HelpURI = s.rulePage(r.ID)
	for _, ref := range r.References {
		help = append(help, "See "+visible(ref))
	}
	if len(help) > 0 {
		text := strings.Join(help, "\n\n")
		out.Help = &sarifText{Text: text, Markdown: text}
	}
	s.rules = append(s.rules, out)
}

// pascal is a rule's id as the standard likes names: KmsKeyPublic. It is "" for ids that are not made of words.
func pascal(id string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(id, "-") {
		if word == "" || strings.ContainsFunc(word, func(r rune) bool { return r > 'z' || !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			return ""
		}
		b.WriteString(capital(word))
	}
	return b.String()
}

// startRuns makes a run per input, the last of them for all inputs that are too many. There is always one.
func (s *sarifWriter) startRuns() {
	inputs := s.report.Inputs
	n := clamp(len(inputs), 1, maxSarifRuns)
	for i := range n {
		id := cmp.Or(visible(strings.Trim(s.opts.Category, "/")), visible(s.report.Tool.Name)) + "/"
		switch { // code scanning refuses two runs of one category, and takes what stands before the last slash for it
		case n > 1 && i == n-1 && len(inputs) > n:
			id += "other inputs/"
		case i < len(inputs):
			id += s.inputID(i) + "/"
		}
		s.runs = append(s.runs, sarifRun{
			Tool:              sarifTool{sarifDriver{Name: visible(s.report.Tool.Name), Version: visible(s.report.Tool.Version), InformationURI: homepage, Rules: present(s.rules)}},
			AutomationDetails: sarifAutomation{ID: id},
			ColumnKind:        "unicodeCodePoints",
			OriginalURIBaseIDs: map[string]sarifDescription{
				srcRoot: {sarifText{Text: "The root of the repository."}},
			},
			Invocations: []sarifInvocation{s.invocation()},
			Results:     []sarifResult{},
			Properties:  s.gateProperties(),
		})
	}
	for i := range s.report.Diagnostics {
		d := &s.report.Diagnostics[i]
		level := "error"
		if d.Severity != "error" {
			level = "warning"
		}
		text := oneLine(d.Summary)
		if lines := VisibleLines(d.Detail); len(lines) > 0 {
			text += "\n" + strings.Join(lines, "\n")
		}
		s.notify(0, level, text, d.Location)
	}
	if head, mood := s.headline(); mood == nothing {
		s.notify(0, "note", head+".", nil)
	}
}

// invocation says how the program ended.
func (s *sarifWriter) invocation() sarifInvocation {
	out := sarifInvocation{ExecutionSuccessful: s.errors == 0}
	line, how := s.gate()
	code := 0
	switch {
	case how == unsaid:
		return out
	case s.errors > 0:
		code = 2
	case how == fails:
		code = 1
	}
	out.ExitCode, out.ExitCodeDescription = &code, line
	return out
}

func (s *sarifWriter) gateProperties() *sarifRunProperties {
	if s.report.Gate.FailOn == "" {
		return nil
	}
	g := s.report.Gate
	g.Counted, g.Settings, g.Sources = present(g.Counted), present(g.Settings), present(g.Sources)
	return &sarifRunProperties{g}
}

// inputID names an input in the id of its run, so that the id is the same whatever other inputs there are: its path in the
// repository, with a number where two inputs have the same.
func (s *sarifWriter) inputID(i int) string {
	inputs := s.report.Inputs
	name := s.pathOf(inputs[i].Path)
	if slices.ContainsFunc(inputs[:i], func(in finding.Input) bool { return in.Path == inputs[i].Path }) {
		name = fmt.Sprintf("%s (%d)", name, i+1)
	}
	return visible(strings.TrimPrefix(path.Clean(name), "/"))
}

func (s *sarifWriter) notify(run int, level, text string, l *finding.Location) {
	n := sarifNotification{Level: level, Message: sarifText{Text: text}}
	if l != nil {
		n.Locations = []sarifLocation{{PhysicalLocation: s.physical(l)}}
	}
	inv := &s.runs[run].Invocations[0]
	inv.ToolExecutionNotifications = append(inv.ToolExecutionNotifications, n)
}

func (s *sarifWriter) result(f *finding.Finding) sarifResult {
	r := sarifResult{
		RuleID: f.Rule, RuleIndex: s.ruleIndex[f.Rule], Level: severityForms[f.Severity].sarif,
		Message:       sarifText{Text: unlinked(strings.Join(s.sentences(f), "\n"))},
		Locations:     []sarifLocation{s.location(f)},
		CodeFlows:     s.flows(f),
		Fixes:         s.fixes(f),
		BaselineState: baselineStates[f.Status],
		Properties: sarifProperties{
			Severity: f.Severity.String(), Certainty: f.Certainty, Status: f.Status, Address: cut(f.Address), Attribute: f.Attribute,
			Statement: f.Statement, Witness: plainWitness(f.Witness), DependsOn: f.DependsOn,
		},
	}
	for _, rel := range f.Related {
		if rel.Location == nil {
			continue
		}
		id := len(r.RelatedLocations)
		r.RelatedLocations = append(r.RelatedLocations, sarifLocation{
			ID: &id, PhysicalLocation: s.physical(rel.Location), Message: &sarifText{Text: unlinked(oneLine(rel.Message))},
		})
	}
	if f.Fingerprint != "" {
		// The first is the name that GitHub compares by; without it, it hashes the line, which moves.
		r.PartialFingerprints = map[string]string{"primaryLocationLineHash": f.Fingerprint, "keyproof/v1": f.Fingerprint}
	}
	if len(s.silenced) > 0 { // known of one result, it must be known of all
		r.Suppressions = suppressions(f.Suppressed)
	}
	return r
}

func suppressions(by *finding.Suppressed) *[]sarifSuppression {
	list := []sarifSuppression{}
	if by != nil {
		kind := "external"
		if by.By == "comment" {
			kind = "inSource"
		}
		list = append(list, sarifSuppression{Kind: kind, Status: "accepted", Justification: why(by)})
	}
	return &list
}

// baselineStates are the standard's words for the status of a finding.
var baselineStates = map[string]string{finding.New: "new", finding.Existing: "unchanged", finding.Resolved: "absent"}

// location points to the finding's place and names its resource. A result without an artifact makes code scanning
// refuse the whole file, so a finding that has no place in a file is given its address as the artifact's name.
func (s *sarifWriter) location(f *finding.Finding) sarifLocation {
	l := sarifLocation{LogicalLocations: []sarifLogicalLocation{{FullyQualifiedName: cut(f.Address), Kind: "resource"}}}
	if f.Location != nil {
		l.PhysicalLocation = s.physical(f.Location)
		return l
	}
	name := url.URL{Path: cmp.Or(cut(f.Address), f.Rule, "unknown")}
	l.PhysicalLocation = &sarifPhysicalLocation{
		ArtifactLocation: sarifArtifactLocation{URI: name.String()},
		Region:           &sarifRegion{StartLine: 1},
	}
	return l
}

// flows shows the ways through roles that a finding about access is part of, step by step.
func (s *sarifWriter) flows(f *finding.Finding) []sarifCodeFlow {
	if f.Witness == nil {
		return nil
	}
	var flows []sarifCodeFlow
	for i := range s.report.Paths {
		p := &s.report.Paths[i]
		if len(p.Steps) < 2 || p.Input != f.Input || !onPath(p, f.Address) || len(flows) == maxSarifFlows {
			continue
		}
		var steps []sarifFlowLocation
		for _, step := range p.Steps {
			if step.Location == nil {
				continue
			}
			text := visible(step.From) + " to " + visible(step.To) + ": " + visible(step.Label)
			steps = append(steps, sarifFlowLocation{sarifLocation{PhysicalLocation: s.physical(step.Location), Message: &sarifText{Text: unlinked(text)}}})
		}
		if len(steps) > 0 {
			flows = append(flows, sarifCodeFlow{
				Message:     &sarifText{Text: unlinked("The way to " + visible(p.Key))},
				ThreadFlows: []sarifThreadFlow{{Locations: steps}},
			})
		}
	}
	return flows
}

func onPath(p *finding.Path, address string) bool {
	return p.Key == address || slices.ContainsFunc(p.Steps, func(s finding.Step) bool { return s.From == address || s.To == address })
}
