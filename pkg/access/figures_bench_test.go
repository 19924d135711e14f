package access_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// BenchmarkSix decides about an ordinary key policy with one statement more, for a service that is tied to the account.
func BenchmarkSix(b *testing.B) {
	doc := iam.Parse(unknown.Known(strings.TrimSuffix(ordinary, "]}") + `,
  {"Sid": "Logs", "Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*"], "Resource": "*",
   "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:111122223333:*"}}}]}`))
	if r := access.Analyze(doc, own(iam.Key)); len(doc.Statements) != 6 || r.Public != access.No {
		b.Fatal(len(doc.Statements), r.Public)
	}
	b.ReportAllocs()
	for b.Loop() {
		access.Analyze(doc, own(iam.Key))
	}
}

// BenchmarkSeries decides about n statements of two conditions each and finds all audiences, each time from the text.
func BenchmarkSeries(b *testing.B) {
	for _, n := range []int{1, 2, 5, 11, 20, 50, 100, 200} {
		b.Run(fmt.Sprintf("statements=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				doc := series(n)
				access.Analyze(doc, subjectOfKey)
				access.Audiences(doc, subjectOfKey)
			}
		})
	}
}
