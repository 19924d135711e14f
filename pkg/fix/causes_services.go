package fix

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
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
	"cloudfront": {"ArnLike", aws.Spelled(aws.KeySourceArn), "arn:PARTITION:cloudfront::ACCOUNT:distribution/*", "distributions"},
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-storage-encryption.html
	"fargate": {"StringEquals", "kms:EncryptionContext:aws:ecs:clusterAccount", "ACCOUNT", "clusters"},
	// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
	"events":     {},
	"events.rds": {},
}

// serviceName is the first name of a service, by which ties are told.
func serviceName(principal string) string {
	if principal == "events.rds.amazonaws.com" {
		return "events.rds" // notifications of RDS, which are not EventBridge's
	}
	name, _, _ := strings.Cut(principal, ".")
	return name
}

// services are the first names of the services that a statement lets in, as far as it names them.
func services(st *iam.Statement) (names []string) {
	for _, principal := range servicePrincipals(st) {
		if name := serviceName(principal); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// servicePrincipals are the services that a statement names: as principals, else in conditions that nothing but these meets.
func servicePrincipals(st *iam.Statement) (out []string) {
	if st.Principal != nil {
		for _, e := range st.Principal.Entries {
			if isService(e) {
				out = append(out, listOf(&e.Values).strings()...)
			}
		}
	}
	for i := 0; i < len(st.Conditions) && len(out) == 0; i++ {
		c := &st.Conditions[i]
		of := strings.EqualFold(c.Key.S, aws.KeyPrincipalServiceName) || strings.EqualFold(c.Key.S, aws.KeyPrincipalServiceNamesList)
		if op, ok := iam.ParseOperator(c.Operator.S); ok && of && op.Name == "stringequals" && !op.Negated && !op.IfExists && op.Set != "all" {
			out = listOf(&c.Values).strings()
		}
	}
	return slices.DeleteFunc(out, func(name string) bool { return name == "" })
}

// serviceSource ties the calls of a service to the own account.
func (m *maker) serviceSource(st *iam.Statement) []candidate {
	if st.Principal != nil && slices.ContainsFunc(st.Principal.Entries, notService) && slices.ContainsFunc(st.Principal.Entries, isService) {
		return m.servicesApart(st)
	}
	var out []candidate
	add := func(what string, c condition, how string) {
		if !m.has(st, c.key) {
			out = append(out, candidate{title: "Let " + label(st) + " hold only for calls for the own " + what + ", with a condition on " + how, strategy: c.key,
				steps: []step{{kind: addConditions, statement: st.Index, conditions: []condition{c}}},
				keeps: "The service keeps working for resources of the own " + what + "."})
		}
	}
	tied := func(t tie) {
		if t.value != "" && !m.has(st, t.key) {
			out = append(out, candidate{title: "Let " + label(st) + " hold only for " + t.what + " of the own account, with a condition on " + t.key, strategy: t.key,
				steps: []step{{kind: addConditions, statement: st.Index, conditions: []condition{m.tie(st, t)}}},
				keeps: "The service keeps working for the " + t.what + " of the own account."})
		}
	}
	names := services(st)
	switch {
	case slices.ContainsFunc(names, untied):
		return nil
	case slices.ContainsFunc(names, func(name string) bool { _, ok := ties[name]; return ok }):
		if len(names) > 1 {
			return m.eachService(st)
		}
		tied(ties[names[0]])
	default:
		add("account", condition{"StringEquals", aws.Spelled(aws.KeySourceAccount), []string{m.account()}}, aws.Spelled(aws.KeySourceAccount))
		if org, ok := m.organization(); ok {
			add("organization", condition{"StringEquals", aws.Spelled(aws.KeySourceOrgID), []string{org}}, aws.Spelled(aws.KeySourceOrgID))
		}
	}
	return out
}

func notService(e iam.Entry) bool { return !isService(e) }

func isService(e iam.Entry) bool { return e.Type.S == "Service" }

// untied says whether a service names no source of its own to KMS.
func untied(name string) bool {
	t, ok := ties[name]
	return ok && t.value == ""
}

// servicesApart gives the services of a statement that names other principals, too, a statement of their own, and ties them there.
func (m *maker) servicesApart(st *iam.Statement) []candidate {
	if st.Action == nil || st.Resource == nil || st.ConditionHole != "" {
		return nil
	}
	apart, rest := *st, *st.Principal
	own := *st.Principal
	own.Entries = slices.DeleteFunc(slices.Clone(own.Entries), notService)
	rest.Entries = slices.DeleteFunc(slices.Clone(rest.Entries), isService)
	if apart.Principal = &own; len(own.Entries) == 0 {
		return nil
	}
	var out []candidate
	for _, c := range m.serviceSource(&apart) {
		if len(c.steps) != 1 || c.steps[0].kind != addConditions {
			continue
		}
		c.title = "Give the services of " + label(st) + " a statement of their own; " + uncapital(strings.Replace(c.title, label(st), "it", 1))
		c.steps = []step{{kind: setElement, statement: st.Index, element: "Principal", val: principalsOf(&rest)},
			{kind: addStatement, statement: st.Index, val: statementFor(&apart, c.steps[0].conditions)}}
		out = append(out, c)
	}
	return out
}

// statementFor is a statement that allows what another one does, under more conditions.
func statementFor(st *iam.Statement, more []condition) value {
	conditions := conditionsOf(st)
	for _, c := range more {
		conditions.addCondition(c.operator, c.key, strs(c.values...))
	}
	out := object(entry{"Effect", str("Allow")}, entry{"Principal", principalsOf(st.Principal)},
		entry{"Action", listOf(st.Action)}, entry{"Resource", listOf(st.Resource)})
	if len(conditions.obj) > 0 {
		out.obj = append(out.obj, entry{"Condition", conditions})
	}
	return out
}

func (m *maker) tie(st *iam.Statement, t tie) condition {
	return condition{t.operator, t.key, []string{m.tied(st, t)}}
}

// eachService gives those services a statement of their own that say in another way than the rest whose resources they work
// for, and ties each.
func (m *maker) eachService(st *iam.Statement) []candidate {
	if st.Action == nil || st.ConditionHole != "" || len(st.Principal.Entries) != 1 || notService(st.Principal.Entries[0]) || m.has(st, aws.Spelled(aws.KeySourceAccount)) {
		return nil
	}
	var rest bool
	var moved []string
	own := map[string][]iam.String{}
	for _, v := range st.Principal.Entries[0].Values.Items {
		name := serviceName(v.S)
		if _, ok := ties[name]; !ok {
			rest = true
		} else if len(own[name]) == 0 {
			moved = append(moved, name)
		}
		own[name] = append(own[name], v)
	}
	stays := condition{"StringEquals", aws.Spelled(aws.KeySourceAccount), []string{m.account()}}
	if !rest {
		stays, moved = m.tie(st, ties[moved[0]]), moved[1:]
	}
	c := candidate{title: "Give the services of " + label(st) + " that name their sources in another way a statement of their own, and let each hold only for the own account",
		strategy: "each", keeps: "The services keep working for resources of the own account.",
		steps: []step{{kind: addConditions, statement: st.Index, conditions: []condition{stays}}}}
	for _, name := range moved {
		t := ties[name]
		if m.has(st, t.key) {
			return nil
		}
		with := *st
		with.Principal = &iam.Principals{Entries: []iam.Entry{{Type: st.Principal.Entries[0].Type, Values: iam.List{Items: own[name]}}}}
		c.steps = append(c.steps, step{kind: removeStrings, statement: st.Index, leaves: own[name]},
			step{kind: addStatement, statement: st.Index, val: statementFor(&with, []condition{m.tie(&with, t)})})
	}
	return []candidate{c}
}

// tied is the value of a tie for the own account. The region is that of the service's name, where that names one which the
// module can write.
func (m *maker) tied(st *iam.Statement, t tie) string {
	region := "*"
	for _, name := range servicePrincipals(st) {
		if part := strings.Split(name, "."); len(part) > 3 && m.writes(part[1]) {
			region = part[1]
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
	for _, name := range services(st) {
		t, ok := ties[name]
		switch {
		case !ok || t.value != "":
		case name == "events":
			return "EventBridge names no source to KMS when it delivers to encrypted topics and queues, so no condition may hold for " + label(st) + ": accept it, or use a key of its own for what is delivered"
		default:
			return "AWS does not say which source " + name + ".amazonaws.com names to KMS, so no condition is sure to hold for " + label(st) + ": accept it, or use a key of its own for what is delivered"
		}
	}
	return ""
}
