package iam_test

import (
	"testing"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// TestServiceOfUnknownPartition takes no name for that of no service whose end is the DNS suffix of a partition that is not known.
func TestServiceOfUnknownPartition(t *testing.T) {
	for name, refused := range map[string]bool{
		"dnssec-route53." + unknown.Hole(0):        false,
		unknown.Hole(0) + ".amazonaws.com":         false,
		"dnssec-route53." + unknown.Hole(0) + ".x": true,
	} {
		doc := iam.Parse(unknown.Text{
			S:     `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + name + `"},"Action":"kms:Sign","Resource":"*"}]}`,
			Holes: []unknown.Symbol{{Ref: "data.aws_partition.p.dns_suffix", Kind: unknown.PlainName}},
		})
		if got := len(iam.Validate(doc, iam.Key)) > 0; got != refused {
			t.Errorf("%s is refused: %v, want %v", unknown.Plain(name), got, refused)
		}
	}
}
