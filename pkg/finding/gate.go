package finding

// Gate says whether the run lets the plan pass, and how that came about.
type Gate struct {
	// Passed is true exactly where the exit code is 0.
	Passed bool `json:"passed"`
	// FailOn is the severity from which findings fail the gate, or "never".
	FailOn string `json:"fail_on"`
	// NewOnly says that only what the plan adds or widens can fail it.
	NewOnly bool `json:"new_only"`
	// Untrusted says that the run judged as if the author wanted the gate to be green.
	Untrusted bool `json:"untrusted"`
	// Counted are the fingerprints of the findings that failed it.
	Counted []string `json:"counted"`
	// Settings are those that make the gate milder than it is by itself.
	Settings []Setting `json:"settings"`
	// Sources are the Terraform sources that plans were joined with.
	Sources []Source `json:"sources"`
}

// Setting is one setting that loosens the gate.
type Setting struct {
	What string `json:"what"` // such as "disabled_rules kms-key-rotation"
	From string `json:"from"` // a flag, an environment variable, or file:line
}

// Source are the sources that an input was joined with.
type Source struct {
	Input int    `json:"input"`
	Path  string `json:"path"`
	From  string `json:"from"` // named, found, plan
}

// NotJudged is a resource that can give access to a key, or to what it protects, and that was not looked at.
type NotJudged struct {
	Input   int    `json:"input"`
	Address string `json:"address"`
	Type    string `json:"type"`
	Why     string `json:"why"`
}

// Never is the FailOn of a gate that reports and lets everything pass.
const Never = "never"
