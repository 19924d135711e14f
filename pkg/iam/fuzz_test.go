package iam_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// FuzzParse holds that any text is read without harm, that every offset lies in it, and that reading it again gives the
// same document.
func FuzzParse(f *testing.F) {
	lines, err := filepath.Glob("../../fixtures/policies/*.jsonl")
	if err != nil || len(lines) == 0 {
		f.Fatal("no fixtures", err)
	}
	for _, file := range lines {
		in, err := os.Open(file)
		if err != nil {
			f.Fatal(err)
		}
		defer in.Close()
		s := bufio.NewScanner(in)
		s.Buffer(nil, 1<<20)
		for s.Scan() {
			var row struct{ Policy json.RawMessage }
			if err := json.Unmarshal(s.Bytes(), &row); err != nil {
				f.Fatal(err)
			}
			f.Add(string(row.Policy))
		}
	}
	files, err := filepath.Glob("../../fixtures/policies/*/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(strings.NewReplacer("⟨", unknown.Hole(0), "⟩", "").Replace(string(text)))
	}
	for _, s := range []string{"", "{", "null", "[]", `{"Statement":{"Effect":`, unknown.Hole(0), `{"Statement":[` + unknown.Hole(1) + `]}`, `{"Statement":"` + unknown.Hole(0)[:3], "{\"a\\u0000\":\"\\ud800\"}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := unknown.Text{S: s, Holes: []unknown.Symbol{{Ref: "var.a"}, {Ref: "var.b"}}}
		d := iam.Parse(text)
		for _, kind := range []iam.Kind{iam.Key, iam.Trust, iam.Identity} {
			for _, p := range iam.Validate(d, kind) {
				inside(t, s, p.Start, p.End)
			}
		}
		inRange(t, s, reflect.ValueOf(*d))
		if again := iam.Parse(text); !reflect.DeepEqual(d, again) {
			t.Errorf("read twice, it differs")
		}
	})
}

func inside(t *testing.T, s string, start, end int) {
	t.Helper()
	if start < 0 || end < start || end > len(s) {
		t.Errorf("the range %d:%d in a text of %d bytes", start, end, len(s))
	}
}

// inRange visits everything that has a Start and an End.
func inRange(t *testing.T, s string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			inRange(t, s, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			inRange(t, s, v.Index(i))
		}
	case reflect.Struct:
		start, end := v.FieldByName("Start"), v.FieldByName("End")
		if start.IsValid() && end.IsValid() && start.CanInt() {
			inside(t, s, int(start.Int()), int(end.Int()))
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "Text" || v.Field(i).Type() != reflect.TypeFor[unknown.Text]() {
				inRange(t, s, v.Field(i))
			}
		}
	}
}
