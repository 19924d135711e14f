package fix

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// tie is what a service tells KMS about whose resource it works for, where that is not aws:SourceAccount. A condition on a key
// that a service does not send would shut the service out.
type tie struct {
	operator, key string
	// value of the key for the own account, with PARTITION, REGION and ACCOUNT in it; "" where the service sends nothing.
	value string
	// what is tied to the account, for people.
	what string
}

// ties are the services that do not send aws:SourceAccount, by their first name.
var ties = map[string]tie{
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
	"logs": {"ArnLike", "kms:EncryptionContext:aws:logs:arn", "arn:PARTITION:logs:REGION:ACCOUNT:log-group:*", "log groups"},
	// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
	"cloudfront": {"ArnLike", "aws:SourceArn", "arn:PARTITION:cloudfront::ACCOUNT:distribution/*", "distributions"},
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-storage-encryption.html
	"fargate": {"StringEquals", "kms:EncryptionContext:aws:ecs:clusterAccount", "ACCOUNT", "clusters"},
	// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
	"events": {},
}

// services are the first names of the services that a statement lets in.
func services(st *iam.Statement) (names []string) {
	if st.Principal == nil {
		return nil
	}
	for _, e := range st.Principal.Entries {
		for _, v := range e.Values.Items {
			name, _, _ := strings.Cut(v.S, ".")
			if e.Type.S == "Service" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// serviceSource ties the calls of a service to the own account.
func (m *maker) serviceSource(st *iam.Statement) []candidate {
	var out []candidate
	add := func(what string, c condition, how string) {
		if !m.has(st, c.key) {
			out = append(out, candidate{title: "Let " + label(st) + " hold only for calls for the own " + what + ", with a condition on " + how, strategy: c.key,
				steps: []step{{kind: addConditions, statement: st.Index, conditions: []condition{c}}},
				keeps: "The service keeps working for resources of the own " + what + "."})
		}
	}
	names := services(st)
	if slices.ContainsFunc(names, func(name string) bool { _, ok := ties[name]; return ok }) {
		if len(names) > 1 || ties[names[0]].value == "" {
			return nil
		}
		t := ties[names[0]]
		if !m.has(st, t.key) {
			out = append(out, candidate{title: "Let " + label(st) + " hold only for " + t.what + " of the own account, with a condition on " + t.key, strategy: t.key,
				steps: []step{{kind: addConditions, statement: st.Index, conditions: []condition{{t.operator, t.key, []string{m.tied(st, t)}}}}},
				keeps: "The service keeps working for the " + t.what + " of the own account."})
		}
		return out
	}
	add("account", condition{"StringEquals", "aws:SourceAccount", []string{m.account()}}, "aws:SourceAccount")
	if org, ok := m.organization(); ok {
		add("organization", condition{"StringEquals", "aws:SourceOrgID", []string{org}}, "aws:SourceOrgID")
	}
	return out
}

// tied is the value of a tie for the own account. The region is that of the service's name, where that names one which the
// module can write.
func (m *maker) tied(st *iam.Statement, t tie) string {
	region := "*"
	for _, e := range st.Principal.Entries {
		for _, v := range e.Values.Items {
			if part := strings.Split(v.S, "."); len(part) > 3 && m.writes(part[1]) {
				region = part[1]
			}
		}
	}
	return strings.NewReplacer("PARTITION", m.partition(), "REGION", region, "ACCOUNT", m.account()).Replace(t.value)
}

// writes says whether the module can write a text of the document.
func (m *maker) writes(text string) bool {
	for _, p := range unknown.Parts(text) {
		if p.Hole >= 0 && (p.Hole >= len(m.terms) || m.terms[p.Hole].ref == "" && m.terms[p.Hole].literal == "") {
			return false
		}
	}
	return true
}

// noTie says why no condition ties down the services of a statement.
func noTie(st *iam.Statement) string {
	names := services(st)
	switch {
	case len(names) == 1 && names[0] == "events":
		return "EventBridge names no source to KMS when it delivers to encrypted topics and queues, so no condition may hold for " + label(st) + ": accept it, or use a key of its own for what is delivered"
	case len(names) > 1:
		return "the services of " + label(st) + " say in different ways whose resources they work for: give each a statement of its own"
	}
	return ""
}
