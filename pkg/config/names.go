package config

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

type writtenIssuer struct {
	Host   string         `hcl:"host,label"`
	Header hcl.Range      `hcl:",def_range"`
	Tenant *hcl.Attribute `hcl:"tenant,optional"`
	Form   *hcl.Attribute `hcl:"form,optional"`
}

type writtenKey struct {
	Name      string         `hcl:"name,label"`
	Header    hcl.Range      `hcl:",def_range"`
	Restricts *hcl.Attribute `hcl:"restricts,optional"`
}

func (r *reader) issuer(w *writtenIssuer) {
	iss := SharedIssuer{Host: strings.ToLower(strings.TrimSuffix(w.Host, "/")), Range: w.Header}
	if strings.Contains(w.Host, "://") || !strings.Contains(w.Host, ".") {
		r.fail(w.Header, "Not the name of an identity provider", "Write the provider's url without its scheme, such as shared_issuer \"ci.example.com\".")
	}
	if w.Tenant == nil {
		r.fail(w.Header, "A shared issuer without its tenant", "Write tenant = \"…\": the claim of its tokens that names the customer, such as \"sub\".")
	}
	iss.Tenant, _ = r.text(w.Tenant, `a claim in quotes, such as "sub"`)
	if form, ok := r.text(w.Form, `how the claim names the customer, with a star for the name, such as "org:*/"`); ok && w.Form != nil {
		before, after, star := strings.Cut(form, "*")
		if !star || strings.Contains(after, "*") {
			r.fail(w.Form.Expr.Range(), "Wrong value for form", "Write one star where the customer's name stands, such as \"org:*/\".")
		}
		iss.Formed, iss.Before, iss.After = true, before, after[:min(1, len(after))]
	}
	r.config.SharedIssuers = append(r.config.SharedIssuers, iss)
}

func (r *reader) key(w *writtenKey) {
	k := ConditionKey{Name: w.Name}
	if !strings.Contains(w.Name, ":") {
		r.fail(w.Header, "Not a condition key", "Write the key as policies do, such as condition_key \"aws:NewKey\".")
	}
	const want = "true where AWS says who calls by it, false where the caller chooses the value"
	v, ok := cty.False, false
	if w.Restricts == nil {
		r.fail(w.Header, "A condition key of which nothing is said", "Write restricts = …: %s.", want)
	} else if v, ok = r.value(w.Restricts); ok && v.Type() != cty.Bool {
		r.wrong(w.Restricts, want)
		ok = false
	}
	k.Restricts = ok && v.True()
	if k.Restricts {
		r.milder(w.Header, "condition_key %s restricts", w.Name)
	}
	r.config.ConditionKeys = append(r.config.ConditionKeys, k)
}
