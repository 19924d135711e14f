package check

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/tf"
)

// resourceFacts are the facts of a resource.
func resourceFacts() []Fact {
	resource := factsOf[*tf.Resource](func(t *thing) *tf.Resource { return t.resource })
	return []Fact{
		resource.text("address", "the full address of the instance", func(r *tf.Resource) string { return r.Address }),
		resource.text("type", "the resource type, such as aws_kms_key", func(r *tf.Resource) string { return r.Type }),
		resource.text("name", "the name of the block", func(r *tf.Resource) string { return r.Name }),
		{Name: "not_judged", Type: cty.String, Doc: "what the resource can open and why it is not judged, empty for others",
			value: func(in *Input, t *thing) cty.Value { return cty.StringVal(in.notJudged(t)) }},
		resource.text("module", "the address of the module instance, empty in the root module", func(r *tf.Resource) string { return r.Module }),
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

// policyFacts are the facts of a policy.
func policyFacts() []Fact {
	policy := factsOf[*judged](func(t *thing) *judged { return t.policy })
	return []Fact{
		policy.text("kind", "key, trust, identity or grant", func(j *judged) string { return string(j.policy.Kind) }),
		policy.text("attribute", "the argument that holds the document", func(j *judged) string { return j.policy.Attribute }),
		policy.text("verdict", "the widest audience: public, service-open, external, external:org, network, federated, service, internal or none; of an identity policy broad, scoped or none; else invalid or unknown",
			func(j *judged) string { return string(j.result.Verdict) }),
		policy.yes("public", "a stranger is let in; for a document that AWS would refuse, if it is taken literally", func(j *judged) bool { return j.result.Public == access.Yes }),
		policy.yes("undecided", "a value that is not known before apply decides", (*judged).undecided),
		policy.yes("assumed", "the verdict takes something for true without knowing it", func(j *judged) bool { return len(j.assumed) > 0 }),
		policy.text("assumed_why", "what is taken for true, in words", func(j *judged) string { return strings.Join(j.assumed, "; ") }),
		{Name: "assumed_remedy", Type: cty.String, Doc: "how to have it known, in words; empty where the sources of the plan would tell",
			value: func(in *Input, t *thing) cty.Value { return cty.StringVal(in.assumedRemedy(t.policy)) }},
		policy.text("undecided_why", "what it depends on, in words", (*judged).undecidedWhy),
		{Name: "undecided_remedy", Type: cty.String, Doc: "how to have it decided, in words; empty where nothing special is to be done",
			value: func(in *Input, t *thing) cty.Value { return cty.StringVal(in.undecidedRemedy(t.policy)) }},
		policy.yes("refused", "AWS would refuse the document", func(j *judged) bool { return j.result.Verdict == access.Invalid }),
		policy.yes("invalid", "AWS would refuse the document, or ignore a part of it (Allow with NotPrincipal aside)", (*judged).invalid),
		policy.yes("sometimes_invalid", "the policy may be one of several documents, of which only some are invalid, or AWS may accept it all the same",
			func(j *judged) bool { return j.wrong != nil || perhaps(j.result) }),
		policy.text("problem", "what is wrong with an invalid document, in words", func(j *judged) string { return j.asInvalid().problem() }),
		policy.yes("metadata_only", "strangers can only describe and list", func(j *judged) bool { return j.result.Public == access.Yes && j.result.Class == aws.Metadata }),
		policy.yes("federated_only", "it is public only through an identity provider", func(j *judged) bool { return j.result.Token }),
		policy.list("open_actions", "the actions that a stranger can use", (*judged).openActions),
		policy.text("who", "who is let in and how, in words", (*judged).who),
		policy.text("explanation", "how the stranger gets past conditions and Deny statements, in words", (*judged).explanation),
		policy.text("remedy", "what the statement that lets the stranger in lacks, in words; empty where nothing in it tells", (*judged).remedy),
		policy.yes("locked_out", "nobody of the own account keeps kms:PutKeyPolicy", func(j *judged) bool { return j.lockedOut }),
		policy.yes("reachable", "a stranger reaches the key through a role", func(j *judged) bool { return j.reach != nil }),
		policy.text("path", "the way from a stranger through a role to the key, in words", (*judged).path),
		policy.yes("path_perhaps", "the way is there only for some values of what is not known before apply", func(j *judged) bool { return j.reach != nil && j.reach.possible }),
		policy.yes("decrypts_all_keys", "an identity policy allows kms:Decrypt or kms:ReEncryptFrom on all keys", func(j *judged) bool { return j.onAllKeys(decryptActions...) }),
		policy.yes("controls_all_keys", "an identity policy allows control of all keys, such as kms:PutKeyPolicy", func(j *judged) bool { return j.onAllKeys(controlActions...) }),
		policy.yes("uses_all_keys", "an identity policy allows other use of all keys", func(j *judged) bool { return j.result.Verdict == access.Broad }),
		policy.yes("all_actions", "an identity policy allows kms:* on some key", func(j *judged) bool { return j.result.AllActions }),
		policy.list("all_keys_actions", "the actions that an identity policy allows on all keys", func(j *judged) []string { return j.shownActions(j.result.AllKeys) }),
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
	statement := factsOf[*thing](func(t *thing) *thing { return t })
	return []Fact{
		statement.text("sid", "the Sid, empty where there is none", func(t *thing) string { return t.policy.text(t.statement.Sid) }),
		statement.number("index", "its number, from 0", func(t *thing) int { return t.statement.Index }),
		statement.text("label", "how messages name it", func(t *thing) string { return t.policy.label(t.statement.Index, t.statement.Sid) }),
		statement.list("external_accounts", "the untrusted accounts of the principals that it names, where its conditions keep none of these out",
			func(t *thing) []string { return t.policy.shownAccounts(t.statement) }),
		statement.yes("external_perhaps", "for some values of what is not known before apply that is not so of some of these", func(t *thing) bool { return t.statement.Perhaps }),
		statement.text("external_who", "these principals, in words", func(t *thing) string { return t.policy.external(t.statement) }),
		statement.text("external_remedy", "what to do about them, in words; empty where it has no condition", func(t *thing) string { return externalRemedy(t.statement) }),
		statement.number("conditions", "how many conditions it has", func(t *thing) int { return len(t.statement.Statement.Conditions) }),
		statement.list("loose_services", "of a key policy: the AWS services that it lets use the key for a stranger's resources",
			func(t *thing) []string { return t.policy.shownServices(t.statement) }),
		statement.yes("all_actions", "of a key policy: it allows everything to somebody other than an account as a whole, alone or with later statements",
			func(t *thing) bool { return len(t.statement.Everything) > 0 }),
		statement.list("all_actions_by", "of a key policy: the statements that do so together, as messages name them",
			func(t *thing) []string { return t.policy.labels(t.statement.Everything) }),
		statement.yes("not_principal", "it is an Allow with NotPrincipal", func(t *thing) bool { return t.statement.NotPrincipal }),
		statement.yes("broad_condition", "of a key policy: a condition on who calls keeps no stranger out", func(t *thing) bool { return len(t.statement.Broad) > 0 }),
		statement.text("broad_why", "which condition, and why, in words", func(t *thing) string { return t.policy.broadWhy(t.statement) }),
		statement.text("broad_remedy", "how to mend it, in words", func(t *thing) string { return t.policy.broadRemedy(t.statement) }),
	}
}

// grantFacts are the facts of a grant. Of one that is not decided policy-undecided speaks.
func grantFacts() []Fact {
	grant := factsOf[*judged](func(t *thing) *judged { return t.policy })
	return []Fact{
		grant.yes("external", "the grantee is outside of the trusted accounts", func(j *judged) bool { return j.result.Verdict == access.External }),
		grant.text("grantee", "the grantee", (*judged).grantee),
		grant.list("operations", "what is granted", (*judged).operations),
	}
}

// accessFacts are the facts of a row.
func accessFacts() []Fact {
	access := factsOf[*AccessFacts](func(t *thing) *AccessFacts { return t.access })
	return []Fact{
		access.text("key", "the address of the key", func(a *AccessFacts) string { return a.Key }),
		access.text("class", "what the actions open: data, control, use, metadata", func(a *AccessFacts) string { return a.Class }),
		access.list("actions", "the actions", func(a *AccessFacts) []string { return a.Actions }),
		access.text("kind", "stranger, organization, account, role, user, principal, service or provider", func(a *AccessFacts) string { return a.Who.Kind }),
		access.text("who", "the caller: its address where the input manages it, else its name", (*AccessFacts).caller),
		access.text("name", "the ARN, account, organization, service or provider", func(a *AccessFacts) string { return a.Who.Name }),
		access.text("address", "the address of the caller, empty where the input does not manage it", func(a *AccessFacts) string { return a.Who.Address }),
		access.yes("trusted", "the caller is of the own account, or trusted", func(a *AccessFacts) bool { return a.Who.Trusted }),
		access.yes("certain", "it is there whatever is not known yet", func(a *AccessFacts) bool { return a.Certainty == finding.Certain }),
		access.yes("limited", "conditions limit it", func(a *AccessFacts) bool { return len(a.Conditions) > 0 }),
		access.text("via", "key-policy, account, grant or role", func(a *AccessFacts) string { return a.Via }),
		access.text("change", "what the plan does: gained, changed, kept; empty without a before", func(a *AccessFacts) string { return a.Change }),
		access.text("unexpected", "the expectation that does not list the caller, empty where there is none", func(a *AccessFacts) string { return a.Unexpected }),
		access.text("missing", "the expectation that is not met because the caller may not, empty where there is none", func(a *AccessFacts) string { return a.Missing }),
		access.text("reason", "why the expectation is there", func(a *AccessFacts) string { return a.Reason }),
		access.text("stops", "what stops a caller that is missing", func(a *AccessFacts) string { return a.Stops }),
	}
}
