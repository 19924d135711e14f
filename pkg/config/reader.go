package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// reader takes values out of the file and collects what is wrong with them.
type reader struct {
	config *Config
	diags  hcl.Diagnostics
}

func (r *reader) fail(place hcl.Range, summary, detail string, args ...any) {
	r.diags = append(r.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  summary,
		Detail:   fmt.Sprintf(detail, args...),
		Subject:  place.Ptr(),
	})
}

// milder notes a setting that makes the gate milder.
func (r *reader) milder(place hcl.Range, what string, args ...any) {
	r.config.Settings = append(r.config.Settings, Setting{fmt.Sprintf(what, args...), place})
}

// value evaluates an attribute, which holds nothing but constants. It is false where the attribute is not written, or
// is no constant.
func (r *reader) value(a *hcl.Attribute) (cty.Value, bool) {
	if a == nil {
		return cty.NilVal, false
	}
	v, diags := a.Expr.Value(nil)
	r.diags = append(r.diags, diags...)
	return v, !diags.HasErrors()
}

// text reads a string. Numbers are not converted: an account id may begin with a zero.
func (r *reader) text(a *hcl.Attribute, want string) (string, bool) {
	v, ok := r.value(a)
	if !ok {
		return "", false
	}
	if v.IsNull() || v.Type() != cty.String || strings.TrimSpace(v.AsString()) == "" {
		r.wrong(a, want)
		return "", false
	}
	return v.AsString(), true
}

func (r *reader) wrong(a *hcl.Attribute, want string) {
	r.fail(a.Expr.Range(), fmt.Sprintf("Wrong value for %s", a.Name), "Write %s.", want)
}

// texts reads a list of strings, each with its place.
func (r *reader) texts(a *hcl.Attribute, want string) []namedRule {
	if a == nil {
		return nil
	}
	elements, diags := hcl.ExprList(a.Expr)
	if diags.HasErrors() {
		r.wrong(a, "a list such as [\"…\", \"…\"], each of its elements "+want)
		return nil
	}
	var out []namedRule
	for _, e := range elements {
		v, diags := e.Value(nil)
		r.diags = append(r.diags, diags...)
		switch {
		case diags.HasErrors():
		case v.IsNull() || v.Type() != cty.String:
			r.fail(e.Range(), fmt.Sprintf("Wrong value in %s", a.Name), "Write %s.", want)
		default:
			out = append(out, namedRule{v.AsString(), e.Range()})
		}
	}
	return out
}

// inOrder returns attributes in the order of the file.
func inOrder(attrs hcl.Attributes) []*hcl.Attribute {
	return slices.SortedFunc(maps.Values(attrs), func(a, b *hcl.Attribute) int {
		return cmp.Compare(a.NameRange.Start.Byte, b.NameRange.Start.Byte)
	})
}
