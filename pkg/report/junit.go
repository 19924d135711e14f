package report

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Props    *junitProps `xml:"properties"`
	Cases    []junitCase `xml:"testcase"`
	Stderr   string      `xml:"system-err,omitempty"`
	names    map[string]int
}

type junitProps struct {
	List []junitProperty `xml:"property"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    string        `xml:"time,attr"`
	Skipped string        `xml:"skipped,omitempty"`
	Error   *junitProblem `xml:"error"`
	Failure *junitProblem `xml:"failure"`
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// writeJUnit writes a test suite per input: a failed test for each finding that counts, a skipped one for each that is
// suppressed, and a passed one for each policy without either. What could not be read is a test with an error.
func writeJUnit(w io.Writer, v *view, _ Options) error {
	suites := make([]junitSuite, max(len(v.report.Inputs), 1))
	for i := range suites {
		suites[i] = junitSuite{Name: "input", Time: "0", names: map[string]int{}}
		if i < len(v.report.Inputs) {
			suites[i].Name = inputName(v.report.Inputs[i].Path)
		}
	}
	v.junitGate(&suites[0])
	v.junitProblems(&suites[0])
	v.junitFindings(suites)
	v.junitPolicies(suites)
	out := junitSuites{Name: visible(v.report.Tool.Name), Suites: suites}
	if head, mood := v.headline(); mood == nothing {
		suites[0].add(junitCase{Class: suites[0].Name, Name: "nothing to judge", Skipped: head})
	}
	for _, s := range suites {
		out.Tests += s.Tests
		out.Failures += s.Failures
		out.Errors += s.Errors
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(c junitCase) {
	key := c.Class + "\x00" + c.Name
	s.names[key]++
	if n := s.names[key]; n > 1 { // readers take two tests of one name for one
		c.Name += " #" + itoa(n)
	}
	c.Time = "0"
	s.Cases = append(s.Cases, c)
	s.Tests++
	switch {
	case c.Error != nil:
		s.Errors++
	case c.Failure != nil:
		s.Failures++
	case c.Skipped != "":
		s.Skipped++
	}
}

// junitGate says how the gate decided, as properties of a suite: a failed test is any finding, below the gate's severity, too.
func (v *view) junitGate(s *junitSuite) {
	line, how := v.gate()
	if how == unsaid {
		return
	}
	s.Props = &junitProps{List: []junitProperty{{"gate", line}}}
	for _, text := range v.settings() {
		s.Props.List = append(s.Props.List, junitProperty{"setting", text})
	}
}

func (v *view) junitProblems(s *junitSuite) {
	var warnings []string
	for i := range v.report.Diagnostics {
		d := &v.report.Diagnostics[i]
		lines := VisibleLines(d.Detail)
		if d.Location != nil {
			lines = append([]string{"on " + spot(d.Location)}, lines...)
		}
		summary := oneLine(d.Summary)
		if d.Severity != "error" {
			warnings = append(warnings, "Warning: "+summary)
			warnings = append(warnings, lines...)
			continue
		}
		s.add(junitCase{Class: s.Name, Name: "input can be read: " + clip(summary, 200), Error: &junitProblem{
			Message: summary, Type: "input", Text: strings.Join(lines, "\n"),
		}})
	}
	s.Stderr = strings.Join(warnings, "\n")
}

func (v *view) junitFindings(suites []junitSuite) {
	for i := range v.findings {
		f := &v.findings[i]
		c := junitCase{Class: visible(f.Address), Name: junitName(f)}
		switch {
		case f.Suppressed != nil:
			c.Skipped = why(f.Suppressed)
		case f.Status == finding.Resolved:
			continue
		default:
			c.Failure = &junitProblem{
				Message: capital(f.Severity.String()) + ": " + v.title(f.Rule), Type: visible(f.Rule), Text: v.junitText(f),
			}
		}
		suites[clamp(f.Input, 0, len(suites)-1)].add(c)
	}
}

// junitName names the test that a finding fails. It holds nothing that changes from run to run.
func junitName(f *finding.Finding) string {
	name := visible(f.Rule)
	if f.Attribute != "" {
		name += ", " + visible(f.Attribute)
	}
	if f.Statement != nil {
		name += ", " + statement(f.Statement)
	}
	return name
}

func (v *view) junitText(f *finding.Finding) string {
	lines := v.sentences(f)
	if f.Location != nil {
		lines = append([]string{"on " + spot(f.Location)}, lines...)
		if e := v.excerpt(f.Location, maxExcerptWidth); e != nil {
			lines = append(append(lines, ""), sourceLines(e, "", unpainted)...)
		}
	}
	return strings.Join(lines, "\n")
}

// junitPolicies adds a passed test for each policy that no finding is about.
func (v *view) junitPolicies(suites []junitSuite) {
	about := map[policyKey]bool{}
	for i := range v.findings {
		if f := &v.findings[i]; f.Status != finding.Resolved {
			about[policyKey{f.Input, f.Address, f.Attribute}] = true
		}
	}
	for _, p := range v.report.Policies {
		if !about[policyKey{p.Input, p.Address, p.Attribute}] {
			suites[clamp(p.Input, 0, len(suites)-1)].add(junitCase{Class: visible(p.Address), Name: visible(p.Attribute) + " of kind " + visible(p.Kind)})
		}
	}
}
