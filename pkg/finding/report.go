package finding

import "slices"

// FormatVersion is the version of the JSON report. Within 1.x fields are added, never renamed or removed.
const FormatVersion = "1.1"

// Report is the whole result of a run, and the JSON report field by field.
type Report struct {
	FormatVersion string       `json:"format_version"`
	Tool          Tool         `json:"tool"`
	Inputs        []Input      `json:"inputs"`
	Diagnostics   []Diagnostic `json:"diagnostics"`
	Policies      []Policy     `json:"policies"`
	// Access is who may do what with which key; nil where it was not asked for.
	Access []Access `json:"access,omitzero"`
	// AccessShown is how much of it Access is: "all", "changes", or "some" where filters picked rows.
	AccessShown string      `json:"access_shown,omitempty"`
	NotJudged   []NotJudged `json:"not_judged"`
	Findings    []Finding   `json:"findings"`
	Gate        Gate        `json:"gate"`
	Summary     Summary     `json:"summary"`

	// Rules are the rules that ran, for reports that describe them.
	Rules []Rule `json:"-"`
	// Files are the sources that locations point into, for excerpts, keyed by Location.File.
	Files map[string][]byte `json:"-"`
	// SecretLines are the numbers, from 1, of the lines of one of the Files that no excerpt shows; nil where all may be shown.
	SecretLines func(file string) map[int]bool `json:"-"`
	// Root is the repository's root, or the current directory: reports that need repository paths make them from it.
	// Dir is the current directory, which Location.File is relative to. Both are absolute.
	Root, Dir string `json:"-"`
	// Paths are the ways from a stranger to a key, for pictures.
	Paths []Path `json:"-"`
}

// HasErrors says whether something was not analysed.
func (r *Report) HasErrors() bool {
	return slices.ContainsFunc(r.Diagnostics, func(d Diagnostic) bool { return d.Severity == "error" })
}

// Tool names the program.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Input is one thing that was read.
type Input struct {
	Path             string `json:"path"`
	Kind             string `json:"kind"` // plan, state, source, policy
	TerraformVersion string `json:"terraform_version,omitempty"`
	// Account is the own account of the default provider configuration, Accounts those of all of them.
	Account  *Account          `json:"account,omitempty"`
	Accounts []ProviderAccount `json:"accounts,omitempty"`
}

// Account is the own account of an input, and what told it.
type Account struct {
	ID   string `json:"id"`
	From string `json:"from"`
}

// ProviderAccount is the own account of a provider configuration, such as "aws.audit", and what told it.
type ProviderAccount struct {
	Provider string `json:"provider"`
	ID       string `json:"id"`
	From     string `json:"from"`
}

// Diagnostic is a problem of an input, as people read it on stderr. Severity is "error" or "warning".
type Diagnostic struct {
	Severity string    `json:"severity"`
	Summary  string    `json:"summary"`
	Detail   string    `json:"detail,omitempty"`
	Location *Location `json:"location,omitempty"`
}

// Policy is the verdict of one policy document.
type Policy struct {
	Input        int      `json:"input"`
	Address      string   `json:"address"`
	Attribute    string   `json:"attribute"`
	Kind         string   `json:"kind"`    // key, trust, identity, grant
	Verdict      string   `json:"verdict"` // public, service-open, external, …
	Public       string   `json:"public"`  // yes, no, unknown
	Action       *string  `json:"action"`  // null where there is no plan
	ResolvedFrom string   `json:"resolved_from,omitempty"`
	Witness      *Witness `json:"witness,omitempty"`
	DependsOn    []string `json:"depends_on,omitempty"`
	// Assumed says in words what the verdict takes for true without knowing it.
	Assumed  []string  `json:"assumed,omitempty"`
	Location *Location `json:"location,omitempty"`
	// Key is the address of the key that a policy of another resource is for, for pictures.
	Key string `json:"-"`
	// Named is a request of somebody from outside whom the policy names, for pictures; nil where it names nobody.
	Named *Witness `json:"-"`
}

// Summary counts policies and findings; resolved and suppressed findings do not count.
type Summary struct {
	Policies int `json:"policies"`
	Public   int `json:"public"`
	Unknown  int `json:"unknown"`
	// Assumed counts policies whose verdict rests on an assumption, NotJudged resources that were not looked at.
	Assumed   int    `json:"assumed"`
	NotJudged int    `json:"not_judged"`
	Findings  Counts `json:"findings"`
	// Suppressed and Resolved count the findings that the others leave out.
	Suppressed int `json:"suppressed"`
	Resolved   int `json:"resolved"`
}

// Counts are findings by severity.
type Counts struct {
	Critical int `json:"critical"`
	High     int `json:"high"`
	Medium   int `json:"medium"`
	Low      int `json:"low"`
}

// Add counts n findings of a severity.
func (c *Counts) Add(s Severity, n int) {
	switch s {
	case Critical:
		c.Critical += n
	case High:
		c.High += n
	case Medium:
		c.Medium += n
	case Low:
		c.Low += n
	}
}

// Rule describes a rule for reports.
type Rule struct {
	ID         string
	Title      string
	Severity   Severity
	Why        string // Markdown
	Fix        string // Markdown
	References []string
	// Page is the rule's own page on the web, "" for rules that have none.
	Page string
}

// Path is a way from a stranger to a key: the addresses or names on it, and what each step does.
type Path struct {
	// Input counts in Report.Inputs.
	Input int
	// Key is the address of the key, Steps lead to it from the stranger.
	Key   string
	Steps []Step
}

// Step is one step of a path: From may do Label to To.
type Step struct {
	From, Label, To string
	Location        *Location
}

// Summarize counts what a report holds.
func Summarize(r *Report) Summary {
	policies, findings := r.Policies, r.Findings
	s := Summary{Policies: len(policies), NotJudged: len(r.NotJudged)}
	for _, p := range policies {
		if len(p.Assumed) > 0 {
			s.Assumed++
		}
		switch p.Public {
		case "yes":
			s.Public++
		case "unknown":
			s.Unknown++
		}
	}
	for i := range findings {
		f := &findings[i]
		switch {
		case f.Suppressed != nil:
			s.Suppressed++
		case f.Status == Resolved:
			s.Resolved++
		default:
			s.Findings.Add(f.Severity, 1)
		}
	}
	return s
}
