// Package check turns verdicts into findings: it computes facts about every policy, key and grant, loads rules, which are
// conditions over these facts, and runs them.
//
// It is no API: it may change in any version.
package check

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/finding"
)

// Rule is one rule, as its file says.
type Rule struct {
	ID         string
	Title      string
	Severity   finding.Severity
	Subject    string
	Each       string
	At         string
	Grows      access.Audience
	Why        string
	Fix        string
	References []string
	// Off says that the rule runs only where the configuration gives it a severity.
	Off bool
	// File is the name of the file that it was read from.
	File string

	when, message, possible, remedy *question // possible and remedy are nil where the rule has none
	// In a milder case a finding has another severity, elsewhere it points to another place; nil where the rule has no such case.
	milder, elsewhere *question
	milderSeverity    finding.Severity
	elsewhereAt       string
	known             bool // its expressions have been checked, by a test
}

// ruleFile is the shape of a rule file.
type ruleFile struct {
	Rules []ruleBlock `hcl:"rule,block"`
}

type ruleBlock struct {
	ID         string         `hcl:"id,label"`
	Title      string         `hcl:"title"`
	Severity   string         `hcl:"severity"`
	Subject    string         `hcl:"subject"`
	Each       string         `hcl:"each,optional"`
	When       hcl.Expression `hcl:"when"`
	Possible   hcl.Expression `hcl:"possible,optional"`
	At         string         `hcl:"at,optional"`
	Grows      string         `hcl:"grows,optional"`
	Off        bool           `hcl:"off,optional"`
	Message    hcl.Expression `hcl:"message"`
	Remedy     hcl.Expression `hcl:"remedy,optional"`
	Why        string         `hcl:"why"`
	Fix        string         `hcl:"fix"`
	References []string       `hcl:"references,optional"`
	Milder     *milderBlock   `hcl:"milder,block"`
	Elsewhere  *elseBlock     `hcl:"elsewhere,block"`
	Range      hcl.Range      `hcl:",def_range"`
}

type milderBlock struct {
	When     hcl.Expression `hcl:"when"`
	Severity string         `hcl:"severity"`
}

type elseBlock struct {
	When hcl.Expression `hcl:"when"`
	At   string         `hcl:"at"`
}

// NoRules is the summary of the diagnostic for a directory without rules.
const NoRules = "No rules found"

// The words that a rule file may use.
var (
	subjects = []string{"key policy", "trust policy", "identity policy", "policy", "key", "grant", "resource", "access"}
	parts    = []string{"statement", "principal", "action", "keys", "condition", "problem"} // of a document
	places   = append([]string{"resource", "policy"}, parts...)
	audience = []string{"", string(access.Strangers), string(access.Services), string(access.Others), string(access.Holders), string(access.Anyone)}
)

var ruleName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`) })

// Load reads every .hcl file of a directory, in the order of their names. A rule whose expressions do not fit the facts is
// an error with its place; it is left out of the result, so that the caller must not go on without looking.
func Load(files fs.FS) ([]*Rule, hcl.Diagnostics) { return load(files, parse) }

func load(files fs.FS, parse func(name string, src []byte) ([]*Rule, hcl.Diagnostics)) ([]*Rule, hcl.Diagnostics) {
	names, err := fs.Glob(files, "*.hcl")
	if err != nil || len(names) == 0 {
		return nil, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: NoRules, Detail: "The directory holds no .hcl file with rules."}}
	}
	slices.Sort(names)
	type loaded struct {
		rules []*Rule
		diags hcl.Diagnostics
	}
	each := make([]loaded, len(names)) // parsing them is most of the time of a run on a small plan
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() {
			src, err := read(files, name)
			if err != nil {
				each[i].diags = hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Rule file cannot be read", Detail: err.Error() + "."}}
				return
			}
			each[i].rules, each[i].diags = parse(name, src)
		})
	}
	all.Wait()
	var rules []*Rule
	var diags hcl.Diagnostics
	for _, l := range each {
		rules, diags = append(rules, l.rules...), append(diags, l.diags...)
	}
	return rules, append(diags, duplicates(rules)...)
}

// MaxRuleFile bounds a file with rules, in bytes.
const MaxRuleFile = 1 << 20

// read reads a regular file: to open a pipe is to wait for somebody who writes.
func read(files fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(files, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", name)
	case info.Size() > MaxRuleFile:
		return nil, fmt.Errorf("%s is larger than the %d bytes that are read of such a file", name, MaxRuleFile)
	}
	return fs.ReadFile(files, name)
}

func duplicates(rules []*Rule) hcl.Diagnostics {
	var diags hcl.Diagnostics
	seen := map[string]string{}
	for _, r := range rules {
		if other, ok := seen[r.ID]; ok {
			diags = diags.Append(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Two rules have one name",
				Detail: fmt.Sprintf("The rule %q is in %s and in %s.", r.ID, other, r.File)})
		}
		seen[r.ID] = r.File
	}
	return diags
}

// Merge adds the user's own rules to the built-in ones. Their names must differ.
func Merge(builtin, own []*Rule) ([]*Rule, hcl.Diagnostics) {
	all := slices.Concat(builtin, own)
	slices.SortStableFunc(all, func(a, b *Rule) int { return strings.Compare(a.ID, b.ID) })
	return all, duplicates(all)
}

func parse(name string, src []byte) ([]*Rule, hcl.Diagnostics) { return parseFile(name, src, false) }

// known is that the expressions need no checking.
const known = true

func parseFile(name string, src []byte, known bool) ([]*Rule, hcl.Diagnostics) {
	file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diags
	}
	var content ruleFile
	diags = append(diags, gohcl.DecodeBody(file.Body, nil, &content)...)
	if diags.HasErrors() {
		return nil, diags
	}
	var rules []*Rule
	for i := range content.Rules {
		r, d := content.Rules[i].rule(name, known)
		diags = append(diags, d...)
		if !d.HasErrors() {
			rules = append(rules, r)
		}
	}
	return rules, diags
}

func (b *ruleBlock) rule(file string, known bool) (*Rule, hcl.Diagnostics) {
	r := &Rule{ID: b.ID, Title: b.Title, Subject: b.Subject, Each: b.Each, At: b.At, Grows: access.Audience(b.Grows), Why: b.Why, Fix: b.Fix, Off: b.Off,
		References: b.References, File: path.Base(file), known: known}
	var diags hcl.Diagnostics
	bad := func(at hcl.Range, format string, args ...any) {
		diags = diags.Append(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Rule cannot be used", Detail: fmt.Sprintf(format, args...), Subject: at.Ptr()})
	}
	oneOf := func(what, value string, list []string) {
		if !slices.Contains(list, value) {
			bad(b.Range, "The rule %q has %s = %q; it is one of: %s.", b.ID, what, value, strings.Join(slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == "" }), ", "))
		}
	}
	severity, err := finding.ParseSeverity(b.Severity)
	if err != nil {
		bad(b.Range, "The rule %q: %s.", b.ID, err)
	}
	r.Severity = severity
	if r.At == "" {
		r.At = "policy"
		if b.Subject == "key" || b.Subject == "grant" || b.Subject == "resource" || b.Subject == "access" {
			r.At = "resource"
		}
	}
	oneOf("subject", b.Subject, subjects)
	oneOf("each", b.Each, []string{"", "statement"})
	oneOf("grows", b.Grows, audience)
	at := func(where string) {
		if !strings.HasPrefix(where, "attribute:") {
			oneOf("at", where, places)
		}
	}
	at(r.At)
	if b.Elsewhere != nil {
		at(b.Elsewhere.At)
	}
	if !ruleName().MatchString(b.ID) {
		bad(b.Range, "The rule %q needs a name of lower-case letters, digits and dashes, such as kms-key-public: comments and the configuration refer to it.", b.ID)
	}
	if b.Each == "statement" && b.Subject != "key policy" && b.Subject != "trust policy" {
		bad(b.Range, "The rule %q has each = \"statement\"; only the statements of key policies and trust policies have facts of their own.", b.ID)
	}
	if diags.HasErrors() {
		return nil, diags
	}
	return r, append(diags, b.expressions(r)...)
}

// expressions checks the expressions of a rule, and gives it its milder case.
func (b *ruleBlock) expressions(r *Rule) hcl.Diagnostics {
	var diags hcl.Diagnostics
	needed := func(name string, expr hcl.Expression, t cty.Type) {
		if missing(expr) {
			diags = diags.Append(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Rule cannot be used", Detail: fmt.Sprintf("The rule %q has no %s.", b.ID, name), Subject: b.Range.Ptr()})
			return
		}
		diags = append(diags, r.typeCheck(expr, t)...)
	}
	needed("when", b.When, cty.Bool)
	needed("message", b.Message, cty.String)
	r.when, r.message = newQuestion(b.When), newQuestion(b.Message)
	if !missing(b.Possible) {
		diags = append(diags, r.typeCheck(b.Possible, cty.Bool)...)
		r.possible = newQuestion(b.Possible)
	}
	if !missing(b.Remedy) {
		diags = append(diags, r.typeCheck(b.Remedy, cty.String)...)
		r.remedy = newQuestion(b.Remedy)
	}
	if b.Elsewhere != nil {
		r.elsewhere, r.elsewhereAt = newQuestion(b.Elsewhere.When), b.Elsewhere.At
		needed("when in its elsewhere case", b.Elsewhere.When, cty.Bool)
	}
	if b.Milder == nil {
		return diags
	}
	severity, err := finding.ParseSeverity(b.Milder.Severity)
	if err != nil {
		diags = diags.Append(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Rule cannot be used", Detail: fmt.Sprintf("The milder case of the rule %q: %s.", b.ID, err), Subject: b.Range.Ptr()})
	}
	r.milder, r.milderSeverity = newQuestion(b.Milder.When), severity
	needed("when in its milder case", b.Milder.When, cty.Bool)
	return diags
}

// missing says whether an expression is not written: gohcl puts a null in its place, which as a condition never holds.
func missing(expr hcl.Expression) bool {
	v, diags := expr.Value(nil)
	return !diags.HasErrors() && v.IsNull()
}

// typeCheck evaluates an expression with every fact unknown, so that a name that does not exist, or a type that does not
// fit, is an error before any policy is read.
func (r *Rule) typeCheck(expr hcl.Expression, want cty.Type) hcl.Diagnostics {
	if r.known {
		return nil
	}
	scope := map[string]cty.Value{}
	for _, name := range scopeNames(r.Subject, r.Each) {
		scope[name] = cty.UnknownVal(objectType(Schema[name]))
	}
	v, diags := expr.Value(&hcl.EvalContext{Variables: scope, Functions: functions()})
	if diags.HasErrors() {
		for _, d := range diags {
			d.Detail += fmt.Sprintf(" The rule %q may use the facts of %s.", r.ID, strings.Join(scopeNames(r.Subject, r.Each), ", "))
		}
		return diags
	}
	if _, err := convert.Convert(v, want); err != nil {
		diags = diags.Append(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Expression has the wrong type",
			Detail: fmt.Sprintf("The rule %q needs a value of type %s here: %s.", r.ID, want.FriendlyName(), err), Subject: expr.Range().Ptr()})
	}
	return diags
}

// firstParagraph is the remedy in short: what the rule's file says before its first example.
func firstParagraph(text string) string {
	head, _, _ := strings.Cut(strings.TrimSpace(text), "\n\n")
	return strings.Join(strings.Fields(head), " ")
}

// asks says whether the rule's condition is about that fact of a policy.
func (r *Rule) asks(fact string) bool { return r.asksOf("policy", fact) }

// asksOf says whether the rule's condition is about that fact of an object.
func (r *Rule) asksOf(object, fact string) bool {
	return slices.ContainsFunc(r.when.needs, func(n need) bool {
		return n.object == object && slices.ContainsFunc(n.facts, func(f *Fact) bool { return f.Name == fact })
	})
}

// AsksOnly says whether the rule's condition is about none but these facts of an object.
func (r *Rule) AsksOnly(object string, facts ...string) bool {
	return !slices.ContainsFunc(r.when.needs, func(n need) bool {
		return n.object != object || slices.ContainsFunc(n.facts, func(f *Fact) bool { return !slices.Contains(facts, f.Name) })
	})
}
