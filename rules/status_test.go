package rules_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/scan"
)

type object = map[string]any

const (
	ownRoot    = "arn:aws:iam::111122223333:root"
	portal     = "arn:aws:iam::111122223333:role/portal"
	keyARN     = "arn:aws:kms:us-east-1:111122223333:key/ffffffff-0000-4000-8000-000000000001"
	partner    = "arn:aws:iam::222222222222:root"
	competitor = "arn:aws:iam::333333333333:root"
)

func statement(sid string, principal, action any, more ...object) object {
	s := object{"Effect": "Allow", "Action": action, "Resource": "*"}
	if principal != nil {
		s["Principal"] = principal
	}
	if sid != "" {
		s["Sid"] = sid
	}
	for _, m := range more {
		for k, v := range m {
			s[k] = v
		}
	}
	return s
}

// document is a policy document; that of a key has the statement of the own account, too.
func document(t *testing.T, statements ...object) string {
	t.Helper()
	text, err := json.Marshal(object{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func aws(names ...string) object { return object{"AWS": names} }

// change is a change of a plan: both sides, nil where there is none.
type change struct {
	typ, name     string
	before, after object
	unknown       object
	expressions   object
}

func (c change) plan() (changed, config object) {
	actions := []string{"update"}
	switch {
	case c.before == nil:
		actions = []string{"create"}
	case c.after == nil:
		actions = []string{"delete"}
	}
	head := func(more object) object {
		o := object{"address": c.typ + "." + c.name, "mode": "managed", "type": c.typ, "name": c.name}
		for k, v := range more {
			o[k] = v
		}
		return o
	}
	side := func(v object) any {
		if v == nil {
			return nil
		}
		return v
	}
	changed = head(object{"provider_name": "registry.terraform.io/hashicorp/aws", "change": object{"actions": actions, "before": side(c.before),
		"after": side(c.after), "after_unknown": c.unknown, "before_sensitive": object{}, "after_sensitive": object{}}})
	return changed, head(object{"provider_config_key": "aws", "schema_version": 0, "expressions": c.expressions})
}

// judgePlan says what is found in a plan: rule, status, Sid and argument.
func judgePlan(t *testing.T, changes ...change) []string {
	t.Helper()
	var got []string
	for _, f := range findings(t, changes...) {
		got = append(got, strings.Join(slices.DeleteFunc([]string{f.Rule, f.Status, sid(f), strings.Join(f.DependsOn, " ")}, func(s string) bool { return s == "" }), " "))
	}
	slices.Sort(got)
	return got
}

// findings are those of a plan of these changes.
func findings(t *testing.T, changes ...change) []finding.Finding {
	t.Helper()
	return judged(t, changes...).Findings
}

// judged is the report of a plan of these changes.
func judged(t *testing.T, changes ...change) *finding.Report {
	t.Helper()
	var changed, config []object
	for _, c := range changes {
		a, b := c.plan()
		changed = append(changed, a)
		if c.after != nil {
			config = append(config, b)
		}
	}
	text, err := json.Marshal(object{"format_version": "1.2", "terraform_version": "1.11.4", "complete": true, "resource_changes": changed,
		"configuration": object{"provider_config": object{"aws": object{"name": "aws"}}, "root_module": object{"resources": config}}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := scan.Run(context.Background(), scan.Options{Paths: []string{file}, Account: "111122223333", Env: []string{},
		Now: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range result.Report.Diagnostics {
		t.Errorf("%s: %s", d.Summary, d.Detail)
	}
	return result.Report
}

func sid(f finding.Finding) string {
	if f.Statement == nil || f.Attribute != "policy" {
		return ""
	}
	return f.Statement.Sid
}

func key(policy string, more ...object) object {
	k := object{"arn": keyARN, "id": "ffffffff-0000-4000-8000-000000000001", "customer_master_key_spec": "SYMMETRIC_DEFAULT",
		"key_usage": "ENCRYPT_DECRYPT", "enable_key_rotation": true, "policy": policy}
	for _, m := range more {
		for name, v := range m {
			if k[name] = v; v == nil {
				delete(k, name)
			}
		}
	}
	return k
}

func compare(t *testing.T, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// What a plan opens is new, and what is merely written in another way is not.
func TestStatusOfStatements(t *testing.T) {
	root := statement("Root", aws(ownRoot), "kms:*")
	broad := object{"Condition": object{"StringLike": object{"aws:PrincipalOrgID": "o-*"}}}
	deny := statement("No", "*", "kms:Decrypt", object{"Effect": "Deny", "Condition": object{"StringNotEquals": object{"aws:PrincipalAccount": "111122223333"}}})
	app, job := "arn:aws:iam::111122223333:role/app", "arn:aws:iam::111122223333:role/job"
	few := []string{"kms:Decrypt", "kms:Encrypt"}
	for name, c := range map[string]struct {
		before, after []object
		want          []string
	}{
		"another Sid": {[]object{statement("A", aws(partner), "kms:Decrypt")}, []object{statement("B", aws(partner), "kms:Decrypt")},
			[]string{"kms-key-external-account existing B"}},
		"one statement becomes two": {[]object{statement("A", aws(partner, competitor), "kms:Decrypt")},
			[]object{statement("A", aws(partner), "kms:Decrypt"), statement("B", aws(competitor), "kms:Decrypt")},
			[]string{"kms-key-external-account existing A", "kms-key-external-account existing B"}},
		"two statements become one": {[]object{statement("A", aws(partner), "kms:Decrypt"), statement("B", aws(competitor), "kms:Decrypt")},
			[]object{statement("A", aws(partner, competitor), "kms:Decrypt")}, []string{"kms-key-external-account existing A"}},
		"a statement beside another": {[]object{statement("A", aws(partner), "kms:Decrypt")},
			[]object{statement("A", aws(partner), "kms:Decrypt"), statement("B", aws(competitor), "kms:Decrypt")},
			[]string{"kms-key-external-account existing A", "kms-key-external-account new B"}},
		"a statement less": {[]object{statement("A", aws(partner), "kms:Decrypt"), statement("B", aws(competitor), "kms:Decrypt")},
			[]object{statement("A", aws(partner), "kms:Decrypt")}, []string{"kms-key-external-account existing A", "kms-key-external-account resolved B"}},
		"an action more, another Sid": {[]object{statement("A", aws(partner), "kms:Decrypt")}, []object{statement("B", aws(partner), few)},
			[]string{"kms-key-external-account new B"}},
		"an action less": {[]object{statement("A", aws(partner), few)}, []object{statement("A", aws(partner), "kms:Decrypt")},
			[]string{"kms-key-external-account existing A"}},
		"a Deny less": {[]object{statement("A", aws(partner), "kms:Decrypt"), deny}, []object{statement("A", aws(partner), "kms:Decrypt")},
			[]string{"kms-key-external-account new A"}},
		"service with another Sid": {[]object{statement("A", object{"Service": "s3.amazonaws.com"}, "kms:Decrypt")},
			[]object{statement("B", object{"Service": "s3.amazonaws.com"}, "kms:Decrypt")}, []string{"kms-key-service-unrestricted existing B"}},
		"another service": {[]object{statement("A", object{"Service": "s3.amazonaws.com"}, "kms:Decrypt")},
			[]object{statement("A", object{"Service": "s3.amazonaws.com"}, "kms:Decrypt"), statement("B", object{"Service": "sns.amazonaws.com"}, "kms:Decrypt")},
			[]string{"kms-key-service-unrestricted existing A", "kms-key-service-unrestricted new B"}},
		"condition under another Sid": {[]object{statement("A", "*", "kms:Decrypt", broad)}, []object{statement("B", "*", "kms:Decrypt", broad)},
			[]string{"kms-key-public existing B", "kms-key-broad-condition existing B"}},
		"NotPrincipal under another Sid": {[]object{statement("A", nil, "kms:Decrypt", object{"NotPrincipal": aws(partner)})},
			[]object{statement("B", nil, "kms:Decrypt", object{"NotPrincipal": aws(partner)})},
			[]string{"kms-key-public existing B", "kms-key-not-principal existing B"}},
		"everything under another Sid": {[]object{statement("A", aws(app), "kms:*")}, []object{statement("B", aws(app), "kms:*")},
			[]string{"kms-key-wildcard-action existing B"}},
		"everything for one role more": {[]object{statement("A", aws(app), "kms:*")}, []object{statement("A", aws(app, job), "kms:*")},
			[]string{"kms-key-wildcard-action new A"}},
		"everything for another role": {[]object{statement("A", aws(app), "kms:*")}, []object{statement("A", aws(app), "kms:*"), statement("B", aws(job), "kms:*")},
			[]string{"kms-key-wildcard-action existing A", "kms-key-wildcard-action new B"}},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := document(t, append(c.before, root)...), document(t, append(c.after, root)...)
			compare(t, judgePlan(t, change{typ: "aws_kms_key", name: "k", before: key(before), after: key(after)}), c.want...)
		})
	}
}

// What is not known after the plan is not resolved by it.
func TestUndecidedIsNotResolved(t *testing.T) {
	open := document(t, statement("A", "*", "kms:Decrypt"), statement("Root", aws(ownRoot), "kms:*"))
	got := judgePlan(t, change{typ: "aws_kms_key", name: "k", before: key(open), after: key("", object{"policy": nil}), unknown: object{"policy": true},
		expressions: object{"policy": object{"references": []string{"random_id.x.hex", "random_id.x"}}}})
	compare(t, got, "policy-undecided new random_id.x.hex")
}

// Arguments of a key that are not known make a finding possible, which says what decides.
func TestUnknownArguments(t *testing.T) {
	closed := document(t, statement("Root", aws(ownRoot), "kms:*"))
	for rule, argument := range map[string]string{"kms-key-rotation": "enable_key_rotation", "kms-key-deletion-window": "deletion_window_in_days",
		"kms-key-lockout": "bypass_policy_lockout_safety_check"} {
		got := judgePlan(t, change{typ: "aws_kms_key", name: "k", after: key(closed, object{argument: nil}), unknown: object{argument: true},
			expressions: object{argument: object{"references": []string{"random_integer.x.result", "random_integer.x"}}}})
		compare(t, got, rule+" new random_integer.x.result")
	}
}

// A bypass that was there does not hide that nobody is left.
func TestLockoutAfterBypass(t *testing.T) {
	bypass := object{"bypass_policy_lockout_safety_check": true}
	open, closed := document(t, statement("Root", aws(ownRoot), "kms:*")), document(t, statement("App", aws(portal), "kms:Decrypt"))
	compare(t, judgePlan(t, change{typ: "aws_kms_key", name: "k", before: key(open, bypass), after: key(open, bypass)}), "kms-key-lockout existing")
	compare(t, judgePlan(t, change{typ: "aws_kms_key", name: "k", before: key(open, bypass), after: key(closed, bypass)}), "kms-key-lockout new")
}

// A grant that gives more than before is new.
func TestStatusOfGrants(t *testing.T) {
	grant := func(grantee string, operations ...string) object {
		return object{"key_id": keyARN, "grantee_principal": grantee, "operations": operations, "constraints": []object{}}
	}
	const there, elsewhere = "arn:aws:iam::222222222222:role/there", "arn:aws:iam::333333333333:role/elsewhere"
	for name, c := range map[string]struct {
		before, after object
		want          string
	}{
		"as it was":           {grant(there, "Decrypt", "Encrypt"), grant(there, "Encrypt", "Decrypt"), "existing"},
		"an operation less":   {grant(there, "Decrypt", "Encrypt"), grant(there, "Decrypt"), "existing"},
		"an operation more":   {grant(there, "Decrypt"), grant(there, "Decrypt", "Encrypt"), "new"},
		"another grantee":     {grant(there, "Decrypt"), grant(elsewhere, "Decrypt"), "new"},
		"somebody of our own": {grant(there, "Decrypt"), grant(portal, "Decrypt"), "resolved"},
	} {
		t.Run(name, func(t *testing.T) {
			compare(t, judgePlan(t, change{typ: "aws_kms_grant", name: "g", before: c.before, after: c.after}), "kms-grant-external "+c.want)
		})
	}
}

// The status of a way through a role depends on all that it leads through, be it changed, added or taken away.
func TestStatusOfWays(t *testing.T) {
	trust := func(principal any) string {
		return document(t, object{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
	}
	role := func(trust string) object {
		return object{"name": "portal", "id": "portal", "arn": portal, "path": "/", "assume_role_policy": trust}
	}
	open, closed := role(trust(aws("*"))), role(trust(object{"Service": "ec2.amazonaws.com"}))
	root := statement("Root", aws(ownRoot), "kms:*")
	deny := statement("No", aws(portal), "kms:*", object{"Effect": "Deny"})
	delegates, named := key(document(t, root)), key(document(t, root, statement("Portal", aws(portal), "kms:Decrypt")))
	everyone := key(document(t, root, statement("Portal", "*", "kms:Decrypt")))
	denied := key(document(t, root, statement("Portal", aws(portal), "kms:Decrypt"), deny))
	more := key(document(t, root, statement("Portal", aws(portal), []string{"kms:Decrypt", "kms:CreateGrant"})))
	inline := object{"role": "portal", "name": "p", "policy": document(t, object{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": keyARN})}
	attached := object{"role": "portal", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}
	portal := func(before, after object) change {
		return change{typ: "aws_iam_role", name: "portal", before: before, after: after}
	}
	data := func(before, after object) change {
		return change{typ: "aws_kms_key", name: "k", before: before, after: after}
	}
	with := func(before, after object) change {
		return change{typ: "aws_iam_role_policy", name: "p", before: before, after: after}
	}
	attach := func(before, after object) change {
		return change{typ: "aws_iam_role_policy_attachment", name: "a", before: before, after: after}
	}
	for name, c := range map[string]struct {
		changes []change
		want    []string
	}{
		"nothing changes":        {[]change{portal(open, open), data(named, named)}, []string{"iam-role-public existing", "kms-key-reachable existing Portal"}},
		"the role opens":         {[]change{portal(closed, open), data(named, named)}, []string{"iam-role-public new", "kms-key-reachable new Portal"}},
		"the role closes":        {[]change{portal(open, closed), data(named, named)}, []string{"iam-role-public resolved", "kms-key-reachable resolved Portal"}},
		"the role goes":          {[]change{portal(open, nil), data(named, delegates)}, []string{"kms-key-reachable resolved Portal"}},
		"the key is new":         {[]change{portal(open, open), data(nil, named)}, []string{"iam-role-public existing", "kms-key-reachable new Portal"}},
		"the key refuses":        {[]change{portal(open, open), data(named, denied)}, []string{"iam-role-public existing", "kms-key-reachable resolved Portal"}},
		"the key refused":        {[]change{portal(open, open), data(denied, named)}, []string{"iam-role-public existing", "kms-key-reachable new Portal"}},
		"the key allows more":    {[]change{portal(open, open), data(named, more)}, []string{"iam-role-public existing", "kms-key-reachable new Portal"}},
		"the key allows less":    {[]change{portal(open, open), data(more, named)}, []string{"iam-role-public existing", "kms-key-reachable existing Portal"}},
		"the key becomes public": {[]change{portal(open, open), data(named, everyone)}, []string{"iam-role-public existing", "kms-key-public new Portal"}},
		"the policy is there": {[]change{portal(open, open), data(delegates, delegates), with(inline, inline)},
			[]string{"iam-role-public existing", "kms-key-reachable existing Root"}},
		"the policy is new": {[]change{portal(open, open), data(delegates, delegates), with(nil, inline)},
			[]string{"iam-role-public existing", "kms-key-reachable new Root"}},
		"the policy goes": {[]change{portal(open, open), data(delegates, delegates), with(inline, nil)},
			[]string{"iam-role-public existing", "kms-key-reachable resolved Root"}},
		"the list of attachments is new": {[]change{portal(open, open), data(delegates, delegates),
			{typ: "aws_iam_role_policy_attachments_exclusive", name: "a", after: object{"role_name": "portal", "policy_arns": []any{attached["policy_arn"]}}}},
			[]string{"iam-kms-decrypt-all-keys new", "iam-kms-wildcard-action new", "iam-role-public existing", "kms-key-reachable new Root"}},
		"the attachment is new": {[]change{portal(open, open), data(delegates, delegates), attach(nil, attached)},
			[]string{"iam-kms-decrypt-all-keys new", "iam-kms-wildcard-action new", "iam-role-public existing", "kms-key-reachable new Root"}},
		"the attachment goes": {[]change{portal(open, open), data(delegates, delegates), attach(attached, nil)},
			[]string{"iam-role-public existing", "kms-key-reachable resolved Root"}},
	} {
		t.Run(name, func(t *testing.T) { compare(t, judgePlan(t, c.changes...), c.want...) })
	}
}

// A nested block is known by its name, and by its text where the name is another one.
func TestStatusOfRenamedBlocks(t *testing.T) {
	role := func(name, action string) object {
		return object{"name": "r", "arn": portal, "assume_role_policy": document(t, object{"Effect": "Allow", "Principal": object{"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}),
			"inline_policy": []object{{"name": name, "policy": document(t, object{"Effect": "Allow", "Action": action, "Resource": "*"})}}}
	}
	for name, c := range map[string]struct{ after, want string }{"renamed": {"kms:Decrypt", "existing"}, "renamed and another": {"kms:ReEncrypt*", "new"}} {
		t.Run(name, func(t *testing.T) {
			compare(t, judgePlan(t, change{typ: "aws_iam_role", name: "r", before: role("a", "kms:Decrypt"), after: role("b", c.after)}), "iam-kms-decrypt-all-keys "+c.want)
		})
	}
}

// A block without name and policy says that the role has no inline policy.
func TestEmptyBlocks(t *testing.T) {
	trust := document(t, object{"Effect": "Allow", "Principal": object{"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
	for _, nothing := range []any{nil, ""} {
		role := object{"name": "r", "arn": portal, "assume_role_policy": trust, "inline_policy": []object{{"name": nothing, "policy": nothing}}}
		compare(t, judgePlan(t, change{typ: "aws_iam_role", name: "r", after: role}))
	}
	role := object{"name": "r", "arn": portal, "assume_role_policy": trust, "inline_policy": []object{{"name": "a", "policy": ""}}}
	compare(t, judgePlan(t, change{typ: "aws_iam_role", name: "r", after: role}), "policy-invalid new")
}

// A grantee that AWS does not take is said, and does not pass for one that is trusted.
func TestGranteesThatAWSRefuses(t *testing.T) {
	for _, grantee := range []string{"222222222222", "*", "AROAEXAMPLEID1234567"} {
		compare(t, judgePlan(t, change{typ: "aws_kms_grant", name: "g", after: object{"key_id": keyARN, "grantee_principal": grantee, "operations": []string{"Decrypt"}}}),
			"policy-invalid new")
	}
}

// What is said of an audience fits the provider: that of Cognito is a pool, which a stranger cannot choose.
func TestAudiences(t *testing.T) {
	for provider, want := range map[string]string{"cognito-identity.amazonaws.com": "only cognito-identity.amazonaws.com:amr keeps guests out",
		"arn:aws:iam::111122223333:oidc-provider/gitlab.com": "whoever asks for a token names its audience"} {
		name := provider[strings.LastIndex(provider, "/")+1:]
		trust := document(t, object{"Effect": "Allow", "Principal": object{"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity",
			"Condition": object{"StringEquals": object{name + ":aud": "us-east-1:7f1f0a9e-1c1b-4b58-9d0a-1e2f3a4b5c6d"}}})
		found := findings(t, change{typ: "aws_iam_role", name: "r", after: object{"name": "r", "arn": portal, "assume_role_policy": trust}})
		if len(found) != 1 || found[0].Rule != "iam-role-federated-public" || !strings.Contains(found[0].Message, want) {
			t.Errorf("%s: want %q, got %+v", provider, want, found)
		}
	}
}

// Pictures show whom policies and grants name, on the key that they are about.
func TestNamedOutsiders(t *testing.T) {
	const there = "arn:aws:iam::222222222222:role/there"
	closed := document(t, statement("Root", aws(ownRoot), "kms:*"))
	named := document(t, statement("Root", aws(ownRoot), "kms:*"), statement("There", aws(there), "kms:Decrypt"))
	report := judged(t, change{typ: "aws_kms_key", name: "k", after: key(closed)},
		change{typ: "aws_kms_key_policy", name: "p", after: object{"key_id": keyARN, "policy": named}},
		change{typ: "aws_kms_grant", name: "g", after: object{"key_id": keyARN, "grantee_principal": there, "operations": []string{"Sign"}}})
	want := map[string]string{"aws_kms_key.k": "", "aws_kms_key_policy.p": "aws_kms_key.k kms:Decrypt", "aws_kms_grant.g": "aws_kms_key.k kms:Sign"}
	for _, p := range report.Policies {
		got := p.Key
		if p.Named != nil && strings.HasPrefix(p.Named.Principal, "arn:aws:iam::222222222222:") {
			got += " " + p.Named.Action
		}
		if got != want[p.Address] || p.Witness != nil {
			t.Errorf("%s: got %q and %v, want %q", p.Address, got, p.Witness, want[p.Address])
		}
	}
}

// The same document on many keys is decided for each where it speaks of the key, however that is spelled.
func TestSameDocumentOnManyKeys(t *testing.T) {
	plain := document(t, statement("Use", "*", "kms:*", object{"Condition": object{"StringEquals": object{"aws:ResourceTag/open": "yes"}}}))
	for _, policy := range []string{plain, strings.Replace(plain, "aws:ResourceTag", `\u0061ws:R\u0065sourceTag`, 1)} {
		var changes []change
		want := map[string]string{}
		for i := range 20 {
			name, tag, public := fmt.Sprintf("k%d", i), "no", "no"
			if i%2 == 0 {
				tag, public = "yes", "yes"
			}
			changes = append(changes, change{typ: "aws_kms_key", name: name, after: key(policy, object{"arn": nil, "tags": object{"open": tag}})})
			want["aws_kms_key."+name] = public
		}
		got := map[string]string{}
		for _, p := range judged(t, changes...).Policies {
			got[p.Address] = p.Public
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s\n%v", policy, got)
		}
	}
}
