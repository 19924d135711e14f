package report_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyproof/keyproof/pkg/report"
)

type suites struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Suites   []struct {
		Name  string `xml:"name,attr"`
		Cases []struct {
			Class   string  `xml:"classname,attr"`
			Name    string  `xml:"name,attr"`
			Skipped *string `xml:"skipped"`
			Failure *struct {
				Type string `xml:"type,attr"`
				Text string `xml:",chardata"`
			} `xml:"failure"`
			Error *struct {
				Text string `xml:",chardata"`
			} `xml:"error"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

func checkJUnit(t *testing.T, text []byte) suites {
	t.Helper()
	checkSeen(t, text)
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if c, ok := tok.(xml.Comment); ok {
			t.Errorf("comment %s", c)
		}
	}
	var s suites
	if err := xml.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, suite := range s.Suites {
		for _, c := range suite.Cases {
			if seen[suite.Name+"\x00"+c.Class+"\x00"+c.Name] && len(s.Suites) == 1 {
				t.Errorf("test %s %s stands twice", c.Class, c.Name)
			}
			seen[suite.Name+"\x00"+c.Class+"\x00"+c.Name] = true
		}
	}
	return s
}

func TestJUnit(t *testing.T) {
	s := checkJUnit(t, write(t, "junit", full(t), report.Options{}))
	if diff := cmp.Diff([]int{8, 7, 0}, []int{s.Tests, s.Failures, s.Errors}); diff != "" {
		t.Error(diff)
	}
	var got []string
	for _, c := range s.Suites[0].Cases {
		state := "passed"
		switch {
		case c.Failure != nil:
			state = "failed"
		case c.Skipped != nil:
			state = "skipped"
		}
		got = append(got, state+" "+c.Class+": "+c.Name)
	}
	want := []string{
		"failed aws_iam_role.portal: iam-role-public, assume_role_policy, statement 1",
		"failed aws_kms_key.sealed: kms-key-reachable, policy",
		`failed module.vault["eu"].aws_kms_key.this: kms-key-public, policy, statement "Everyone"`,
		`failed module.vault["us"].aws_kms_key.this: kms-key-public, policy, statement "Everyone"`,
		`failed aws_kms_key.partner: kms-key-external-account, policy, statement "Partner"`,
		`failed aws_kms_key.partner: policy-undecided, policy, statement "Later"`,
		"failed aws_kms_key.partner: kms-key-deletion-window, deletion_window_in_days",
		"skipped aws_kms_key.sealed: kms-key-deletion-window",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s := checkJUnit(t, write(t, "junit", broken(), report.Options{})); s.Errors != 2 || s.Tests != 4 || len(s.Suites) != 2 {
		t.Errorf("unreadable inputs: %+v", s)
	}
	if s := checkJUnit(t, write(t, "junit", empty(), report.Options{})); s.Tests != 1 || s.Suites[0].Cases[0].Skipped == nil {
		t.Errorf("nothing to judge: %+v", s)
	}
}

// TestJUnitSchema holds JUnit reports against the schema of Jenkins, with xmllint.
func TestJUnitSchema(t *testing.T) {
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed")
	}
	schema := filepath.Join("..", "..", "fixtures", "schemas", "junit.xsd")
	for name, r := range samples(t) {
		file := filepath.Join(t.TempDir(), name+".xml")
		if err := os.WriteFile(file, write(t, "junit", r, report.Options{}), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(xmllint, "--noout", "--nonet", "--schema", schema, file).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
