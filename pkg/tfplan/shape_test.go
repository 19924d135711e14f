package tfplan_test

import (
	"bytes"
	"compress/gzip"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"

	"github.com/keyproof/keyproof/pkg/tfplan"
)

// The order of the members, the white space and the encoding of a document change nothing of what is read.
func TestShapeDoesNotMatter(t *testing.T) {
	for name, text := range plans(t) {
		t.Run(name, func(t *testing.T) {
			want := render(read(t, name, text))
			for shape, other := range shapes(t, text) {
				if diff := cmp.Diff(want, render(read(t, name, other))); diff != "" {
					t.Errorf("%s reads differently (-as it was +%s):\n%s", name, shape, diff)
				}
			}
		})
	}
}

func shapes(t *testing.T, text []byte) map[string][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	all := map[string][]byte{
		"sorted":   reorder(t, text, func(names []string) { slices.Sort(names) }),
		"reversed": reorder(t, text, func(names []string) { slices.Sort(names); slices.Reverse(names) }),
		"shuffled": reorder(t, text, func(names []string) {
			random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		}),
		"indented": indented(t, text),
		"spaced":   slices.Concat([]byte("\n\t  "), text, []byte("\n \n")),
	}
	utf16 := func(order unicode.Endianness, bom unicode.BOMPolicy) []byte {
		out, err := unicode.UTF16(order, bom).NewEncoder().Bytes(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	all["UTF-8 with a mark"] = slices.Concat([]byte("\xEF\xBB\xBF"), text)
	all["UTF-16LE with a mark"] = utf16(unicode.LittleEndian, unicode.UseBOM)
	all["UTF-16BE with a mark"] = utf16(unicode.BigEndian, unicode.UseBOM)
	all["UTF-16LE"] = utf16(unicode.LittleEndian, unicode.IgnoreBOM)
	all["UTF-16BE"] = utf16(unicode.BigEndian, unicode.IgnoreBOM)
	all["gzip"] = zipped(t, text)
	all["gzip of UTF-16"] = zipped(t, all["UTF-16LE with a mark"])
	half := len(text) / 2
	all["gzip in two members"] = slices.Concat(zipped(t, text[:half]), zipped(t, text[half:]))
	return all
}

func zipped(t testing.TB, text []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func indented(t testing.TB, text []byte) []byte {
	out, err := jsontext.AppendFormat(nil, text, jsontext.WithIndent("  "))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// reorder writes a document with the members of every object in another order.
func reorder(t testing.TB, text []byte, order func(names []string)) []byte {
	dec := jsontext.NewDecoder(bytes.NewReader(text))
	var b bytes.Buffer
	reorderValue(t, dec, &b, order)
	return b.Bytes()
}

func reorderValue(t testing.TB, dec *jsontext.Decoder, b *bytes.Buffer, order func([]string)) {
	kind := dec.PeekKind()
	if kind != '{' && kind != '[' {
		v, err := dec.ReadValue()
		if err != nil {
			t.Fatal(err)
		}
		b.Write(v)
		return
	}
	if _, err := dec.ReadToken(); err != nil {
		t.Fatal(err)
	}
	var parts []string
	values := map[string][]byte{}
	for dec.PeekKind() != '}' && dec.PeekKind() != ']' {
		name := strings.Repeat("x", len(parts))
		if kind == '{' {
			v, err := dec.ReadValue()
			if err != nil {
				t.Fatal(err)
			}
			name = string(v)
		}
		var v bytes.Buffer
		reorderValue(t, dec, &v, order)
		parts = append(parts, name)
		values[name] = v.Bytes()
	}
	if kind == '{' {
		order(parts)
	}
	b.WriteByte(byte(kind))
	for i, name := range parts {
		if i > 0 {
			b.WriteByte(',')
		}
		if kind == '{' {
			b.WriteString(name + ":")
		}
		b.Write(values[name])
	}
	b.WriteByte(byte(kind) + 2)
	if _, err := dec.ReadToken(); err != nil {
		t.Fatal(err)
	}
}

// However few bytes a reader gives at a time, the result is the same.
func TestSlowReaders(t *testing.T) {
	for _, name := range []string{"nested-modules", "state"} {
		text := plans(t)[name]
		want := render(read(t, name, text))
		for how, r := range map[string]func() *tfplan.Input{
			"one byte": func() *tfplan.Input {
				in, _ := tfplan.Detect(iotest.OneByteReader(bytes.NewReader(text)), options(name))
				return in
			},
			"data with the end": func() *tfplan.Input {
				in, _ := tfplan.Detect(iotest.DataErrReader(bytes.NewReader(text)), options(name))
				return in
			},
		} {
			p, diags := r().Plan()
			if diags.HasErrors() {
				t.Fatalf("%s, %s: %s", name, how, messages(diags))
			}
			if diff := cmp.Diff(want, render(p)); diff != "" {
				t.Errorf("%s, %s:\n%s", name, how, diff)
			}
		}
	}
}

// A plan is recognised although nothing in its first 64 KB tells that it is one.
func TestLateSigns(t *testing.T) {
	padding := `"` + strings.Repeat("x", 200<<10) + `"`
	for name, c := range map[string]struct {
		text string
		kind tfplan.Kind
	}{
		"plan":    {`{"zzz":` + padding + `,"format_version":"1.2","resource_changes":[]}`, tfplan.Plan},
		"state":   {`{"checks":[` + padding + `],"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{}}}`, tfplan.State},
		"neither": {`{"zzz":` + padding + `,"format_version":"1.2"}`, tfplan.Other},
		"log":     {`{"zzz":` + padding + `,"@level":"info","@message":"x"}`, tfplan.Other},
	} {
		in, diags := tfplan.Detect(strings.NewReader(c.text), tfplan.Options{})
		if diags.HasErrors() {
			t.Fatalf("%s: %s", name, messages(diags))
		}
		p, diags := in.Plan()
		if in.Kind != c.kind || diags.HasErrors() != (c.kind == tfplan.Other) || (p == nil) != (c.kind == tfplan.Other) {
			t.Errorf("%s was read as %q: %s", name, in.Kind, messages(diags))
		}
	}
}
