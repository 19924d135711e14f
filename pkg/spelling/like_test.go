package spelling

import "testing"

func TestLike(t *testing.T) {
	tests := []struct {
		pattern, address string
		want             bool
	}{
		{"aws_kms_key.this", "aws_kms_key.this", true},
		{"aws_kms_key.this", "aws_kms_key.this[0]", false},
		{"aws_kms_key.this", "module.x.aws_kms_key.this", false},
		{"module.x.*", "module.x.aws_kms_key.this", true},
		{"module.x.*", "module.x.module.y.aws_kms_key.this[\"a.b\"]", true},
		{"module.x.*", "module.xx.aws_kms_key.this", false},
		{"module.x.*", "module.x[0].aws_kms_key.this", false},
		{"module.x*", "module.x[0].aws_kms_key.this", true},
		{"*", "aws_kms_key.this", true},
		{"**", "aws_kms_key.this", true},
		{"", "aws_kms_key.this", false},
		{"", "", true},
		{"*.this", "aws_kms_key.this", true},
		{"*.this", "aws_kms_key.this.this", true},
		{"*this*this", "aws_kms_key.this", false},
		{"*a*b*c", "xaybzc", true},
		{"*a*b*c", "xaybzcd", false},
		{"a*a", "a", false},
		{"aws_kms_key.this[*]", "aws_kms_key.this[0]", true},
	}
	for _, tt := range tests {
		if got := Like(tt.pattern, tt.address); got != tt.want {
			t.Errorf("Like(%q, %q) = %v", tt.pattern, tt.address, got)
		}
	}
}
