package access_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// holed makes a text of a notation for documents: ⟨kind name⟩ is a value that is not known, of which the kind says what
// is. Values with the same name are the same.
func holed(t testing.TB, s string) unknown.Text {
	t.Helper()
	kinds := map[string]unknown.Kind{"any": unknown.AnyText, "account": unknown.OwnAccount, "org": unknown.OwnOrg, "role": unknown.RoleARN, "user": unknown.UserARN,
		"key": unknown.KeyARN, "own": unknown.OwnARN, "id": unknown.UniqueID, "oidc": unknown.OIDCProvider, "saml": unknown.SAMLProvider, "name": unknown.PlainName,
		"userid": unknown.UserID, "partition": unknown.PartitionID, "region": unknown.RegionName, "caller": unknown.CallerARN, "otheraccount": unknown.AccountID,
		"suffix": unknown.DNSSuffix, "unit": unknown.UnitID}
	var out unknown.Text
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "⟨")
		b.WriteString(before)
		if !ok {
			break
		}
		hole, after, ok := strings.Cut(rest, "⟩")
		kind, name, named := strings.Cut(hole, " ")
		k, known := kinds[kind]
		if !ok || !named || !known {
			t.Fatalf("⟨%s⟩ is no ⟨kind name⟩", hole)
		}
		b.WriteString(unknown.Hole(len(out.Holes)))
		out.Holes = append(out.Holes, unknown.Symbol{Ref: name, Kind: k, Of: strings.TrimSuffix(name, ".arn")})
		s = after
	}
	out.S = b.String()
	return out
}

// TestDependsOn holds that the values that decide are named, all of them and no others.
func TestDependsOn(t *testing.T) {
	allow := func(principal, condition string) string {
		if condition != "" {
			condition = `,"Condition":` + condition
		}
		return `{"Effect":"Allow","Principal":` + principal + `,"Action":"kms:*","Resource":"*"` + condition + `}`
	}
	everyone := `{"AWS":"*"}`
	tests := []struct {
		name, statements string
		public           access.Public
		depends          []string
	}{
		{"a principal", allow(`{"AWS":"⟨any var.who⟩"}`, ""), access.Unsure, []string{"var.who"}},
		{"a principal beside everyone", allow(`{"AWS":["⟨any var.who⟩","*"]}`, ""), access.Yes, nil},
		{"two principals", allow(`{"AWS":["⟨any var.a⟩","⟨any var.b⟩"]}`, ""), access.Unsure, []string{"var.a", "var.b"}},
		{"a role of the plan", allow(`{"AWS":"⟨role aws_iam_role.app.arn⟩"}`, ""), access.No, nil},
		{"an account in an ARN", allow(`{"AWS":"arn:aws:iam::⟨any var.account⟩:root"}`, ""), access.No, nil},
		{"the own account in an ARN", allow(`{"AWS":"arn:aws:iam::⟨account data.aws_caller_identity.me.account_id⟩:root"}`, ""), access.No, nil},
		{"an organization", allow(everyone, `{"StringEquals":{"aws:PrincipalOrgID":"⟨any var.org⟩"}}`), access.No, nil},
		{"an organization that may be a pattern", allow(everyone, `{"StringLike":{"aws:PrincipalOrgID":"⟨any var.org⟩"}}`), access.Unsure, []string{"var.org"}},
		{"any organization but one", allow(everyone, `{"StringNotEquals":{"aws:PrincipalOrgID":"⟨any var.org⟩"}}`), access.Yes, nil},
		{"a tag", allow(everyone, `{"StringEquals":{"aws:PrincipalTag/team":"⟨any var.team⟩"}}`), access.Yes, nil},
		{"a service", allow(everyone, `{"StringEquals":{"kms:ViaService":"⟨any var.service⟩"}}`), access.Unsure, []string{"var.service"}},
		{"a service by the suffix of the partition", allow(everyone, `{"StringEquals":{"kms:ViaService":"s3.us-east-1.⟨suffix data.aws_partition.p.dns_suffix⟩"}}`), access.Yes, nil},
		{"services by the suffix of the partition", allow(everyone, `{"StringLike":{"kms:ViaService":"*.⟨suffix data.aws_partition.p.dns_suffix⟩"}}`), access.Yes, nil},
		{"all but a service by the suffix", allow(everyone, "") +
			`,{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"kms:ViaService":"s3.us-east-1.⟨suffix data.aws_partition.p.dns_suffix⟩"}}}`, access.Yes, nil},
		{"a service in a place by some name", allow(everyone, `{"StringEquals":{"kms:ViaService":"s3.⟨name data.aws_region.other.name⟩.amazonaws.com"}}`), access.Unsure, []string{"data.aws_region.other.name"}},
		{"a unit of an organization", allow(everyone, `{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/r-ab12/⟨unit aws_organizations_organizational_unit.u.id⟩/*"}}`), access.No, nil},
		{"a unit of any organization", allow(everyone, `{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"*/⟨unit aws_organizations_organizational_unit.u.id⟩/*"}}`), access.Yes, nil},
		{"a tag that is denied elsewhere", allow(everyone, `{"StringEquals":{"aws:PrincipalTag/team":"⟨any var.team⟩"}}`) +
			`,{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}}`, access.Unsure, []string{"var.team"}},
		{"a tag that is allowed and denied", allow(everyone, `{"StringEquals":{"aws:PrincipalTag/team":"⟨any var.team⟩"}}`) +
			`,{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalTag/team":"⟨any var.team⟩"}}}`, access.Yes, nil},
		{"two tags", allow(everyone, `{"StringEquals":{"aws:PrincipalTag/team":"⟨any var.a⟩"}}`) +
			`,{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"⟨any var.b⟩"}}}`, access.Unsure, []string{"var.a", "var.b"}},
		{"an address", allow(everyone, `{"IpAddress":{"aws:SourceIp":"⟨any var.cidr⟩"}}`), access.Unsure, []string{"var.cidr"}},
		{"an endpoint", allow(everyone, `{"StringEquals":{"aws:SourceVpce":"⟨any aws_vpc_endpoint.kms.id⟩"}}`), access.No, nil},
		{"a flag", allow(everyone, `{"Bool":{"aws:SecureTransport":"⟨any var.tls⟩"}}`), access.Unsure, []string{"var.tls"}},
		{"a whole condition", allow(everyone, `⟨any local.condition⟩`), access.Unsure, []string{"local.condition"}},
		{"a whole statement", `⟨any local.statement⟩,` + allow(`{"AWS":"arn:aws:iam::111122223333:root"}`, ""), access.Unsure, []string{"local.statement"}},
		{"a statement beside a public one", `⟨any local.statement⟩,` + allow(everyone, ""), access.Unsure, []string{"local.statement"}},
		{"an effect", `{"Effect":"⟨any var.effect⟩","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*"}`, access.Unsure, []string{"var.effect"}},
		{"an action", `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"⟨any var.action⟩","Resource":"*"}`, access.Unsure, []string{"var.action"}},
		{"an action that does not matter", `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["⟨any var.action⟩","kms:Decrypt"],"Resource":"*"}`, access.Yes, nil},
		{"one of two that matters", allow(`{"AWS":"⟨any var.who⟩"}`, `{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`) + "," + allow(`{"AWS":"⟨any var.other⟩"}`, ""),
			access.Unsure, []string{"var.other"}},
		{"a Deny for an unknown principal", allow(everyone, "") + `,{"Effect":"Deny","Principal":{"AWS":"⟨any var.who⟩"},"Action":"kms:*","Resource":"*"}`, access.Unsure, []string{"var.who"}},
		{"a Deny for all but an unknown principal", allow(everyone, "") + `,{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::⟨any var.who⟩:root"},"Action":"kms:*","Resource":"*"}`, access.No, nil},
		{"both must be open", allow(`{"AWS":"⟨any var.who⟩"}`, `{"StringLike":{"aws:PrincipalOrgID":"⟨any var.org⟩"}}`), access.Unsure, []string{"var.who", "var.org"}},
		{"a resource that is this key", `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"⟨key aws_kms_key.this.arn⟩"}`, access.Yes, nil},
		{"a resource that is another key", `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"⟨key aws_kms_key.other.arn⟩"}`, access.No, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := own(iam.Key)
			s.Address = "aws_kms_key.this"
			doc := iam.Parse(holed(t, `{"Version":"2012-10-17","Statement":[`+test.statements+`]}`))
			r := access.Analyze(doc, s)
			if r.Public != test.public || !slices.Equal(r.DependsOn, test.depends) {
				t.Errorf("public %s, depends on %q; want %s, %q: %s", r.Public, r.DependsOn, test.public, test.depends, r.Reason)
			}
			if r.Public == access.Unsure && r.Verdict != access.Unknown {
				t.Errorf("the verdict is %s", r.Verdict)
			}
			if len(r.DependsOn) > 0 && r.Reason != "" {
				t.Errorf("it depends on %q, and says %s", r.DependsOn, r.Reason)
			}
		})
	}
}

// hole is a place of a policy whose value was taken out.
type hole struct {
	kind string // principal, action, value
	key  string
}

// makeHoles takes one to three values out of a policy. The places keep their number in the text, as ⟦n⟧.
func makeHoles(t *rapid.T, p policy) (policy, []hole) {
	var holes []hole
	p.statements = slices.Clone(p.statements)
	take := func(h hole) string {
		holes = append(holes, h)
		return "⟦" + strconv.Itoa(len(holes)-1) + "⟧"
	}
	for i := range p.statements {
		s := &p.statements[i]
		s.conditions = slices.Clone(s.conditions)
		for j := range s.conditions {
			c := &s.conditions[j]
			if len(holes) < 3 && chance(t, "value hole", 40) {
				c.values = slices.Clone(c.values)
				at := rapid.IntRange(0, len(c.values)-1).Draw(t, "which value")
				c.values[at] = take(hole{"value", c.key})
			}
		}
		if len(holes) < 3 && s.principal["AWS"] != nil && chance(t, "principal hole", 25) {
			s.principal = map[string][]string{"AWS": append(slices.Clone(s.principal["AWS"][1:]), take(hole{kind: "principal"}))}
		}
		if len(holes) < 3 && chance(t, "action hole", 10) {
			s.actions = append(slices.Clone(s.actions[1:]), take(hole{kind: "action"}))
		}
	}
	return p, holes
}

// filling draws a value for a hole: what the place may become after apply. A value of a key that AWS asserts, under an
// operator without wildcards, is nobody's whom the document does not know, so it is taken from those in use.
func filling(t *rapid.T, h hole) string {
	switch h.kind {
	case "principal":
		return pick(t, "filled principal", "*", "arn:aws:iam::111122223333:root", partner, "arn:aws:iam::444455556666:role/app")
	case "action":
		return pick(t, "filled action", "kms:Decrypt", "kms:*", "s3:GetObject", "*")
	}
	for _, k := range keyPools {
		if strings.EqualFold(k.name, h.key) {
			var plain []string
			for _, v := range k.values {
				if !strings.Contains(v, "${") {
					plain = append(plain, v)
				}
			}
			return pick(t, "filled value", plain...)
		}
	}
	return "x"
}

// TestFillings holds that an answer about a document with unknown values is the answer whatever they become.
func TestFillings(t *testing.T) {
	sure, unsure := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		p, holes := makeHoles(t, genKeyPolicy(t))
		if len(holes) == 0 {
			return
		}
		text := p.json(false)
		hidden := unknown.Text{S: text}
		for i := range holes {
			hidden.S = strings.ReplaceAll(hidden.S, "⟦"+strconv.Itoa(i)+"⟧", unknown.Hole(i))
			hidden.Holes = append(hidden.Holes, unknown.Symbol{Ref: "var.v" + strconv.Itoa(i)})
		}
		s := own(iam.Key)
		doc := iam.Parse(hidden)
		r := access.Analyze(doc, s)
		if r.Public == access.Unsure {
			unsure++
			if len(r.DependsOn) == 0 && r.Reason == "" {
				t.Fatalf("it is unknown without a reason: %s", text)
			}
			for _, d := range r.DependsOn {
				if !strings.HasPrefix(d, "var.v") && !strings.EqualFold(d, "aws:NoSuchKey") {
					t.Fatalf("it depends on %q: %s", d, text)
				}
			}
			return
		}
		sure++
		for range 4 {
			filled := text
			for i, h := range holes {
				filled = strings.ReplaceAll(filled, "⟦"+strconv.Itoa(i)+"⟧", filling(t, h))
			}
			known := iam.Parse(unknown.Known(filled))
			if got := access.Analyze(known, s); got.Public != r.Public && got.Public != access.Unsure {
				t.Fatalf("public %s with unknown values, %s with these\n%s\n%s", r.Public, got.Public, text, filled)
			}
		}
	})
	t.Logf("%d sure, %d unsure", sure, unsure)
}
