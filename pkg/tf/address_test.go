package tf_test

import (
	"slices"
	"testing"

	"github.com/zclconf/go-cty/cty"
	"pgregory.net/rapid"

	"github.com/keyproof/keyproof/pkg/tf"
)

func TestParseAddress(t *testing.T) {
	for _, c := range []struct {
		in      string
		modules string // of Module()
		mode    tf.Mode
		typ     string
		name    string
		key     cty.Value
	}{
		{`aws_kms_key.this`, ``, tf.Managed, "aws_kms_key", "this", cty.NilVal},
		{`aws_kms_key.this[12]`, ``, tf.Managed, "aws_kms_key", "this", cty.NumberIntVal(12)},
		{`aws_kms_key.a["module.vault.aws_kms_key"]`, ``, tf.Managed, "aws_kms_key", "a", cty.StringVal("module.vault.aws_kms_key")},
		{`data.aws_iam_policy_document.d`, ``, tf.Data, "aws_iam_policy_document", "d", cty.NilVal},
		{`ephemeral.aws_x.e`, ``, "ephemeral", "aws_x", "e", cty.NilVal},
		{`module.kms["a.b"].module.x[0].aws_kms_key.this["q\"]"]`, `module.kms["a.b"].module.x[0]`, tf.Managed, "aws_kms_key", "this", cty.StringVal(`q"]`)},
		{`module.v["Zürich/東京"].data.aws_kms_key.k`, `module.v["Zürich/東京"]`, tf.Data, "aws_kms_key", "k", cty.NilVal},
		{`module.kms["$${x}"].t_y.z["%%{a"]`, `module.kms["$${x}"]`, tf.Managed, "t_y", "z", cty.StringVal("%{a")},
		{`module.kms["new\nline"].t_y.z["\u00ad\x00"]`, `module.kms["new\nline"]`, tf.Managed, "t_y", "z", cty.StringVal("\u00ad\x00")},
		{`t_y.z[*]`, ``, tf.Managed, "t_y", "z", cty.DynamicVal},
		{`t_y.z["$$"]`, ``, tf.Managed, "t_y", "z", cty.StringVal("$$")},
		{`t_y.z[""]`, ``, tf.Managed, "t_y", "z", cty.StringVal("")},
		{`module.module.t_y.data`, `module.module`, tf.Managed, "t_y", "data", cty.NilVal},
	} {
		a, err := tf.ParseAddress(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if a.Module() != c.modules || a.Mode != c.mode || a.Type != c.typ || a.Name != c.name || !sameKey(a.Key, c.key) {
			t.Errorf("%s: got %#v", c.in, a)
		}
		if again, err := tf.ParseAddress(a.String()); err != nil || again.String() != a.String() {
			t.Errorf("%s: printed as %s, which reads as %s (%v)", c.in, a, again, err)
		}
	}
}

func TestParseAddressErrors(t *testing.T) {
	for _, in := range []string{
		``, `x`, `x.`, `.x`, `a.b.c.d`, `module.x`, `module.x.`, `module.`, `a.b[`, `a.b[]`, `a.b["`, `a.b["x"`, `a.b["\q"]`, `a.b[0]x`, `a.b[0][1]`,
		`a.b[-1]`, `a.b[1.5]`, `a.b[99999999999999999999]`, `a b.c`, `module.x[0]a.b`,
	} {
		if a, err := tf.ParseAddress(in); err == nil {
			t.Errorf("%q was read as %#v", in, a)
		}
	}
}

func TestModulePath(t *testing.T) {
	for in, want := range map[string][]string{
		``:                                    nil,
		`aws_kms_key.this`:                    nil,
		`module.kms`:                          {"kms"},
		`module.kms["a.b"].module.x[0]`:       {"kms", "x"},
		`module.kms["a.b"].module.x[0].a.b`:   {"kms", "x"},
		`module.a.module.b["].module.c"].d.e`: {"a", "b"},
	} {
		if got := tf.ModulePath(in); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

// Whatever keys an address has, it reads as what was printed.
func TestAddressRoundTrip(t *testing.T) {
	key := rapid.OneOf(
		rapid.Just(cty.NilVal),
		rapid.Map(rapid.IntRange(0, 1<<40), func(i int) cty.Value { return cty.NumberIntVal(int64(i)) }),
		rapid.Map(rapid.String(), cty.StringVal),
		rapid.Map(rapid.StringOf(rapid.SampledFrom([]rune(`"\$%{}[].é`+"\n\x00"))), cty.StringVal),
	)
	name := rapid.StringMatching(`[a-z_][a-z0-9_-]{0,8}`)
	rapid.Check(t, func(t *rapid.T) {
		want := tf.Address{
			Mode: rapid.SampledFrom([]tf.Mode{tf.Managed, tf.Data}).Draw(t, "mode"),
			Type: "aws_" + name.Draw(t, "type"), Name: name.Draw(t, "name"), Key: key.Draw(t, "key"),
		}
		for range rapid.IntRange(0, 3).Draw(t, "depth") {
			want.Modules = append(want.Modules, tf.ModuleStep{Name: name.Draw(t, "module"), Key: key.Draw(t, "module key")})
		}
		got, err := tf.ParseAddress(want.String())
		if err != nil {
			t.Fatal(err)
		}
		if got.Mode != want.Mode || got.Type != want.Type || got.Name != want.Name || !sameKey(got.Key, want.Key) || len(got.Modules) != len(want.Modules) {
			t.Fatalf("%s: got %#v, want %#v", want, got, want)
		}
		for i := range want.Modules {
			if got.Modules[i].Name != want.Modules[i].Name || !sameKey(got.Modules[i].Key, want.Modules[i].Key) {
				t.Fatalf("%s: module %d is %#v, want %#v", want, i, got.Modules[i], want.Modules[i])
			}
		}
	})
}

func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{`module.kms["a.b"].module.x[0].aws_kms_key.this["q\"]"]`, `data.a.b[*]`, `a.b["\u00e9$${"]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := tf.ParseAddress(s)
		if err != nil {
			return
		}
		b, err := tf.ParseAddress(a.String())
		if err != nil || b.String() != a.String() {
			t.Fatalf("%q: printed as %q, which reads as %q (%v)", s, a, b, err)
		}
	})
}

func sameKey(a, b cty.Value) bool {
	if a == cty.NilVal || b == cty.NilVal {
		return a == b
	}
	return a.RawEquals(b)
}
