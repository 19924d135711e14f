package report_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyproof/keyproof/pkg/file/filetest"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/report"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a golden file, or rewrites the file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got); run with -update when the change is meant:\n%s", path, diff)
	}
}

func write(t testing.TB, format string, r *finding.Report, opts report.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, format, r, opts); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	for name, r := range samples(t) {
		for _, format := range report.Formats() {
			t.Run(name+"/"+format, func(t *testing.T) {
				got := write(t, format, r, report.Options{})
				if format == "html" {
					got = withoutStyle(got)
				}
				golden(t, name+"."+format, got)
			})
		}
	}
}

// withoutStyle takes out of a page what all pages have alike: the style, the script and their hashes.
func withoutStyle(page []byte) []byte {
	page = regexp.MustCompile(`(?s)(<style>|<script>).*?(</style>|</script>)`).ReplaceAll(page, []byte("$1…$2"))
	return regexp.MustCompile(`sha256-[\w+/=]+`).ReplaceAll(page, []byte("sha256-…"))
}

func TestSameBytes(t *testing.T) {
	for _, format := range report.Formats() {
		first := write(t, format, full(t), report.Options{})
		r := full(t)
		for i, j := 0, len(r.Findings)-1; i < j; i, j = i+1, j-1 {
			r.Findings[i], r.Findings[j] = r.Findings[j], r.Findings[i]
		}
		if diff := cmp.Diff(string(first), string(write(t, format, r, report.Options{}))); diff != "" {
			t.Errorf("%s depends on the order of the findings:\n%s", format, diff)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	err := report.Write(&bytes.Buffer{}, "yaml", empty(), report.Options{})
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range append(report.Formats(), "yaml") {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%q does not name %q", err, name)
		}
	}
	if err := report.WriteFile(t.Context(), filepath.Join(t.TempDir(), "x"), "yaml", empty(), report.Options{}); err == nil {
		t.Error("WriteFile: no error")
	}
}

type failing struct{}

var errFull = errors.New("no space left")

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestWriteError(t *testing.T) {
	for _, format := range report.Formats() {
		if err := report.Write(failing{}, format, full(t), report.Options{}); !errors.Is(err, errFull) {
			t.Errorf("%s: got error %v, want %v", format, err, errFull)
		}
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "report.txt")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := report.WriteFile(t.Context(), path, "text", full(t), report.Options{}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := write(t, "text", full(t), report.Options{}); !bytes.Equal(got, want) {
		t.Error("the file differs from what Write writes")
	}
	onlyFile(t, dir, "report.txt")
}

func TestWriteFileRefuses(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	link := filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("kept"), 0o644); err != nil {
		t.Fatal(err)
	}
	filetest.Symlink(t, target, link)
	for _, path := range []string{link, dir, os.DevNull, filepath.Join(dir, "missing", "x")} {
		if err := report.WriteFile(t.Context(), path, "text", full(t), report.Options{}); err == nil {
			t.Errorf("%s: no error", path)
		} else if !strings.Contains(err.Error(), path) {
			t.Errorf("%q does not name %s", err, path)
		}
	}
	if b, _ := os.ReadFile(target); string(b) != "kept" {
		t.Error("the report went through the link")
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is gone")
	}
	onlyFile(t, dir, "link", "target")
}

func onlyFile(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// TestLongTexts holds that a text of the author's is not shown whole when nobody could read it, in any format but JSON, which has all.
func TestLongTexts(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	f := finding.Finding{Rule: "kms-key-public", Severity: finding.Critical, Certainty: finding.Certain, Address: long, Attribute: "policy", Message: strings.Repeat("`a ", 1<<19), Remedy: long, Fingerprint: "1:a"}
	accepted := f
	accepted.Fingerprint, accepted.Suppressed = "1:b", &finding.Suppressed{By: "comment", Reason: long}
	r := &finding.Report{Inputs: []finding.Input{{Path: "p", Kind: "plan"}}, Findings: []finding.Finding{f, accepted},
		Diagnostics: []finding.Diagnostic{{Severity: "warning", Summary: long, Detail: long + "\n" + long}}}
	for _, format := range report.Formats() {
		var b strings.Builder
		if err := report.Write(&b, format, r, report.Options{}); err != nil {
			t.Fatal(err)
		}
		if whole := strings.Contains(b.String(), long); whole != (format == "json") || !whole && b.Len() > 600_000 {
			t.Errorf("%s: %d bytes, all of the text: %t", format, b.Len(), whole)
		}
	}
}

// TestManyFindings holds that a page says what it leaves out.
func TestManyFindings(t *testing.T) {
	r := &finding.Report{Inputs: []finding.Input{{Path: "p", Kind: "plan"}}}
	for i := range 1005 {
		r.Findings = append(r.Findings, finding.Finding{Rule: "kms-key-public", Severity: finding.Critical, Address: fmt.Sprintf("aws_kms_key.k%04d", i), Message: "m", Fingerprint: fmt.Sprint(i)})
	}
	var b strings.Builder
	if err := report.Write(&b, "html", r, report.Options{}); err != nil {
		t.Fatal(err)
	}
	if s := b.String(); !strings.Contains(s, "5 more findings are not on this page") || strings.Contains(s, "k1000") || !strings.Contains(s, "k0999") {
		t.Errorf("%d bytes", len(s))
	}
}
