package fix

import (
	"strings"
	"testing"

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
