package function

import (
	"context"
	"maps"
	"math/rand"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// around decides nothing, and makes of each template its own text.
type around struct{}

func (around) Decide(value.Choice) value.Outcome { return value.Undecided }

func (around) Template(hclsyntax.Expression, map[string]cty.Value) (cty.Value, *hcl.Diagnostic) {
	return cty.StringVal("text"), nil
}

func (around) PlanTime() string { return "" }

// Whatever a function is called with, and with how much of it, it gives a value or says what is wrong.
func TestCallsWithAnyArguments(t *testing.T) {
	src, diags := tfsource.Load(context.Background(), tfsource.Options{FS: fstest.MapFS{"main.tf": {}, "a": {Data: []byte("text")}}})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	e := value.NewRun(context.Background(), src, value.Budget{Steps: 1 << 40, Each: 1 << 40})
	ref := unknown.Symbol{Ref: "var.x"}
	texts := []cty.Value{cty.StringVal("a"), value.UnknownOf(cty.String, ref)}
	pool := []cty.Value{
		cty.StringVal(""), cty.StringVal("a"), cty.StringVal("{}"), cty.StringVal("(a"), cty.StringVal("arn:aws:iam::1:role/a/b"), cty.StringVal("10.0.0.0/8"), cty.StringVal("a-" + e.Holes.Add(ref)),
		cty.NumberIntVal(-1), cty.NumberIntVal(2), cty.True, cty.NullVal(cty.DynamicPseudoType), cty.NullVal(cty.List(cty.String)),
		cty.EmptyTupleVal, cty.TupleVal(texts), cty.ListVal(texts), cty.SetVal(texts[:1]), cty.EmptyObjectVal, cty.MapVal(map[string]cty.Value{"a": cty.TupleVal(texts[:1]).Index(cty.Zero)}),
		cty.ObjectVal(map[string]cty.Value{"a": cty.ListVal(texts)}), cty.DynamicVal.Mark(unknown.Ref{Symbol: ref}), value.UnknownOf(cty.String, ref), value.UnknownOf(cty.List(cty.String), ref),
		value.UnknownOf(cty.Number, ref), value.Sequence(texts, true), value.Secret(cty.StringVal("a")), value.Secret(cty.TupleVal(texts)),
	}
	random := rand.New(rand.NewSource(1))
	lib := New(e, around{})
	for _, name := range slices.Sorted(maps.Keys(lib.funcs)) {
		gave := map[bool]int{}
		call := func(args ...cty.Value) {
			defer func() {
				if r := recover(); r != nil {
					t.Errorf("%s%#v: %v", name, args, r)
				}
			}()
			v, f := lib.Call(name, hcl.Range{}, hcl.Range{}, args, false)
			if f == nil && v == cty.NilVal {
				t.Errorf("%s%#v gives nothing", name, args)
			}
			gave[f == nil]++
		}
		call()
		for _, a := range pool {
			call(a)
			for _, b := range pool {
				call(a, b)
			}
		}
		for range 500 {
			args := make([]cty.Value, 3+random.Intn(3))
			for i := range args {
				args[i] = pool[random.Intn(len(pool))]
			}
			call(args...)
		}
		if gave[true] == 0 {
			t.Errorf("%s gives no value whatever it is called with", name)
		}
	}
}
