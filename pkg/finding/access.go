package finding

// Access is one row of who may do what with a key after the plan. A row has one class.
type Access struct {
	// Input counts in Report.Inputs: the input that the key is of, or that speaks of it.
	Input int `json:"input"`
	// Key is the key's address, or its ARN, alias or id where no input manages it.
	Key     string   `json:"key"`
	Class   string   `json:"class"` // data, control, use, metadata
	Actions []string `json:"actions"`
	Who     Who      `json:"who"`
	// Conditions still bind the caller; all of them hold together.
	Conditions []Condition `json:"conditions"`
	Via        string      `json:"via"` // key-policy, account, grant, role
	// Through are the documents on the way, the key's first.
	Through   []Through `json:"through"`
	Certainty string    `json:"certainty"`
	DependsOn []string  `json:"depends_on,omitempty"`
	// Change is gained, kept, changed or lost; "" where there is no before.
	Change  string   `json:"change,omitempty"`
	Witness *Witness `json:"witness,omitempty"`
}

// Who is a set of callers.
type Who struct {
	Kind string `json:"kind"` // stranger, organization, account, role, user, principal, service, provider
	// Name is an ARN, an account or organization id, a service or an issuer.
	Name string `json:"name"`
	// Address is the resource of an input that manages the caller, "" where none does.
	Address string `json:"address,omitempty"`
	Trusted bool   `json:"trusted"`
	// Input is the one that Address is of.
	Input int `json:"-"`
	// Hidden is the name where Name must not tell it, for comparisons with what somebody wrote down. It is never shown.
	Hidden string `json:"-"`
}

// Condition is one condition of a policy, as it is written there.
type Condition struct {
	Operator string   `json:"operator"`
	Key      string   `json:"key"`
	Values   []string `json:"values"`
}

// Through is a statement, or a whole document or grant, on the way to a key.
type Through struct {
	Address   string     `json:"address"`
	Attribute string     `json:"attribute,omitempty"`
	Statement *Statement `json:"statement,omitempty"`
	Location  *Location  `json:"location,omitempty"`
}
