package suppress

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/config"
	"github.com/keyproof/keyproof/pkg/finding"
)

// sources are the files of testdata by name.
func sources(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, name := range []string{"main.tf", "keys.tf.json"} {
		src, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))
	}
	return files
}

// span is the place of the text that begins and ends so in a file of testdata: "main.tf: from … to".
func span(t *testing.T, files map[string][]byte, text string) hcl.Range {
	t.Helper()
	if text == "" {
		return hcl.Range{}
	}
	name, text, _ := strings.Cut(text, ": ")
	from, to, wide := strings.Cut(text, " … ")
	src := files[name]
	start := bytes.Index(src, []byte(from))
	if start < 0 {
		t.Fatalf("%s has no %q", name, from)
	}
	end := start + len(from)
	if wide {
		n := bytes.Index(src[end:], []byte(to))
		if n < 0 {
			t.Fatalf("%s has no %q after %q", name, to, from)
		}
		end += n + len(to)
	}
	pos := func(at int) hcl.Pos {
		return hcl.Pos{Line: 1 + bytes.Count(src[:at], []byte("\n")), Column: 1 + at - (bytes.LastIndexByte(src[:at], '\n') + 1), Byte: at}
	}
	return hcl.Range{Filename: name, Start: pos(start), End: pos(end)}
}

func location(r hcl.Range) *finding.Location {
	if r.Filename == "" {
		return nil
	}
	pos := func(p hcl.Pos) finding.Pos { return finding.Pos{Line: p.Line, Column: p.Column, Byte: p.Byte} }
	return &finding.Location{File: r.Filename, Start: pos(r.Start), End: pos(r.End)}
}

func TestComment(t *testing.T) {
	const public, rotation, wildcard = "kms-key-public", "kms-key-rotation", "kms-key-wildcard-action"
	tests := []struct {
		name, rule          string
		block, body         string
		statement, location string
		calls               []string
		reason              string // of the comment, "" where none silences the finding
	}{
		{name: "above the block", rule: rotation, block: `main.tf: resource "aws_kms_key" "above"`, location: `main.tf: resource "aws_kms_key" "above"`, reason: "above the block: the material is imported"},
		{name: "above the block, location in it", rule: rotation, block: `main.tf: resource "aws_kms_key" "above"`, location: `main.tf: policy = "{}"`, reason: "above the block: the material is imported"},
		{name: "no location", rule: rotation, block: `main.tf: resource "aws_kms_key" "above"`, reason: "above the block: the material is imported"},
		{name: "another rule", rule: public, block: `main.tf: resource "aws_kms_key" "above"`},
		{name: "beside the header", rule: rotation, block: `main.tf: resource "aws_kms_key" "beside"`, reason: "beside the header"},
		{name: "a blank line between", rule: rotation, block: `main.tf: resource "aws_kms_key" "apart"`},
		{name: "no sources", rule: rotation},

		{name: "inside a statement", rule: public, block: `main.tf: resource "aws_kms_key" "statements"`,
			statement: "main.tf: {\n      Sid = \"First\" … \n      }", location: "main.tf: \"*\"\n      },", reason: "inside the first statement"},
		{name: "inside a statement, location on its other line", rule: public, block: `main.tf: resource "aws_kms_key" "statements"`,
			statement: "main.tf: {\n      Sid = \"First\" … \n      }", location: `main.tf: Sid = "First"`, reason: "inside the first statement"},
		{name: "beside a brace", rule: public, block: `main.tf: resource "aws_kms_key" "statements"`,
			statement: "main.tf: { # keyproof:ignore kms-key-public beside the second … \n      }", location: `main.tf: Sid       = "Second"`, reason: "beside the second statement's brace"},
		{name: "above a statement", rule: public, block: `main.tf: resource "aws_kms_key" "statements"`,
			statement: `main.tf: { Sid = "Third", Principal = "*" }`, location: `main.tf: "Third"`, reason: "above the third statement"},
		{name: "beside a statement", rule: public, block: `main.tf: resource "aws_kms_key" "statements"`,
			statement: `main.tf: { Sid = "Fourth", Principal = "*" }`, location: `main.tf: "Fourth"`, reason: "beside the fourth"},
		{name: "the statement after", rule: public, block: `main.tf: resource "aws_kms_key" "statements"`,
			statement: `main.tf: { Sid = "Fifth", Principal = "*" }`, location: `main.tf: "Fifth"`},
		{name: "above a statement of several lines", rule: public, block: `main.tf: resource "aws_kms_key" "statements"`,
			statement: "main.tf: {\n        Sid       = \"Sixth\" … \n      }", location: `main.tf: "Sixth"`, reason: "above a statement of several lines"},
		{name: "the policy around", rule: public, block: `main.tf: resource "aws_kms_key" "statements"`, location: "main.tf: jsonencode({\n    Statement"},
		{name: "another rule in the statement", rule: wildcard, block: `main.tf: resource "aws_kms_key" "statements"`,
			statement: `main.tf: { Sid = "Fourth", Principal = "*" }`, location: `main.tf: "Fourth"`},

		{name: "beside a local", rule: public, block: `main.tf: resource "aws_kms_key" "elsewhere"`, location: `main.tf: "*", # keyproof:ignore kms-key-public beside the element`, reason: "beside the element, far from the block"},
		{name: "the line after a local", rule: public, block: `main.tf: resource "aws_kms_key" "elsewhere"`, location: `main.tf: "arn:aws:iam::111122223333:root"`},

		{name: "above the call", rule: public, block: "outer/main.tf", calls: []string{`main.tf: module "outer"`}, reason: "above the call"},
		{name: "above the call, second rule", rule: rotation, block: "outer/main.tf", calls: []string{`main.tf: module "outer"`}, reason: "above the call"},
		{name: "another call of the same module", rule: public, block: "outer/main.tf", calls: []string{`main.tf: module "other"`}},
		{name: "an outer call", rule: public, block: "inner/main.tf", calls: []string{`main.tf: module "outer"`, `main.tf: module "other"`}, reason: "above the call"},

		{name: "JSON block", rule: public, block: `keys.tf.json: "open"`, body: `keys.tf.json: "open": … }`, location: `keys.tf.json: "open"`, reason: "in the block"},
		{name: "JSON block, location in it", rule: public, block: `keys.tf.json: "open"`, body: `keys.tf.json: "open": … "policy": "{}" }`, location: `keys.tf.json: "policy": "{}" }, "next"`, reason: "in the block"},
		{name: "JSON block on the same line", rule: public, block: `keys.tf.json: "next"`, body: `keys.tf.json: "next": … "policy": "{}" }`, location: `keys.tf.json: "policy": "{}" },
      "list"`},
		{name: "JSON local", rule: public, block: `keys.tf.json: "next"`, body: `keys.tf.json: "next": … "policy": "{}" }`, location: `keys.tf.json: "local text"`},
		{name: "JSON list", rule: rotation, block: `keys.tf.json: "list"`, body: `keys.tf.json: "list": … ] } ]`, reason: "in the only block of a list"},
		{name: "JSON call", rule: public, block: "outer/main.tf", calls: []string{`keys.tf.json: "outer"`}, reason: "in the call"},
		{name: "JSON statement", rule: public, block: `keys.tf.json: "doc"`, body: "keys.tf.json: \"doc\": … \n        ]\n      }", statement: `keys.tf.json: "statement"`, location: `keys.tf.json: "*"] }, "//"`, reason: "in the first statement"},
		{name: "JSON statement after", rule: public, block: `keys.tf.json: "doc"`, body: "keys.tf.json: \"doc\": … \n        ]\n      }", statement: `keys.tf.json: "statement"`, location: `keys.tf.json: "*"] } }`},
	}
	files := sources(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			comments, diags := Comments(files, rules())
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			place := func(where string) *finding.Location { return location(span(t, files, where)) }
			places := finding.Places{Body: place(tt.body), Statement: place(tt.statement)}
			if strings.Contains(tt.block, ": ") {
				places.Block = place(tt.block)
			} else {
				places.Block = location(hcl.Range{Filename: tt.block, Start: hcl.InitialPos})
			}
			for _, c := range tt.calls {
				places.Calls = append(places.Calls, place(c))
			}
			findings := []finding.Finding{{Rule: tt.rule, Address: "aws_kms_key.this", Location: place(tt.location), Places: places}}
			s := Suppressions{Comments: comments}
			s.Apply(findings, time.Now())
			got := ""
			if by := findings[0].Suppressed; by != nil {
				got = by.Reason
				if by.By != byComment {
					t.Errorf("suppressed by %q", by.By)
				}
			}
			if got != tt.reason {
				t.Errorf("silenced by the comment %q, not %q", got, tt.reason)
			}
		})
	}
}

// TestApply holds who silences what on which day, and what is warned of.
func TestApply(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	src := "a = 1 # keyproof:ignore kms-key-public until=2027-01-31 comment\nb = 2 # keyproof:ignore kms-key-rotation,kms-key-wildcard-action two rules\n"
	comments, diags := Comments(map[string][]byte{"main.tf": []byte(src)}, rules())
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	place := func(line int) hcl.Range {
		return hcl.Range{Filename: ".keyproof.hcl", Start: hcl.Pos{Line: line, Byte: line}}
	}
	s := Suppressions{
		Comments: comments,
		Exceptions: []config.Exception{
			{Rule: "kms-key-public", Address: "module.x.*", Reason: "exception", Until: day("2027-01-31"), Range: place(1)},
			{Rule: "kms-key-public", Address: "module.y.*", Reason: "unused", Range: place(5)},
		},
		Baseline: loaded(t, Entry{Rule: "kms-key-public", Address: "aws_kms_key.old", Attribute: "policy", Fingerprint: "f-old"}, Entry{Rule: "kms-key-public", Address: "aws_kms_key.gone", Attribute: "policy", Fingerprint: "f-gone"}),
	}
	at := func(line int) *finding.Location {
		return &finding.Location{File: "main.tf", Start: finding.Pos{Line: line}}
	}
	list := func() []finding.Finding {
		return []finding.Finding{
			{Rule: "kms-key-public", Address: "aws_kms_key.a", Location: at(1), Fingerprint: "f-a"},
			{Rule: "kms-key-rotation", Address: "aws_kms_key.b", Location: at(2), Fingerprint: "f-b"},
			{Rule: "kms-key-public", Address: "module.x.aws_kms_key.a", Fingerprint: "f-x"},
			{Rule: "kms-key-public", Address: "aws_kms_key.old", Fingerprint: "f-old"},
			{Rule: "kms-key-public", Address: "aws_kms_key.gone", Fingerprint: "f-gone", Status: finding.Resolved},
			{Rule: "kms-key-public", Address: "aws_kms_key.new", Fingerprint: "f-new"},
		}
	}
	unused := []string{
		".keyproof.hcl:5 An exception that silences nothing",
		"main.tf:2 A comment that silences nothing",
		"The baseline holds what no longer occurs",
	}
	tests := []struct {
		now  time.Time
		by   []string
		says []string
	}{
		{day("2027-01-31").Add(23 * time.Hour), []string{"comment comment 2027-01-31", "comment two rules ", "exception exception 2027-01-31", "baseline  ", "", ""}, unused},
		{day("2027-02-01"), []string{"", "comment two rules ", "", "baseline  ", "", ""}, []string{
			".keyproof.hcl:1 An exception that is out of date", unused[0], "main.tf:1 A comment that is out of date", unused[1], unused[2]}},
		{day("2027-02-01").In(time.FixedZone("", -12*3600)), []string{"", "comment two rules ", "", "baseline  ", "", ""}, []string{
			".keyproof.hcl:1 An exception that is out of date", unused[0], "main.tf:1 A comment that is out of date", unused[1], unused[2]}},
	}
	for _, tt := range tests {
		findings := list()
		diags := s.Apply(findings, tt.now)
		var by, says []string
		for _, f := range findings {
			text := ""
			if f.Suppressed != nil {
				text = fmt.Sprint(f.Suppressed.By, " ", f.Suppressed.Reason, " ", f.Suppressed.Until)
			}
			by = append(by, text)
		}
		for _, d := range diags {
			text := d.Summary
			if d.Subject != nil {
				text = fmt.Sprintf("%s:%d %s", d.Subject.Filename, d.Subject.Start.Line, d.Summary)
			}
			says = append(says, text)
			if d.Severity != hcl.DiagWarning {
				t.Errorf("not a warning: %v", d)
			}
		}
		if diff := cmp.Diff(tt.by, by); diff != "" {
			t.Error(tt.now, diff)
		}
		if diff := cmp.Diff(tt.says, says); diff != "" {
			t.Error(tt.now, diff)
		}
	}
	var none Suppressions
	findings := list()
	if diags := none.Apply(findings, day("2027-01-31")); len(diags) > 0 || slices.ContainsFunc(findings, func(f finding.Finding) bool { return f.Suppressed != nil }) {
		t.Errorf("the zero value does something: %v", diags)
	}
}

// loaded is a baseline with some entries, by way of a file.
func loaded(t *testing.T, entries ...Entry) *Baseline {
	t.Helper()
	var findings []finding.Finding
	for _, e := range entries {
		findings = append(findings, finding.Finding{Rule: e.Rule, Address: e.Address, Attribute: e.Attribute, Fingerprint: e.Fingerprint})
	}
	path := filepath.Join(t.TempDir(), "baseline.json")
	if err := WriteBaseline(t.Context(), path, findings); err != nil {
		t.Fatal(err)
	}
	b, err := LoadBaseline(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
