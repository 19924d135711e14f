package finding_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/keyproof/keyproof/pkg/finding"
)

var update = flag.Bool("update", false, "rewrite the JSON schema and the table of its fields")

// about describes the members of the JSON report, by type and name, and lists the values of those that have few.
var about = map[string]member{
	"Report.format_version": {says: "Version of this format. Within 1.x members are added, never renamed or removed."},
	"Report.tool":           {says: "The program that wrote the report."},
	"Report.inputs":         {says: "What was read, in the order of the command line."},
	"Report.diagnostics":    {says: "Problems of the inputs and of the configuration. With an error the exit code is 2."},
	"Report.policies":       {says: "Every policy that was judged."},
	"Report.access":         {says: "Who may do what with which key after the plan. Absent with --access none."},
	"Report.access_shown":   {says: "How much of it access holds: all, only what the plans change, or what filters picked.", one: []string{"all", "changes", "some"}},
	"Report.not_judged":     {says: "Resources that can give access to a key, or to what it protects, and that were not looked at."},
	"Report.gate":           {says: "Whether the plan may pass, and how that came about."},
	"Report.findings":       {says: "What the rules found, worst first; suppressed and resolved findings are marked, not left out."},
	"Report.summary":        {says: "Counts over all inputs."},

	"Tool.name":    {says: "Always keyproof."},
	"Tool.version": {says: "Version of the program."},

	"Input.path":              {says: "The path as it was given, relative to the current directory where it lies below it; - is the standard input."},
	"Input.kind":              {says: "What the input is.", one: []string{"plan", "state", "source", "policy"}},
	"Input.terraform_version": {says: "Version of Terraform that wrote the plan or state."},
	"Input.account":           {says: "The own account, absent where it is not known."},

	"Input.accounts": {says: "The own account of every provider configuration of which it is known."},

	"ProviderAccount.provider": {says: "The provider configuration, such as aws.audit."},
	"ProviderAccount.id":       {says: "The account id."},
	"ProviderAccount.from":     {says: "What told it."},

	"Account.id":   {says: "The account id."},
	"Account.from": {says: "What told it: a flag, a file, a data source, an ARN or a key policy."},

	"Diagnostic.severity": {says: "A warning leaves the exit code as it is.", one: []string{"error", "warning"}},
	"Diagnostic.summary":  {says: "The problem in a few words."},
	"Diagnostic.detail":   {says: "What happened, and what to do."},
	"Diagnostic.location": {says: "Where, if it is about a place in a file."},

	"Policy.input":         {says: "Index in inputs."},
	"Policy.address":       {says: "Address of the resource instance; of a bare policy document its path."},
	"Policy.attribute":     {says: "The argument that holds the document, such as policy or inline_policy[0].policy."},
	"Policy.kind":          {says: "What the policy governs.", one: []string{"key", "trust", "identity", "grant"}},
	"Policy.verdict":       {says: "The widest audience.", one: verdicts},
	"Policy.public":        {says: "Whether a stranger is let in.", one: []string{"yes", "no", "unknown"}},
	"Policy.action":        {says: "What the plan does with the resource; null where there is no plan.", one: []string{"create", "update", "replace", "read", "no-op"}},
	"Policy.resolved_from": {says: "Where the text came from: the plan's value, a policy document's blocks, the sources, or AWS's default policy.", one: []string{"plan", "document", "source", "default"}},
	"Policy.witness":       {says: "A stranger's request that the policy allows, where public is yes."},
	"Policy.depends_on":    {says: "References whose values decide, where the verdict is not known before apply."},
	"Policy.assumed":       {says: "What the verdict takes for true without knowing it."},
	"Policy.location":      {says: "Where the sources write it, absent without sources."},

	"Witness.principal": {says: "An IAM or STS ARN, a service such as s3.amazonaws.com, or the identity provider of a token."},
	"Witness.action":    {says: "The permission, such as kms:Decrypt."},
	"Witness.resource":  {says: "The ARN of the key or role, * where it is not known yet."},
	"Witness.context":   {says: "Condition keys of the request, each a string or a list of strings. A key that is not there is absent from the request."},

	"Location.file":  {says: "Relative to the current directory when the file lies below it, absolute otherwise."},
	"Location.start": {says: "The first character."},
	"Location.end":   {says: "The character after the last one."},

	"Pos.line":   {says: "Counts from 1.", least: 1},
	"Pos.column": {says: "Counts from 1, in Unicode code points.", least: 1},
	"Pos.byte":   {says: "Offset in the file, from 0."},

	"Finding.rule":        {says: "Id of the rule."},
	"Finding.severity":    {says: "How bad it is, after overrides of the configuration.", one: []string{"critical", "high", "medium", "low"}},
	"Finding.certainty":   {says: "possible where a value that is not known decides.", one: []string{"certain", "possible"}},
	"Finding.status":      {says: "Whether this plan opens it, it was there before, or the plan closes it. Absent with sources alone.", one: []string{"new", "existing", "resolved"}},
	"Finding.input":       {says: "Index in inputs."},
	"Finding.address":     {says: "Address of the resource instance."},
	"Finding.attribute":   {says: "The argument that the finding is about."},
	"Finding.statement":   {says: "The statement of the policy, if it is about one."},
	"Finding.message":     {says: "What is wrong."},
	"Finding.remedy":      {says: "What to do about it."},
	"Finding.witness":     {says: "A request that the finding is about."},
	"Finding.depends_on":  {says: "References whose values decide."},
	"Finding.location":    {says: "Where the sources write it, absent without sources."},
	"Finding.related":     {says: "Other places that the finding speaks of."},
	"Finding.fixes":       {says: "Edits that end the finding, each proved by a run on the edited input, best first."},
	"Finding.fingerprint": {says: "Tells the finding apart from others in every run; it does not change when lines move."},
	"Finding.suppressed":  {says: "Who accepted the finding. It then counts neither in the summary nor in the exit code."},

	"Statement.sid":   {says: "The statement's Sid."},
	"Statement.index": {says: "Counts from 0."},

	"Related.message":  {says: "What is there."},
	"Related.location": {says: "The place."},

	"Suppressed.by":     {says: "What accepted it.", one: []string{"comment", "exception", "baseline"}},
	"Suppressed.reason": {says: "The reason that was written down."},
	"Suppressed.until":  {says: "The last day on which it is accepted, such as 2027-01-31."},

	"Access.input":      {says: "Index in inputs."},
	"Access.key":        {says: "Address of the key, or its ARN, alias or id where no input manages it."},
	"Access.class":      {says: "What the actions open.", one: []string{"data", "control", "use", "metadata"}},
	"Access.actions":    {says: "The permissions."},
	"Access.who":        {says: "Who."},
	"Access.conditions": {says: "Conditions that still bind the caller; all of them hold together."},
	"Access.via":        {says: "What lets them in.", one: []string{"key-policy", "account", "grant", "role"}},
	"Access.through":    {says: "The statements and documents on the way, the key's first."},
	"Access.certainty":  {says: "possible where a value that is not known decides.", one: []string{"certain", "possible"}},
	"Access.depends_on": {says: "References whose values decide."},
	"Access.change":     {says: "Against before; absent where there is none.", one: []string{"gained", "kept", "changed", "lost"}},
	"Access.witness":    {says: "A request that every document on the way allows."},

	"Who.kind":    {says: "What kind of caller.", one: []string{"stranger", "organization", "account", "role", "user", "principal", "service", "provider"}},
	"Who.name":    {says: "An ARN or a pattern of ARNs, an account or organization id, a service, an issuer."},
	"Who.address": {says: "The resource that manages the caller."},
	"Who.trusted": {says: "Whether it is of the own account, or of an account or organization that the configuration trusts."},

	"Condition.operator": {says: "The operator, such as StringEquals."},
	"Condition.key":      {says: "The condition key."},
	"Condition.values":   {says: "The values."},

	"Through.address":   {says: "Address of the resource."},
	"Through.attribute": {says: "The argument that holds the document."},
	"Through.statement": {says: "The statement, if it is one."},
	"Through.location":  {says: "Where the sources write it."},

	"NotJudged.input":   {says: "Index in inputs."},
	"NotJudged.address": {says: "Address of the resource instance."},
	"NotJudged.type":    {says: "Type of the resource."},
	"NotJudged.why":     {says: "What it can open, and why it is not looked at."},

	"Fix.title":        {says: "What it does, in a few words."},
	"Fix.proof":        {says: "What was proved."},
	"Fix.edits":        {says: "Edits of source files, which do not overlap."},
	"Fix.policy":       {says: "The fixed policy document."},
	"Fix.commands":     {says: "Shell commands that do the same to what exists."},
	"Fix.console":      {says: "Steps in the AWS console that do the same."},
	"Fix.placeholders": {says: "Names in the edit that somebody has to replace by what only they know; such a fix is never written."},

	"Proof.ends":       {says: "Fingerprints of the findings that are gone."},
	"Proof.takes_away": {says: "Who loses what, besides strangers."},
	"Proof.keeps":      {says: "Who is still let in."},

	"Edit.location": {says: "What is replaced; an empty range inserts."},
	"Edit.text":     {says: "What stands there then."},

	"Gate.passed":    {says: "True exactly where the exit code is 0."},
	"Gate.fail_on":   {says: "The severity from which findings fail the gate.", one: []string{"critical", "high", "medium", "low", "never"}},
	"Gate.new_only":  {says: "Whether only what the plan adds or widens can fail it."},
	"Gate.untrusted": {says: "Whether the run judged as if the author wanted the gate to be green."},
	"Gate.counted":   {says: "Fingerprints of the findings that failed it."},
	"Gate.settings":  {says: "Settings that make the gate milder than it is by itself."},
	"Gate.sources":   {says: "Terraform sources that plans were joined with."},

	"Setting.what": {says: "The setting, such as disabled_rules kms-key-rotation."},
	"Setting.from": {says: "A flag, an environment variable, or file:line."},

	"Source.input": {says: "Index in inputs."},
	"Source.path":  {says: "The directory, or the binary plan."},
	"Source.from":  {says: "Who told of them: the command line, the place where they lie, or the plan that holds them.", one: []string{"named", "found", "plan"}},

	"Summary.policies":   {says: "Policies that were judged."},
	"Summary.public":     {says: "Of these, public ones."},
	"Summary.unknown":    {says: "Of these, undecided ones."},
	"Summary.assumed":    {says: "Policies whose verdict rests on an assumption."},
	"Summary.not_judged": {says: "Resources that were not looked at."},
	"Summary.findings":   {says: "Findings by severity, without suppressed and resolved ones."},
	"Summary.suppressed": {says: "Findings that somebody accepted."},
	"Summary.resolved":   {says: "Findings that the plan closes."},

	"Counts.critical": {}, "Counts.high": {}, "Counts.medium": {}, "Counts.low": {},
}

var verdicts = []string{"public", "service-open", "external", "external:org", "network", "federated", "service", "internal", "none",
	"broad", "scoped", "invalid", "unknown"}

type member struct {
	says  string
	one   []string
	least int
}

// schema is a JSON schema, as far as the report needs it.
type schema struct {
	Schema      string      `json:"$schema,omitempty"`
	ID          string      `json:"$id,omitempty"`
	Ref         string      `json:"$ref,omitempty"`
	Title       string      `json:"title,omitempty"`
	Description string      `json:"description,omitempty"`
	Type        any         `json:"type,omitempty"`
	Enum        []any       `json:"enum,omitempty"`
	Minimum     *int        `json:"minimum,omitempty"`
	Pattern     string      `json:"pattern,omitempty"`
	Items       *schema     `json:"items,omitempty"`
	AnyOf       []*schema   `json:"anyOf,omitempty"`
	Properties  *properties `json:"properties,omitempty"`
	Required    []string    `json:"required,omitempty"`
	Additional  any         `json:"additionalProperties,omitempty"`
	Defs        *properties `json:"$defs,omitempty"`
}

// properties are schemas by name that keep their order.
type properties struct {
	names   []string
	schemas []*schema
}

func (p *properties) add(name string, s *schema) {
	p.names, p.schemas = append(p.names, name), append(p.schemas, s)
}

func (p *properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, name := range p.names {
		value, err := json.Marshal(p.schemas[i])
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%c%q:%s", map[bool]rune{true: '{', false: ','}[i == 0], name, value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// generator makes schemas of types. Structures other than the report are definitions of their own.
type generator struct {
	t    *testing.T
	defs properties
	seen map[string]bool
	used map[string]bool
	// rows are the lines of the table for people, by type.
	rows map[string][]string
}

func (g *generator) object(typ reflect.Type) *schema {
	s := &schema{Type: "object", Properties: &properties{}}
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		key := typ.Name() + "." + name
		m, ok := about[key]
		if !ok {
			g.t.Errorf("%s is not described", key)
		}
		g.used[key] = true
		p := g.of(f.Type)
		p.Description = m.says
		if len(m.one) > 0 {
			p.Enum = anys(m.one)
			if f.Type.Kind() == reflect.Pointer {
				p.Enum = append(p.Enum, nil)
			}
		}
		if m.least > 0 {
			p.Minimum = &m.least
		}
		if key == "Report.format_version" {
			p.Pattern = `^1\.[0-9]+$`
		}
		s.Properties.add(name, p)
		if !strings.HasPrefix(options, "omit") {
			s.Required = append(s.Required, name)
		}
		g.row(key, f.Type, strings.HasPrefix(options, "omit"), m)
	}
	return s
}

func anys(list []string) []any {
	var out []any
	for _, s := range list {
		out = append(out, s)
	}
	return out
}

func (g *generator) of(typ reflect.Type) *schema {
	zero := 0
	switch {
	case typ == reflect.TypeFor[finding.Severity]():
		return &schema{Type: "string"}
	case typ == reflect.TypeFor[map[string]any]():
		text := &schema{Type: "string"}
		return &schema{Type: "object", Additional: &schema{AnyOf: []*schema{text, {Type: "array", Items: text}}}}
	case typ.Kind() == reflect.Pointer && typ.Elem().Kind() == reflect.String:
		return &schema{Type: []string{"string", "null"}}
	case typ.Kind() == reflect.Pointer:
		return g.of(typ.Elem())
	case typ.Kind() == reflect.Slice:
		return &schema{Type: "array", Items: g.of(typ.Elem())}
	case typ.Kind() == reflect.Struct:
		if !g.seen[typ.Name()] {
			g.seen[typ.Name()] = true
			at := len(g.defs.names)
			g.defs.add(typ.Name(), nil)
			g.defs.schemas[at] = g.object(typ)
		}
		return &schema{Ref: "#/$defs/" + typ.Name()}
	case typ.Kind() == reflect.String:
		return &schema{Type: "string"}
	case typ.Kind() == reflect.Bool:
		return &schema{Type: "boolean"}
	case typ.Kind() == reflect.Int:
		return &schema{Type: "integer", Minimum: &zero}
	}
	g.t.Fatalf("no schema for %s", typ)
	return nil
}

// row writes a line of the table for people.
func (g *generator) row(key string, typ reflect.Type, optional bool, m member) {
	what := map[reflect.Kind]string{reflect.String: "string", reflect.Int: "integer", reflect.Bool: "boolean", reflect.Map: "object", reflect.Slice: "list"}
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	kind := what[typ.Kind()]
	switch {
	case typ == reflect.TypeFor[finding.Severity]():
		kind = "string"
	case typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Struct:
		kind = "list of " + typ.Elem().Name()
	case typ.Kind() == reflect.Slice:
		kind = "list of strings"
	case typ.Kind() == reflect.Struct:
		kind = typ.Name()
	}
	if optional {
		kind += ", may be absent"
	}
	says := m.says
	if len(m.one) > 0 {
		says += " One of `" + strings.Join(m.one, "`, `") + "`."
	}
	of, _, _ := strings.Cut(key, ".")
	g.rows[of] = append(g.rows[of], fmt.Sprintf("| `%s` | %s | %s |\n", key, kind, strings.TrimSpace(says)))
}

func generate(t *testing.T) (text []byte, table string) {
	t.Helper()
	g := &generator{t: t, seen: map[string]bool{}, used: map[string]bool{}, rows: map[string][]string{}}
	s := g.object(reflect.TypeFor[finding.Report]())
	s.Schema, s.Title = "https://json-schema.org/draft/2020-12/schema", "keyproof report"
	s.ID = "https://raw.githubusercontent.com/keyproof/keyproof/main/docs/report.schema.json"
	s.Description = "The output of keyproof check --format json, format version " + finding.FormatVersion +
		". Members may be added within 1.x, so readers must pass over those that they do not know."
	s.Defs = &g.defs
	for key := range about {
		if !g.used[key] {
			t.Errorf("%s is described, and is no member of the report", key)
		}
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	table = "| member | type | meaning |\n|---|---|---|\n" + strings.Join(g.rows["Report"], "")
	for _, name := range g.defs.names {
		table += strings.Join(g.rows[name], "")
	}
	return append(text, '\n'), table
}

// TestSchema holds docs/report.schema.json and the table in docs/json.md against the types.
func TestSchema(t *testing.T) {
	text, table := generate(t)
	same(t, filepath.Join("..", "..", "docs", "report.schema.json"), func([]byte) []byte { return text })
	same(t, filepath.Join("..", "..", "docs", "json.md"), func(page []byte) []byte {
		const from, to = "<!-- members -->\n", "<!-- end of members -->"
		head, rest, ok := strings.Cut(string(page), from)
		_, tail, ok2 := strings.Cut(rest, to)
		if !ok || !ok2 {
			t.Fatalf("docs/json.md has no place for the table")
		}
		return []byte(head + from + "\n" + table + "\n" + to + tail)
	})
}

func same(t *testing.T, path string, make func(old []byte) []byte) {
	t.Helper()
	old, err := os.ReadFile(path)
	if err != nil && !*update {
		t.Fatal(err)
	}
	want := make(old)
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(old), string(want)); diff != "" {
		t.Errorf("%s is stale; run go test ./pkg/finding -update (-file +types):\n%s", path, diff)
	}
}

// TestSchemaRefuses makes sure that the schema says something.
func TestSchemaRefuses(t *testing.T) {
	text, _ := generate(t)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("report.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("report.json")
	if err != nil {
		t.Fatal(err)
	}
	whole := `{"format_version":"1.1","tool":{"name":"keyproof","version":"v1"},"inputs":[],"diagnostics":[],"policies":[POLICY],"not_judged":[],"findings":[],
		"gate":{"passed":true,"fail_on":"high","new_only":false,"untrusted":false,"counted":[],"settings":[],"sources":[]},
		"summary":{"policies":0,"public":0,"unknown":0,"assumed":0,"not_judged":0,"findings":{"critical":0,"high":0,"medium":0,"low":0},"suppressed":0,"resolved":0}}`
	policy := `{"input":0,"address":"a","attribute":"policy","kind":"key","verdict":"public","public":"yes","action":null}`
	for change, valid := range map[[2]string]bool{
		{"", ""}:                            true,
		{`"action":null`, `"action":"new"`}: false,
		{`"action":null`, `"more":1,"action":"no-op"`}:       true,
		{`"verdict":"public"`, `"verdict":"open"`}:           false,
		{`"input":0,`, ``}:                                   false,
		{`"input":0`, `"input":-1`}:                          false,
		{`"format_version":"1.1"`, `"format_version":"2.0"`}: false,
		{`"action":null`, `"action":null,"witness":{"action":"kms:Sign","context":{"a":["b"],"c":"d"}}`}: true,
		{`"action":null`, `"action":null,"witness":{"action":"kms:Sign","context":{"a":1}}`}:             false,
	} {
		text := strings.Replace(strings.Replace(whole, "POLICY", policy, 1), change[0], change[1], 1)
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(v); (err == nil) != valid {
			t.Errorf("with %q instead of %q: %v", change[1], change[0], err)
		}
	}
}
