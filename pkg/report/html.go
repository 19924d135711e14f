package report

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"

	"github.com/keyproof/keyproof/pkg/finding"
)

// pages are the templates, read when the first page is written.
var pages = sync.OnceValues(func() (*template.Template, error) { return template.ParseFS(pageFiles, "page/*.html") })

// writeHTML writes one page that needs nothing else and asks nobody for anything.
func writeHTML(w io.Writer, v *view, _ Options) error {
	t, err := pages()
	if err != nil {
		return err
	}
	return t.ExecuteTemplate(w, "page.html", v.page())
}

func (v *view) page() *page {
	p := &page{
		Policy: "default-src 'none'; style-src " + integrity(pageStyle) + "; script-src " + integrity(pageScript) + "; base-uri 'none'; form-action 'none'",
		Style:  template.CSS(pageStyle), Script: template.JS(pageScript),
		Tool: strings.TrimSpace(visible(v.report.Tool.Name) + " " + visible(v.report.Tool.Version)), Headline: v.answer(), Mood: v.mood(),
		Notes: append(v.accounts(), v.joined()...), Settings: v.settings(), Picture: v.picture(), Access: v.matrix(), Inputs: len(v.report.Inputs) > 1,
	}
	p.Gate, _ = v.gate()
	for _, fact := range v.besides() {
		p.Facts = append(p.Facts, capital(fact))
	}
	p.Counts = bySeverity(v.summary.Findings)
	if v.changed {
		p.Statuses = []string{finding.New, finding.Existing}
	}
	problems := first(p, v.report.Diagnostics, "problems of the input")
	for i := range problems {
		p.Problems = append(p.Problems, v.problem(&problems[i]))
	}
	v.cards(p)
	for i := range v.report.Policies {
		p.Policies = append(p.Policies, v.policyRow(&v.report.Policies[i]))
	}
	return p
}

// mood is how the verdict is coloured.
func (v *view) mood() string {
	_, mood := v.headline()
	s := v.summary
	switch {
	case mood == failed:
		return "failed"
	case mood == nothing:
		return "nothing"
	case s.Findings.Critical+s.Findings.High > 0:
		return "found"
	case mood == found || !v.calm():
		return "minor"
	}
	return "clean"
}

// integrity is the hash of a text as a content security policy writes it.
func integrity(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func (v *view) problem(d *finding.Diagnostic) problem {
	p := problem{Severity: visible(d.Severity), Summary: oneLine(d.Summary), Detail: VisibleLines(d.Detail)}
	if d.Location != nil {
		p.Spot = spot(d.Location)
		p.Source = v.source(d.Location)
	}
	return p
}

// maxCards is how many findings or problems of a kind are on a page: a browser would not show more of them in a useful time.
const maxCards = 1000

// first is the beginning of a list, of which the page says what it leaves out.
func first[T any](p *page, list []T, what string) []T {
	if len(list) <= maxCards {
		return list
	}
	p.Notes = append(p.Notes, fmt.Sprintf("%d more %s are not on this page: the JSON report has all.", len(list)-maxCards, what))
	return list[:maxCards]
}

func (v *view) cards(p *page) {
	for i, g := range first(p, v.open, "findings") {
		c := v.card(&v.open[i].Finding, g.addresses)
		c.ID = "f" + itoa(i+1)
		p.Findings = append(p.Findings, c)
	}
	for _, f := range first(p, v.resolved, "resolved findings") {
		p.Resolved = append(p.Resolved, v.card(&f, []string{f.Address}))
	}
	for _, f := range first(p, v.silenced, "suppressed findings") {
		c := v.card(&f, []string{f.Address})
		c.Suppressed = why(f.Suppressed)
		p.Silenced = append(p.Silenced, c)
	}
}

func (v *view) card(f *finding.Finding, addresses []string) card {
	rule := v.rules[f.Rule]
	c := card{
		Severity: f.Severity.String(), Title: v.title(f.Rule), Rule: visible(f.Rule), Status: visible(f.Status),
		Input: v.input(f.Input), Attribute: visible(f.Attribute), Source: v.source(f.Location),
		Message: proseSpans(f.Message, f.Address), Witness: proseSpans(v.words(f), ""), Remedy: proseSpans(f.Remedy, f.Address),
		Fixes: fixCards(f), Why: v.richText(rule.Why), Fix: v.richText(rule.Fix),
	}
	for _, a := range addresses {
		c.Addresses = append(c.Addresses, visible(a))
	}
	c.DependsOn = awaited(f)
	if f.Certainty == finding.Possible {
		c.Certainty = finding.Possible
	}
	if f.Statement != nil {
		c.Statement = statement(f.Statement)
	}
	if f.Location != nil {
		c.Spot, c.Hidden = spot(f.Location), f.Location.Hidden
	}
	for i := range f.Related {
		r := relatedPlace{Message: oneLine(f.Related[i].Message)}
		if l := f.Related[i].Location; l != nil {
			r.Spot, r.Source = spot(l), v.source(l)
		}
		c.Related = append(c.Related, r)
	}
	for _, ref := range append([]string{rule.Page}, rule.References...) {
		if ref == "" {
			continue
		}
		r := reference{Text: visible(ref)}
		if webAddress(ref) {
			r.Link = ref
		}
		c.References = append(c.References, r)
	}
	c.Search = strings.ToLower(strings.Join(append(c.Addresses, c.Rule, c.Title, c.Input), " "))
	return c
}

// richText is the text of a rule, which many findings have, read once.
func (v *view) richText(s string) []block {
	out, ok := v.rich[s]
	if !ok {
		out = richText(s)
		v.rich[s] = out
	}
	return out
}

func (v *view) source(l *finding.Location) *source {
	e := v.excerpt(l, maxExcerptWidth)
	if e == nil {
		return nil
	}
	s := &source{}
	for _, line := range e.lines {
		s.Lines = append(s.Lines, sourceLine{line.number, line.before, line.marked, line.after})
	}
	if e.more > 0 {
		s.More = "… " + count(e.more, "more line", "more lines")
	}
	return s
}

func (v *view) policyRow(p *finding.Policy) policyRow {
	row := policyRow{
		Danger:  danger(p.Verdict, p.Public),
		Verdict: visible(p.Verdict), Public: visible(p.Public), Kind: visible(p.Kind), Address: visible(p.Address),
		Attribute: visible(p.Attribute), Input: v.input(p.Input), From: visible(p.ResolvedFrom),
	}
	if p.Action != nil {
		row.Action = visible(*p.Action)
	}
	row.DependsOn = visible(strings.Join(p.DependsOn, ", "))
	row.Search = strings.ToLower(strings.Join([]string{row.Address, row.Kind, row.Verdict, row.Input}, " "))
	return row
}

// danger is how a verdict is coloured: by what it opens. What lets in more than the own account is never coloured as safe.
func danger(verdict, public string) string {
	switch {
	case public == "yes":
		return "open"
	case public == "unknown" || verdict == "unknown":
		return "unknown"
	}
	switch verdict {
	case "service-open", "external", "external:org", "broad", "invalid":
		return "wide"
	}
	return "closed"
}
