package fix

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aymanbagabas/go-udiff"

	"github.com/keyproof/keyproof/pkg/tf"
)

// TestDiffShowsNoSecret gives up context, and then the diff, before it shows a sensitive value.
func TestDiffShowsNoSecret(t *testing.T) {
	const before = `variable "pw" {
  sensitive = "true"
  default   = "S3CR3T"
}
resource "aws_kms_key" "a" {
  enable_key_rotation = false
  tags = {
    a = sensitive("S3CR3T"
    )
  }
}
resource "aws_kms_key" "b" {
  enable_key_rotation = false
}
`
	for from, want := range map[string]string{
		"\"b\" {\n  enable_key_rotation = false": "+  enable_key_rotation = true",
		"\"a\" {\n  enable_key_rotation = false": "+  enable_key_rotation = true",
		"default   =":                            "",
	} {
		after := strings.Replace(before, from, strings.NewReplacer("false", "true", "default   =", "default =").Replace(from), 1)
		got := Diff("main.tf", []byte(before), []byte(after), tf.SecretLines("main.tf", []byte(before), nil))
		if strings.Contains(got, "S3CR3T") || !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s: the diff is\n%s", from, got)
		}
	}
}

// TestDiffIsWhereItSays makes each hunk at exactly the lines that it names, in a file whose parts look alike: git apply begins to
// look there.
func TestDiffIsWhereItSays(t *testing.T) {
	lines := strings.Split(strings.Repeat("statement {\n  a = 1\n  b = 2\n  c = 3\n  d = 4\n  e = 5\n}\n\n", 12), "\n")
	before := strings.Join(lines, "\n")
	lines[90], lines[41], lines[9], lines[12] = "  c = 30", "  b = 20", "  a = 10\n  f = 6\n  g = 7", "  d = 40"
	after := strings.Join(slices.Delete(lines, 3, 5), "\n") + "last\n"
	number := regexp.MustCompile(`^@@ -(\d+)(,0)?(?:,\d+)? \+(\d+)(,0)?(?:,\d+)? @@`)
	for context := range 4 {
		d, err := udiff.ToUnifiedDiff("a", "b", before, changed(before, after), context)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		rest, at := strings.SplitAfter(before, "\n"), 0
		for i, line := range strings.SplitAfter(unified(&d), "\n") {
			switch {
			case i < 2 || line == "":
			case line[0] == '@':
				is := number.FindStringSubmatch(line)
				from, _ := strconv.Atoi(is[1])
				to, _ := strconv.Atoi(is[3])
				if is[2] != "" {
					from++
				}
				if is[4] != "" {
					to++
				}
				got, at = append(got, rest[at:from-1]...), from-1
				if to != len(got)+1 {
					t.Errorf("%d lines of context: %s is at line %d", context, strings.TrimSpace(line), len(got)+1)
				}
			case line[0] == '+':
				got = append(got, line[1:])
			default:
				if rest[at] != line[1:] {
					t.Fatalf("line %d is %q, not %q", at+1, rest[at], line[1:])
				}
				if at++; line[0] == ' ' {
					got = append(got, line[1:])
				}
			}
		}
		if is := strings.Join(append(got, rest[at:]...), ""); is != after {
			t.Errorf("%d lines of context: the diff makes\n%s", context, is)
		}
	}
}
