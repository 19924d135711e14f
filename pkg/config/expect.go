package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

type writtenExpect struct {
	Name   string         `hcl:"name,label"`
	Header hcl.Range      `hcl:",def_range"`
	Key    *hcl.Attribute `hcl:"key,optional"`
	Only   *writtenAccess `hcl:"only,block"`
	Keeps  *writtenAccess `hcl:"keeps,block"`
	Reason *hcl.Attribute `hcl:"reason,optional"`
}

type writtenAccess struct {
	Classes hcl.Attributes `hcl:",remain"`
}

// actionClasses are the classes of actions that an expectation lists callers for.
var actionClasses = []string{"data", "control", "use", "metadata"}

func (r *reader) expect(w *writtenExpect) {
	e := Expectation{Name: w.Name, Range: w.Header}
	if w.Key == nil {
		r.fail(w.Header, "Expectation without a key", "Say which keys it is about: key = \"aws_kms_key.ledger\", or alias/ledger; * stands for any text.")
		return
	}
	key, ok := r.text(w.Key, "the address, alias, id or ARN of a key in quotes")
	if !ok {
		return
	}
	if e.Key = key; w.Only == nil && w.Keeps == nil {
		r.fail(w.Header, "Expectation that expects nothing", "Say who may use the key in a block only, or who must not lose it in a block keeps.")
		return
	}
	if w.Reason != nil {
		e.Reason, _ = r.text(w.Reason, "why, in quotes")
	}
	e.Only, e.Keeps = r.callers(w.Only), r.callers(w.Keeps)
	r.config.Expectations = append(r.config.Expectations, e)
}

// callers reads who is listed, by class.
func (r *reader) callers(w *writtenAccess) map[string][]string {
	out := map[string][]string{}
	if w == nil {
		return out
	}
	for _, a := range inOrder(w.Classes) {
		if !slices.Contains(actionClasses, a.Name) {
			r.fail(a.NameRange, "Unknown class of actions", "%s is none of %s.", fmt.Sprintf("%q", a.Name), strings.Join(actionClasses, ", "))
			continue
		}
		list := []string{}
		for _, t := range r.texts(a, "an address, an ARN, an account, a service or account in quotes") {
			list = append(list, t.name)
		}
		out[a.Name] = list
	}
	return out
}
