package check

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/finding"
)

// resourceFacts are the facts of a resource.
func resourceFacts() []Fact {
	return []Fact{
		{Name: "address", Type: cty.String, Doc: "the full address of the instance",
			value: func(_ *Input, t *thing) cty.Value { return cty.StringVal(t.resource.Address) }},
		{Name: "type", Type: cty.String, Doc: "the resource type, such as aws_kms_key",
			value: func(_ *Input, t *thing) cty.Value { return cty.StringVal(t.resource.Type) }},
		{Name: "name", Type: cty.String, Doc: "the name of the block",
			value: func(_ *Input, t *thing) cty.Value { return cty.StringVal(t.resource.Name) }},
		{Name: "not_judged", Type: cty.String, Doc: "what the resource can open and why it is not judged, empty for others",
			value: func(in *Input, t *thing) cty.Value { return cty.StringVal(in.notJudged(t)) }},
		{Name: "module", Type: cty.String, Doc: "the address of the module instance, empty in the root module",
			value: func(_ *Input, t *thing) cty.Value { return cty.StringVal(t.resource.Module) }},
	}
}

// settings are what the user configured, and what was read.
func settings() []Fact {
	return []Fact{
		{Name: "min_deletion_window_days", Type: cty.Number, Doc: "the shortest deletion window that is accepted",
			value: func(in *Input, _ *thing) cty.Value { return cty.NumberIntVal(int64(in.MinDeletionWindow)) }},
		{Name: "sources_alone", Type: cty.Bool, Doc: "there is no plan, only sources",
			value: func(in *Input, _ *thing) cty.Value { return cty.BoolVal(in.Sources) }},
		{Name: "account_known", Type: cty.Bool, Doc: "the own account of the resource is known",
			value: func(in *Input, t *thing) cty.Value {
				return cty.BoolVal(in.Owners.Subject(in.Subject, t.resource).Account != "")
			}},
	}
}

// words, holds and list make facts of what a judged policy says of itself.
func words(say func(*judged) string) func(*Input, *thing) cty.Value {
	return func(_ *Input, t *thing) cty.Value { return cty.StringVal(say(t.policy)) }
}

func holds(is func(*judged) bool) func(*Input, *thing) cty.Value {
	return func(_ *Input, t *thing) cty.Value { return cty.BoolVal(is(t.policy)) }
}

func list(of func(*judged) []string) func(*Input, *thing) cty.Value {
	return func(_ *Input, t *thing) cty.Value { return stringList(of(t.policy)) }
}

// policyFacts are the facts of a policy.
func policyFacts() []Fact {
	return []Fact{
		{Name: "kind", Type: cty.String, Doc: "key, trust, identity or grant",
			value: words(func(j *judged) string { return string(j.policy.Kind) })},
		{Name: "attribute", Type: cty.String, Doc: "the argument that holds the document",
			value: words(func(j *judged) string { return j.policy.Attribute })},
		{Name: "verdict", Type: cty.String, Doc: "the widest audience: public, service-open, external, external:org, network, federated, service, internal or none; of an identity policy broad, scoped or none; else invalid or unknown",
			value: words(func(j *judged) string { return string(j.result.Verdict) })},
		{Name: "public", Type: cty.Bool, Doc: "a stranger is let in; for a document that AWS would refuse, if it is taken literally",
			value: holds(func(j *judged) bool { return j.result.Public == access.Yes })},
		{Name: "undecided", Type: cty.Bool, Doc: "a value that is not known before apply decides",
			value: holds((*judged).undecided)},
		{Name: "assumed", Type: cty.Bool, Doc: "the verdict takes something for true without knowing it",
			value: holds(func(j *judged) bool { return len(j.assumed) > 0 })},
		{Name: "assumed_why", Type: cty.String, Doc: "what is taken for true, in words",
			value: words(func(j *judged) string { return strings.Join(j.assumed, "; ") })},
		{Name: "undecided_why", Type: cty.String, Doc: "what it depends on, in words",
			value: words((*judged).undecidedWhy)},
		{Name: "undecided_remedy", Type: cty.String, Doc: "how to have it decided, in words; empty where nothing special is to be done",
			value: func(in *Input, t *thing) cty.Value { return cty.StringVal(in.undecidedRemedy(t.policy)) }},
		{Name: "refused", Type: cty.Bool, Doc: "AWS would refuse the document",
			value: holds(func(j *judged) bool { return j.result.Verdict == access.Invalid })},
		{Name: "invalid", Type: cty.Bool, Doc: "AWS would refuse the document, or ignore a part of it (Allow with NotPrincipal aside)",
			value: holds((*judged).invalid)},
		{Name: "sometimes_invalid", Type: cty.Bool, Doc: "the policy may be one of several documents, of which only some are invalid, or AWS may accept it all the same",
			value: holds(func(j *judged) bool { return j.wrong != nil || perhaps(j.result) })},
		{Name: "problem", Type: cty.String, Doc: "what is wrong with an invalid document, in words",
			value: words(func(j *judged) string { return j.asInvalid().problem() })},
		{Name: "metadata_only", Type: cty.Bool, Doc: "strangers can only describe and list",
			value: holds(func(j *judged) bool { return j.result.Public == access.Yes && j.result.Class == aws.Metadata })},
		{Name: "federated_only", Type: cty.Bool, Doc: "it is public only through an identity provider",
			value: holds(func(j *judged) bool { return j.result.Token })},
		{Name: "open_actions", Type: cty.List(cty.String), Doc: "the actions that a stranger can use",
			value: list((*judged).openActions)},
		{Name: "who", Type: cty.String, Doc: "who is let in and how, in words",
			value: words((*judged).who)},
		{Name: "explanation", Type: cty.String, Doc: "how the stranger gets past conditions and Deny statements, in words",
			value: words((*judged).explanation)},
		{Name: "remedy", Type: cty.String, Doc: "what the statement that lets the stranger in lacks, in words; empty where nothing in it tells",
			value: words((*judged).remedy)},
		{Name: "locked_out", Type: cty.Bool, Doc: "nobody of the own account keeps kms:PutKeyPolicy",
			value: holds(func(j *judged) bool { return j.lockedOut })},
		{Name: "reachable", Type: cty.Bool, Doc: "a stranger reaches the key through a role",
			value: holds(func(j *judged) bool { return j.reach != nil })},
		{Name: "path", Type: cty.String, Doc: "the way from a stranger through a role to the key, in words",
			value: words((*judged).path)},
		{Name: "path_perhaps", Type: cty.Bool, Doc: "the way is there only for some values of what is not known before apply",
			value: holds(func(j *judged) bool { return j.reach != nil && j.reach.possible })},
		{Name: "decrypts_all_keys", Type: cty.Bool, Doc: "an identity policy allows kms:Decrypt or kms:ReEncryptFrom on all keys",
			value: holds(func(j *judged) bool { return j.onAllKeys(decryptActions...) })},
		{Name: "controls_all_keys", Type: cty.Bool, Doc: "an identity policy allows control of all keys, such as kms:PutKeyPolicy",
			value: holds(func(j *judged) bool {
				return j.onAllKeys(controlActions...)
			})},
		{Name: "uses_all_keys", Type: cty.Bool, Doc: "an identity policy allows other use of all keys",
			value: holds(func(j *judged) bool { return j.result.Verdict == access.Broad })},
		{Name: "all_actions", Type: cty.Bool, Doc: "an identity policy allows kms:* on some key",
			value: holds(func(j *judged) bool { return j.result.AllActions })},
		{Name: "all_keys_actions", Type: cty.List(cty.String), Doc: "the actions that an identity policy allows on all keys",
			value: list(func(j *judged) []string { return j.shownActions(j.result.AllKeys) })},
	}
}

// openActions are what a stranger can use.
func (j *judged) openActions() []string {
	if j.result.Public != access.Yes {
		return nil
	}
	return j.shownActions(j.result.Open)
}

// path is the way from a stranger through a role to the key, in words.
func (j *judged) path() string {
	if j.reach == nil {
		return ""
	}
	return j.reach.words()
}

// statementFacts are the facts of one of the policy's statements.
func statementFacts() []Fact {
	return []Fact{
		{Name: "sid", Type: cty.String, Doc: "the Sid, empty where there is none",
			value: func(_ *Input, t *thing) cty.Value { return cty.StringVal(t.policy.text(t.statement.Sid)) }},
		{Name: "index", Type: cty.Number, Doc: "its number, from 0",
			value: func(_ *Input, t *thing) cty.Value { return cty.NumberIntVal(int64(t.statement.Index)) }},
		{Name: "label", Type: cty.String, Doc: "how messages name it",
			value: func(_ *Input, t *thing) cty.Value {
				return cty.StringVal(t.policy.label(t.statement.Index, t.statement.Sid))
			}},
		{Name: "external_accounts", Type: cty.List(cty.String), Doc: "the untrusted accounts of the principals that it names, where its conditions keep none of these out",
			value: func(_ *Input, t *thing) cty.Value { return stringList(t.policy.shownAccounts(t.statement)) }},
		{Name: "external_perhaps", Type: cty.Bool, Doc: "for some values of what is not known before apply that is not so of some of these",
			value: func(_ *Input, t *thing) cty.Value { return cty.BoolVal(t.statement.Perhaps) }},
		{Name: "external_who", Type: cty.String, Doc: "these principals, in words",
			value: func(_ *Input, t *thing) cty.Value { return cty.StringVal(t.policy.external(t.statement)) }},
		{Name: "external_remedy", Type: cty.String, Doc: "what to do about them, in words; empty where it has no condition",
			value: func(_ *Input, t *thing) cty.Value { return cty.StringVal(externalRemedy(t.statement)) }},
		{Name: "conditions", Type: cty.Number, Doc: "how many conditions it has",
			value: func(_ *Input, t *thing) cty.Value {
				return cty.NumberIntVal(int64(len(t.statement.Statement.Conditions)))
			}},
		{Name: "loose_services", Type: cty.List(cty.String), Doc: "of a key policy: the AWS services that it lets use the key for a stranger's resources",
			value: func(_ *Input, t *thing) cty.Value { return stringList(t.policy.shownServices(t.statement)) }},
		{Name: "all_actions", Type: cty.Bool, Doc: "of a key policy: it allows everything to somebody other than an account as a whole, alone or with later statements",
			value: func(_ *Input, t *thing) cty.Value { return cty.BoolVal(len(t.statement.Everything) > 0) }},
		{Name: "all_actions_by", Type: cty.List(cty.String), Doc: "of a key policy: the statements that do so together, as messages name them",
			value: func(_ *Input, t *thing) cty.Value { return stringList(t.policy.labels(t.statement.Everything)) }},
		{Name: "not_principal", Type: cty.Bool, Doc: "it is an Allow with NotPrincipal",
			value: func(_ *Input, t *thing) cty.Value { return cty.BoolVal(t.statement.NotPrincipal) }},
		{Name: "broad_condition", Type: cty.Bool, Doc: "of a key policy: a condition on who calls keeps no stranger out",
			value: func(_ *Input, t *thing) cty.Value { return cty.BoolVal(len(t.statement.Broad) > 0) }},
		{Name: "broad_why", Type: cty.String, Doc: "which condition, and why, in words",
			value: func(_ *Input, t *thing) cty.Value { return cty.StringVal(t.policy.broadWhy(t.statement)) }},
		{Name: "broad_remedy", Type: cty.String, Doc: "how to mend it, in words",
			value: func(_ *Input, t *thing) cty.Value { return cty.StringVal(t.policy.broadRemedy(t.statement)) }},
	}
}

// grantFacts are the facts of a grant. Of one that is not decided policy-undecided speaks.
func grantFacts() []Fact {
	return []Fact{
		{Name: "external", Type: cty.Bool, Doc: "the grantee is outside of the trusted accounts",
			value: func(_ *Input, t *thing) cty.Value { return cty.BoolVal(t.policy.result.Verdict == access.External) }},
		{Name: "grantee", Type: cty.String, Doc: "the grantee",
			value: func(_ *Input, t *thing) cty.Value { return cty.StringVal(t.policy.grantee()) }},
		{Name: "operations", Type: cty.List(cty.String), Doc: "what is granted",
			value: func(_ *Input, t *thing) cty.Value { return stringList(t.policy.operations()) }},
	}
}

// accessFacts are the facts of a row.
func accessFacts() []Fact {
	text := func(name, doc string, value func(a *AccessFacts) string) Fact {
		return Fact{Name: name, Type: cty.String, Doc: doc, value: func(_ *Input, t *thing) cty.Value { return cty.StringVal(value(t.access)) }}
	}
	yes := func(name, doc string, value func(a *AccessFacts) bool) Fact {
		return Fact{Name: name, Type: cty.Bool, Doc: doc, value: func(_ *Input, t *thing) cty.Value { return cty.BoolVal(value(t.access)) }}
	}
	return []Fact{
		text("key", "the address of the key", func(a *AccessFacts) string { return a.Key }),
		text("class", "what the actions open: data, control, use, metadata", func(a *AccessFacts) string { return a.Class }),
		{Name: "actions", Type: cty.List(cty.String), Doc: "the actions", value: func(_ *Input, t *thing) cty.Value { return stringList(t.access.Actions) }},
		text("kind", "stranger, organization, account, role, user, principal, service or provider", func(a *AccessFacts) string { return a.Who.Kind }),
		text("who", "the caller: its address where the input manages it, else its name", func(a *AccessFacts) string { return a.caller() }),
		text("name", "the ARN, account, organization, service or provider", func(a *AccessFacts) string { return a.Who.Name }),
		text("address", "the address of the caller, empty where the input does not manage it", func(a *AccessFacts) string { return a.Who.Address }),
		yes("trusted", "the caller is of the own account, or trusted", func(a *AccessFacts) bool { return a.Who.Trusted }),
		yes("certain", "it is there whatever is not known yet", func(a *AccessFacts) bool { return a.Certainty == finding.Certain }),
		yes("limited", "conditions limit it", func(a *AccessFacts) bool { return len(a.Conditions) > 0 }),
		text("via", "key-policy, account, grant or role", func(a *AccessFacts) string { return a.Via }),
		text("change", "what the plan does: gained, changed, kept; empty without a before", func(a *AccessFacts) string { return a.Change }),
		text("unexpected", "the expectation that does not list the caller, empty where there is none", func(a *AccessFacts) string { return a.Unexpected }),
		text("missing", "the expectation that is not met because the caller may not, empty where there is none", func(a *AccessFacts) string { return a.Missing }),
		text("reason", "why the expectation is there", func(a *AccessFacts) string { return a.Reason }),
		text("stops", "what stops a caller that is missing", func(a *AccessFacts) string { return a.Stops }),
	}
}
