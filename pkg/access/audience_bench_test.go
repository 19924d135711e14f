package access_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

func statementsOf(list ...string) *iam.Document {
	return iam.Parse(unknown.Known(`{"Version":"2012-10-17","Statement":[` + strings.Join(list, ",") + `]}`))
}

// series are n statements for everyone that differ in two places: a pattern of callers and an encryption context.
func series(n int) *iam.Document {
	var list []string
	for i := 1; i <= n; i++ {
		list = append(list, fmt.Sprintf(`{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{
			"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/app-%d-*"},"StringEquals":{"kms:EncryptionContext:app":"app-%d"}}}`, i, i))
	}
	return statementsOf(list...)
}

// many are statements for roles with a context each, below a Deny of a data perimeter.
func many(n int) *iam.Document {
	var list []string
	for i := 1; i <= n; i++ {
		list = append(list, fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/app-%d"},"Action":["kms:Decrypt","kms:GenerateDataKey*"],
			"Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:app":"app-%d"}}}`, i, i))
	}
	return statementsOf(append(list, `{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{
		"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}`)...)
}

func ordinaryPolicy() *iam.Document {
	return statementsOf(`{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`,
		`{"Sid":"Use","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:role/app","arn:aws:iam::111122223333:role/batch"]},
			"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],"Resource":"*"}`,
		`{"Sid":"Logs","Effect":"Allow","Principal":{"Service":"logs.us-east-1.amazonaws.com"},"Action":["kms:Encrypt*","kms:Decrypt*","kms:GenerateDataKey*"],
			"Resource":"*","Condition":{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:111122223333:*"}}}`)
}

var subjectOfKey = access.Subject{Kind: iam.Key, Account: "111122223333", Organization: "o-a1b2c3d4e5", Region: "us-east-1", Partition: "aws",
	Resource: "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9"}

func BenchmarkAudiences(b *testing.B) {
	for name, doc := range map[string]*iam.Document{"ordinary": ordinaryPolicy(), "series-20": series(20), "series-500": series(500), "many-500": many(500)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				access.Audiences(doc, subjectOfKey)
			}
		})
	}
}

// BenchmarkLong are documents far longer than AWS accepts: the work must grow with their length.
func BenchmarkLong(b *testing.B) {
	list := func(n int, format string) string {
		var out []string
		for i := range n {
			out = append(out, strings.ReplaceAll(format, "@", fmt.Sprint(i)))
		}
		return strings.Join(out, ",")
	}
	allow := func(principal string) string {
		return `{"Effect":"Allow","Principal":` + principal + `,"Action":"kms:Decrypt","Resource":"*"`
	}
	var accounts []string
	for i := range 40_000 {
		accounts = append(accounts, fmt.Sprintf(`"%012d"`, 200_000_000_000+i))
	}
	for name, text := range map[string]string{
		"services-3000":   allow(`{"Service":[`+list(3000, `"s@.amazonaws.com"`)+`]}`) + `}`,
		"accounts-40000":  allow(`{"AWS":[`+strings.Join(accounts, ",")+`]}`) + `}`,
		"statements-1000": list(1000, allow(`"*"`)+`,"Condition":{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/r@-*"},"StringEquals":{"kms:EncryptionContext:a":"x@"}}}`),
		"keys-1500":       list(1500, allow(`"*"`)+`,"Condition":{"StringEquals":{"aws:PrincipalTag/t@":"x"}}}`),
	} {
		doc := statementsOf(text)
		for part, do := range map[string]func(){
			"verdict":   func() { access.Analyze(doc, subjectOfKey) },
			"facts":     func() { access.Statements(doc, subjectOfKey) },
			"audiences": func() { access.Audiences(doc, subjectOfKey) },
		} {
			b.Run(name+"/"+part, func(b *testing.B) {
				for b.Loop() {
					do()
				}
			})
		}
	}
}
