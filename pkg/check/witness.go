package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
)

// witness is the request for reports. What is sensitive in the document, or sampled from something sensitive, is hidden;
// the stranger that fits wherever nothing is asked tells nothing. Others are the policies that shaped the request, too.
func (j *judged) witness(r *evaluate.Request, others ...*judged) *finding.Witness {
	if r == nil {
		return nil
	}
	w := &finding.Witness{Principal: r.Principal, Action: r.Action, Resource: r.Resource}
	if len(r.Context) > 0 {
		w.Context = map[string]any{}
	}
	shaped := append([]*judged{j}, others...)
	t := topicsOf(shaped)
	for k, v := range r.Context {
		key := k
		if !t.tells(k) {
			key = hidden
		}
		values := slices.Clone(v.All)
		for i, s := range values {
			if key == hidden || t.hides(topic(k)) && !access.Uninformed(s) {
				values[i] = hidden
			}
		}
		switch {
		case key == hidden:
			w.Context[key] = hidden // there may be several
		case v.List:
			w.Context[key] = values
		case len(values) > 0:
			w.Context[key] = values[0]
		}
	}
	if t.hides(caller) && !access.Uninformed(w.Principal) {
		w.Principal = hidden
	}
	if t.hides(resource) && w.Resource != "*" && (w.Resource != j.subject.ShownResource() || j.inside(w.Resource)) {
		w.Resource = hidden // the resource may be the key's own only because the document says so
	}
	for _, o := range shaped {
		w.Action = o.shownActions([]string{w.Action})[0]
	}
	return w
}

// topics say which parts of a request a sensitive value of the document may have shaped: the caller, where the call comes
// from, a condition key of its own, … Conditions on keys of one topic are solved together.
type topics struct {
	secret map[string]bool
	// open are the condition keys that the document names in the open, in lower case; variables are in here, too. Others
	// are the keys whose names are sensitive.
	open, others map[string]bool
	// any says that something is sensitive at all, all that everything is, operators that an operator is.
	any, all, operators bool
}

// The topics that have several keys.
const (
	caller   = "caller"
	token    = "token"
	source   = "source"
	network  = "network"
	resource = "resource"
)

// topic is what a condition key is about.
func topic(key string) string {
	k := strings.ToLower(key)
	starts := func(prefixes ...string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(k, p) })
	}
	switch {
	case starts(aws.KeyPrincipalTag, aws.KeyRequestTag, aws.KeySourceIdentity):
		return k
	case starts("aws:principal", "aws:user", "aws:federated", aws.KeyCallerAccount, aws.KeyRoleSessionName):
		return caller
	case starts(aws.KeySourceVpc, aws.KeySourceIp, "aws:vpc"):
		return network
	case starts("aws:source"):
		return source
	case starts("aws:resource", aws.KeyResourceAliases, aws.KeyRequestAlias):
		return resource
	case strings.Contains(k, ":") && !starts("aws:", "kms:", "sts:", "iam:", "ec2:", "lambda:"):
		return token
	}
	return k
}

// topicsOf finds what the sensitive values of several documents may have shaped.
func topicsOf(list []*judged) *topics {
	if !slices.ContainsFunc(list, (*judged).secret) {
		return &topics{}
	}
	t := list[0].topics()
	for _, j := range list[1:] {
		t.add(j.topics())
	}
	return t
}

// topics finds what the sensitive values of the document may have shaped.
func (j *judged) topics() *topics {
	t := &topics{secret: map[string]bool{}, open: map[string]bool{}, others: map[string]bool{}, all: j.whole()}
	t.any = t.all
	ties := map[string][]string{}
	for s := range j.doc.All() {
		for _, p := range []*iam.Principals{s.Principal, s.NotPrincipal} {
			if p != nil && j.hides(p.Start, p.End) {
				t.mark(caller, token)
			}
		}
		for _, l := range []*iam.List{s.Resource, s.NotResource} {
			if l != nil && j.hides(l.Start, l.End) {
				t.mark(resource)
			}
		}
		for _, c := range s.Conditions {
			about := topic(c.Key.S)
			if j.hides(c.Key.Start, c.Key.End) {
				t.mark(about)
				t.others[strings.ToLower(c.Key.S)] = true
			} else {
				t.open[strings.ToLower(c.Key.S)] = true
			}
			if j.hides(c.Operator.Start, c.Operator.End) {
				t.mark(about)
				t.operators = true
			}
			for _, v := range c.Values.Items {
				if j.hides(v.Start, v.End) {
					t.mark(about)
				}
				for _, name := range variables(v.S) {
					ties[about] = append(ties[about], topic(name))
					ties[topic(name)] = append(ties[topic(name)], about)
					if !j.hides(v.Start, v.End) {
						t.open[name] = true
					}
				}
			}
		}
	}
	t.follow(ties)
	return t
}

// add takes what another policy hides for hidden, too.
func (t *topics) add(o *topics) {
	t.any, t.all, t.operators = t.any || o.any, t.all || o.all, t.operators || o.operators
	maps.Copy(t.secret, o.secret)
	maps.Copy(t.open, o.open)
	maps.Copy(t.others, o.others)
}

func (t *topics) mark(names ...string) {
	for _, n := range names {
		t.secret[n], t.any = true, true
	}
}

// follow takes what is compared with something sensitive for sensitive.
func (t *topics) follow(ties map[string][]string) {
	queue := slices.Collect(maps.Keys(t.secret))
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		for _, o := range ties[n] {
			if !t.secret[o] {
				t.secret[o] = true
				queue = append(queue, o)
			}
		}
	}
}

// tells says whether the name of a condition key may be shown: the document names it in the open, or AWS does.
func (t *topics) tells(key string) bool {
	key = strings.ToLower(key)
	_, known := aws.Keys[key]
	return !t.any || t.open[key] || known && (t.all || !t.others[key])
}

func (t *topics) hides(about string) bool { return t.all || t.secret[about] }

// variables are the policy variables in a text, in lower case.
func variables(s string) []string {
	var out []string
	for {
		_, rest, ok := strings.Cut(s, "${")
		if !ok {
			return out
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			return out
		}
		name, _, _ = strings.Cut(name, ",")
		out, s = append(out, strings.ToLower(strings.TrimSpace(name))), after
	}
}
