// Package evaluate is the plain evaluator: one request, one document, one decision. It reads like the AWS documentation
// and takes every element as it stands.
//
// The symbolic engine, pkg/access, was written apart from it: the two share the tables of pkg/aws and the parser, and
// nothing that matches, so that replaying a request here that was found there catches faults on either side.
//
// The files go from the whole to the parts: request, evaluate, operators, match and variables; explain says why a
// document does not catch a request.
package evaluate

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Request is one concrete call.
type Request struct {
	// Principal is an IAM or STS ARN, a service (s3.amazonaws.com), or the identity provider of a federated token, as
	// the policy names it.
	Principal string `json:"principal"`
	// Action is the permission, such as kms:Decrypt.
	Action string `json:"action"`
	// Resource is the ARN of the key or role, "*" where it is not known.
	Resource string `json:"resource"`
	// Context has the condition keys of the request. A key that is not there is absent.
	Context map[string]Values `json:"context"`
}

// Values is the value of a condition key: one string, or a list for keys that may have several.
type Values struct {
	All  []string
	List bool
}

// One is the value of a single-valued key.
func One(s string) Values { return Values{All: []string{s}} }

// Many is the value of a multi-valued key.
func Many(s ...string) Values { return Values{All: s, List: true} }

// MarshalJSON writes a string, or a list of strings.
func (v Values) MarshalJSON() ([]byte, error) {
	if v.List {
		if v.All == nil {
			return []byte("[]"), nil
		}
		return json.Marshal(v.All)
	}
	if len(v.All) == 0 {
		return []byte(`""`), nil
	}
	return json.Marshal(v.All[0])
}

// UnmarshalJSON reads a string, a number, a boolean, or a list of them.
func (v *Values) UnmarshalJSON(data []byte) error {
	var raw any
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.UseNumber()
	if err := dec.Decode(&raw); err != nil {
		return err
	}
	list, isList := raw.([]any)
	if !isList {
		list = []any{raw}
	}
	*v = Values{List: isList}
	for _, e := range list {
		switch e := e.(type) {
		case string:
			v.All = append(v.All, e)
		case json.Number:
			v.All = append(v.All, e.String())
		case bool:
			v.All = append(v.All, fmt.Sprint(e))
		default:
			return fmt.Errorf("a context value is a string or a list of strings, not %s", data)
		}
	}
	return nil
}

// Twice is the name of a condition key that the context has in two spellings, "" where there is none: it does not say what the
// value is.
func (r *Request) Twice() string {
	seen := map[string]string{}
	for _, k := range slices.Sorted(maps.Keys(r.Context)) {
		folded := strings.ToLower(k)
		if _, there := seen[folded]; there {
			return k
		}
		seen[folded] = k
	}
	return ""
}

// lookup finds a condition key; names of keys are not case-sensitive.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
func (r *Request) lookup(key string) (Values, bool) {
	if v, ok := r.Context[key]; ok {
		return v, true
	}
	var found []string
	for k := range r.Context {
		if strings.EqualFold(k, key) {
			found = append(found, k)
		}
	}
	if len(found) == 0 {
		return Values{}, false
	}
	return r.Context[slices.Min(found)], true
}

// Decision is the answer of one policy to one request.
type Decision string

// The decisions. A Deny that matches wins over every Allow.
const (
	Allowed          Decision = "Allowed"
	ExplicitlyDenied Decision = "ExplicitlyDenied"
	ImplicitlyDenied Decision = "ImplicitlyDenied"
)
