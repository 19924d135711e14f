package finding

// Fix is an edit that ends a finding, with what was proved of it by a run on the edited input.
type Fix struct {
	Title string `json:"title"`
	Proof Proof  `json:"proof"`
	// Edits are splices of source files that do not overlap; none where only the document is known.
	Edits []Edit `json:"edits,omitempty"`
	// Policy is the fixed policy document, "" where the fix is not one of a document.
	Policy string `json:"policy,omitempty"`
	// Commands are lines for a shell, and Console steps in the AWS console, that do the same to what exists.
	Commands []string `json:"commands,omitempty"`
	Console  []string `json:"console,omitempty"`
	// Placeholders are names in the edit that somebody has to replace by what only they know. Such a fix is shown and
	// never written.
	Placeholders []string `json:"placeholders,omitempty"`
	// Diff is the edit of the sources as a unified diff from the current directory, for reports.
	Diff string `json:"-"`
	// Address is the resource that the fix is of, "" for that of the finding itself.
	Address string `json:"-"`
}

// Proof is what holds of a fix.
type Proof struct {
	// Ends are the fingerprints of the findings that are gone.
	Ends []string `json:"ends"`
	// TakesAway says in words who loses what, besides strangers; usually empty.
	TakesAway []string `json:"takes_away"`
	// Keeps says in words who is still let in.
	Keeps string `json:"keeps,omitempty"`
}

// Edit puts a text in the place of a part of a file.
type Edit struct {
	Location *Location `json:"location"`
	Text     string    `json:"text"`
}
