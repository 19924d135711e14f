package access_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// ordinary is the key policy that most keys have in one form or another: the account, its administrators, its users,
// grants for services, one service.
const ordinary = `{"Version": "2012-10-17", "Id": "key", "Statement": [
  {"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
  {"Sid": "Allow access for Key Administrators", "Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:role/admin", "arn:aws:iam::111122223333:role/deploy"]},
   "Action": ["kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*", "kms:Disable*", "kms:Get*", "kms:Delete*", "kms:TagResource", "kms:UntagResource", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"], "Resource": "*"},
  {"Sid": "Allow use of the key", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"], "Resource": "*"},
  {"Sid": "Allow attachment of persistent resources", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"], "Resource": "*",
   "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}},
  {"Sid": "Allow S3", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*",
   "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:CallerAccount": "111122223333"}}}]}`

func BenchmarkOrdinary(b *testing.B) {
	doc := iam.Parse(unknown.Known(ordinary))
	s := own(iam.Key)
	if r := access.Analyze(doc, s); r.Verdict != access.Internal {
		b.Fatal(r.Verdict)
	}
	b.ReportAllocs()
	for b.Loop() {
		access.Analyze(doc, s)
	}
}

func BenchmarkRootOnly(b *testing.B) {
	doc := iam.Parse(unknown.Known(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}`))
	b.ReportAllocs()
	for b.Loop() {
		access.Analyze(doc, own(iam.Key))
	}
}

func BenchmarkEvaluate(b *testing.B) {
	doc := iam.Parse(unknown.Known(ordinary))
	req := &evaluate.Request{Principal: "arn:aws:iam::111122223333:role/app", Action: "kms:Decrypt", Resource: ownKey, Context: map[string]evaluate.Values{
		"aws:PrincipalAccount": evaluate.One(ownAccount), "kms:CallerAccount": evaluate.One(ownAccount)}}
	b.ReportAllocs()
	for b.Loop() {
		evaluate.Decide(doc, req)
	}
}

// BenchmarkCorpus analyzes the labelled policies and generated ones, and reports the time of one: the median, the 99th
// percentile, the longest.
func BenchmarkCorpus(b *testing.B) {
	type input struct {
		doc *iam.Document
		s   access.Subject
	}
	var labelledOnes, generated []input
	for _, file := range []string{"labelled.jsonl", "more.jsonl"} {
		for _, row := range readLabelled(b, file) {
			labelledOnes = append(labelledOnes, input{iam.Parse(unknown.Known(string(row.Policy))), own(row.Kind)})
		}
	}
	draw := rapid.Custom(func(t *rapid.T) policy {
		switch pick(t, "kind", 0, 0, 1, 2) {
		case 1:
			return genTrustPolicy(t)
		case 2:
			return genIdentityPolicy(t)
		}
		return genKeyPolicy(t)
	})
	for i := range 2000 {
		p := draw.Example(i)
		generated = append(generated, input{iam.Parse(unknown.Known(p.json(false))), own(p.kind)})
	}
	for name, inputs := range map[string][]input{"labelled": labelledOnes, "generated": generated} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var times []time.Duration
			for b.Loop() {
				times = times[:0]
				for _, in := range inputs {
					start := time.Now()
					access.Analyze(in.doc, in.s)
					times = append(times, time.Since(start))
				}
			}
			slices.Sort(times)
			at := func(share float64) float64 {
				return float64(times[int(share*float64(len(times)-1))].Nanoseconds()) / 1000
			}
			b.ReportMetric(at(0.5), "µs-median")
			b.ReportMetric(at(0.99), "µs-p99")
			b.ReportMetric(at(1), "µs-max")
		})
	}
}

// adversarial are documents that are made to be hard: overlapping patterns, many statements, many values, many Denies.
func adversarial() map[string]string {
	everyone := `"Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*"`
	doc := func(statements []string) string {
		return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
	}
	fill := func(n int, f func(i int) string) []string {
		var out []string
		size := 0
		for i := 0; i < n && size < 32500; i++ {
			out = append(out, f(i))
			size += len(out[i]) + 1
		}
		return out
	}
	letter := func(i int) string { return string(rune('a' + i%26)) }
	glob := func(i int) string {
		return "*" + letter(i) + "*" + letter(i/26+i) + "*" + letter(i*7) + "*"
	}
	quote := func(list []string) string { return `["` + strings.Join(list, `","`) + `"]` }
	tag := "aws:PrincipalTag/team"
	condition := func(op, key, values string) string {
		return `"Condition":{"` + op + `":{"` + key + `":` + values + `}}`
	}
	return map[string]string{
		"globs in one Deny": doc([]string{`{"Effect":"Allow",` + everyone + `}`,
			`{"Effect":"Deny",` + everyone + `,` + condition("StringLike", tag, quote(fill(4000, glob))) + `}`}),
		"globs in Denies": doc(append([]string{`{"Effect":"Allow",` + everyone + `,` + condition("Null", tag, `"false"`) + `}`},
			fill(500, func(i int) string {
				return `{"Effect":"Deny",` + everyone + `,` + condition("StringLike", tag, `"`+glob(i)+`"`) + `}`
			})...)),
		"globs that must all match": doc(fill(500, func(i int) string {
			if i == 0 {
				return `{"Effect":"Allow",` + everyone + `,` + condition("StringLike", tag, `"*"`) + `}`
			}
			return `{"Effect":"Deny",` + everyone + `,` + condition("StringNotLike", tag, `"`+glob(i)+`"`) + `}`
		})),
		"overlapping a and b": doc(append([]string{`{"Effect":"Allow",` + everyone + `,` + condition("StringLike", tag, quote(fill(300, func(i int) string {
			return strings.Repeat("a*b*", i%12+1) + "a"
		}))) + `}`}, fill(150, func(i int) string {
			return `{"Effect":"Deny",` + everyone + `,` + condition("StringLike", tag, `"*`+strings.Repeat("?", i%17)+`a*b`+strings.Repeat("?", i%13)+`*"`) + `}`
		})...)),
		"statements": doc(fill(500, func(i int) string {
			return `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/r` + fmt.Sprint(i) + `"},"Action":"kms:*","Resource":"*"}`
		})),
		"values": doc([]string{`{"Effect":"Allow",` + everyone + `,` + condition("StringEquals", "aws:PrincipalOrgID", quote(fill(500, func(i int) string {
			return fmt.Sprintf("o-%010d", i)
		}))) + `}`}),
		"ARN values": doc([]string{`{"Effect":"Allow",` + everyone + `,` + condition("ArnLike", "aws:PrincipalArn", quote(fill(500, func(i int) string {
			return fmt.Sprintf("arn:aws:iam::%012d:role/*%d*", i+1000, i)
		}))) + `}`}),
		"ARN values denied": doc([]string{`{"Effect":"Allow",` + everyone + `}`, `{"Effect":"Deny",` + everyone + `,` + condition("StringNotLike", "aws:PrincipalArn", quote(fill(500, func(i int) string {
			return fmt.Sprintf("arn:aws:iam::*%012d:role/*%d*", i+1000, i)
		}))) + `}`}),
		"Denies of two keys": doc(append([]string{`{"Effect":"Allow",` + everyone + `}`}, fill(500, func(i int) string {
			return fmt.Sprintf(`{"Effect":"Deny",%s,"Condition":{"StringEquals":{"aws:PrincipalTag/a%d":"x","aws:PrincipalTag/b%d":"y"}}}`, everyone, i, i)
		})...)),
		"Denies of the same keys": doc(append([]string{`{"Effect":"Allow",` + everyone + `}`}, fill(500, func(i int) string {
			return fmt.Sprintf(`{"Effect":"Deny",%s,"Condition":{"StringLike":{"aws:PrincipalTag/a":"*%d*","aws:PrincipalTag/b":"*%d*","aws:PrincipalTag/c":"*%d*"}}}`, everyone, i, i+1, i+2)
		})...)),
		"Denies that leave nothing": doc(append([]string{`{"Effect":"Allow",` + everyone + `}`}, append(fill(200, func(i int) string {
			return fmt.Sprintf(`{"Effect":"Deny",%s,"Condition":{"StringNotEqualsIfExists":{"aws:PrincipalTag/a%d":"x","aws:PrincipalTag/b%d":"y"}}}`, everyone, i%9, i%7)
		}), `{"Effect":"Deny",`+everyone+`,"Condition":{"StringEquals":{"aws:PrincipalTag/a1":"x"}}}`)...)),
		"accounts not equal": doc(append([]string{`{"Effect":"Allow",` + everyone + `}`}, fill(300, func(i int) string {
			return fmt.Sprintf(`{"Effect":"Deny",%s,"Condition":{"StringLike":{"aws:PrincipalAccount":"%d*%d"}}}`, everyone, i%10, i)
		})...)),
		"long question marks": doc([]string{`{"Effect":"Allow",` + everyone + `,` + condition("StringLike", tag, `"*a`+strings.Repeat("?", 8000)+`"`) + `}`,
			`{"Effect":"Deny",` + everyone + `,` + condition("StringLike", tag, `"*b`+strings.Repeat("?", 8001)+`"`) + `}`,
			`{"Effect":"Deny",` + everyone + `,` + condition("StringNotLike", tag, `"*`+strings.Repeat("?", 7000)+`c*"`) + `}`}),
		"addresses": doc([]string{`{"Effect":"Allow",` + everyone + `,` + condition("IpAddress", "aws:SourceIp", quote(fill(1500, func(i int) string {
			return fmt.Sprintf("%d.%d.%d.0/24", i%200+1, i/200, i%250)
		}))) + `}`}),
		"addresses in Denies": doc(append([]string{`{"Effect":"Allow",` + everyone + `}`}, fill(300, func(i int) string {
			return fmt.Sprintf(`{"Effect":"Deny",%s,"Condition":{"NotIpAddress":{"aws:SourceIp":["%d.0.0.0/8","%d.0.0.0/7"]}}}`, everyone, i%200+1, i%100*2)
		})...)),
		"numbers": doc(append([]string{`{"Effect":"Allow",` + everyone + `}`}, fill(300, func(i int) string {
			return fmt.Sprintf(`{"Effect":"Deny",%s,"Condition":{"NumericEquals":{"aws:MultiFactorAuthAge":["%d","%d.5"]}}}`, everyone, i, i)
		})...)),
		"actions": doc(fill(500, func(i int) string {
			return `{"Effect":"` + []string{"Allow", "Deny"}[i%2] + `","Principal":{"AWS":"*"},"NotAction":["kms:*` + letter(i) + `*","kms:` + letter(i*3) + `*"],"Resource":"*"}`
		})),
		"variables": doc(append([]string{`{"Effect":"Allow",` + everyone + `,"Condition":{"StringEquals":{"aws:username":"${aws:PrincipalTag/a}"}}}`}, fill(200, func(i int) string {
			return fmt.Sprintf(`{"Effect":"Deny",%s,"Condition":{"StringLike":{"aws:PrincipalTag/a":"*%d${aws:PrincipalTag/b}*","aws:PrincipalTag/b":"${aws:username}%d"}}}`, everyone, i, i)
		})...)),
	}
}

// adversarialTime is the processor time that one analysis may take at most. Machines differ, so the test allows more than
// the benchmark shows.
const adversarialTime = 2 * time.Second

// TestAdversarial holds that hard documents are decided, or are unknown for the reason that the work budget ran out.
func TestAdversarial(t *testing.T) {
	for name, text := range adversarial() {
		t.Run(name, func(t *testing.T) {
			doc := iam.Parse(unknown.Known(text))
			s := own(iam.Key)
			start := spent()
			r := access.Analyze(doc, s)
			took := spent() - start
			t.Logf("%d bytes: %s, public %s (%s) in %v", len(text), r.Verdict, r.Public, r.Reason, took)
			if took > adversarialTime {
				t.Errorf("it took %v", took)
			}
			if r.Public == access.Unsure && r.Reason == "" {
				t.Errorf("it is unknown without a reason")
			}
			checkResult(t, doc, s, r)
		})
	}
}

func BenchmarkAdversarial(b *testing.B) {
	for name, text := range adversarial() {
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			doc := iam.Parse(unknown.Known(text))
			b.ReportAllocs()
			for b.Loop() {
				access.Analyze(doc, own(iam.Key))
			}
		})
	}
}
