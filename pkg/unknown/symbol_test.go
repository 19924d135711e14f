package unknown_test

import (
	"slices"
	"testing"

	"github.com/keyproof/keyproof/pkg/unknown"
)

func TestJoin(t *testing.T) {
	a := unknown.Symbol{Ref: `aws_iam_role.a["x, \"y"].arn`, Kind: unknown.RoleARN}
	b := unknown.Symbol{Ref: "var.b", Sensitive: true}
	if got := unknown.Join([]unknown.Symbol{a}); got != a {
		t.Errorf("one reference: got %+v", got)
	}
	got := unknown.Join([]unknown.Symbol{a, b, a})
	if got.Kind != unknown.AnyText || !got.Sensitive {
		t.Errorf("several references: got %+v", got)
	}
	if want := []string{a.Ref, b.Ref}; !slices.Equal(got.Refs(), want) {
		t.Errorf("several references: got %q, want %q", got.Refs(), want)
	}
	if got := unknown.Join(nil); got != (unknown.Symbol{}) || got.Refs() != nil {
		t.Errorf("no reference: got %+v", got)
	}
}

func TestRefsOfExpressions(t *testing.T) {
	join := unknown.Symbol{Ref: `join("", data.aws_iam_policy_document.a.*.json)`}
	cut := unknown.Symbol{Ref: `replace(var.a, "(", substr(…`}
	late := unknown.Symbol{Ref: "var.b"}
	got := unknown.Join([]unknown.Symbol{join, cut, late}).Refs()
	if want := []string{join.Ref, cut.Ref, late.Ref}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
