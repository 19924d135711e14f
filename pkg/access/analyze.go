package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// Verdict is the widest audience of a document.
type Verdict string

// The verdicts, widest first. Broad and Scoped are those of identity policies.
const (
	Everyone    Verdict = "public"
	ServiceOpen Verdict = "service-open"
	External    Verdict = "external"
	ExternalOrg Verdict = "external:org"
	Network     Verdict = "network"
	Federated   Verdict = "federated"
	Service     Verdict = "service"
	Internal    Verdict = "internal"
	None        Verdict = "none"
	Invalid     Verdict = "invalid"
	Unknown     Verdict = "unknown"
	Broad       Verdict = "broad"
	Scoped      Verdict = "scoped"
)

// Public says whether a stranger is let in.
type Public string

// The answers. Unsure means that a value which is not known decides, or that the work budget ran out.
const (
	No     Public = "no"
	Yes    Public = "yes"
	Unsure Public = "unknown"
)

// Result is what an analysis found.
type Result struct {
	Verdict Verdict
	// Public is the reading of a document that AWS would refuse as if it took it literally.
	Public Public
	// Witness is a request that the document allows: a stranger's where Public is yes; for other verdicts one of the
	// audience, nil where there is none. Identity policies have none.
	Witness *evaluate.Request
	// Open are the actions that a stranger can use: those that work across accounts, or all that are open if none of them
	// does. Class is the worst of them.
	Open  []string
	Class aws.Class
	// Usable says that some of the open actions work from another account.
	Usable bool
	// Everybody says that the actions of Open are open to each stranger, or each holder of a token, and not only to some.
	Everybody bool
	// Statement is the index of the statement that allows the witness, -1 where there is none.
	Statement int
	// Token says that the document is public only through an identity provider (trust policies).
	Token bool
	// Problems are what is wrong with the document.
	Problems []iam.Problem
	// DependsOn are the references of the unknown values that decide, where Public or the verdict is unknown.
	DependsOn []string
	// Names are those of them that are names in no table: condition keys that AWS may have added.
	Names []string
	// Reason says why the answer is unknown where no unknown value decides.
	Reason string
	// AllKeys are the actions that an identity policy allows on all keys, SomeKeys those that it allows on any key.
	// AllActions says that it allows every action on a key.
	AllKeys, SomeKeys []string
	AllActions        bool
}

// Analyze decides whom a document lets in. It is deterministic, and its work is bounded.
func Analyze(doc *iam.Document, s Subject) Result {
	if s.MaxSize == 0 {
		s.MaxSize = s.Kind.MaxSize()
	}
	problems := iam.ValidateWithin(doc, s.Kind, s.MaxSize)
	readings := s.readings(doc)
	results := make([]Result, len(readings))
	for i := range readings {
		results[i] = analyzeAs(doc, readings[i])
	}
	r := agreed(results, decidedBy(readings))
	r.Problems = problems
	if r.Witness != nil && !readings[0].unname(doc, r.Witness) {
		r.Witness = nil
	}
	if iam.Refused(problems) {
		r.Verdict = Invalid
	}
	return r
}

// analyzeAs decides one reading of the subject, with every reading of the document.
func analyzeAs(doc *iam.Document, s Subject) Result {
	r := analyze(doc, s)
	for _, reading := range doc.Readings {
		if other := analyze(reading, s); other.Public == Yes && r.Public != Yes || other.Public == Unsure && r.Public == No {
			r = other
		}
	}
	return r
}

func analyze(doc *iam.Document, s Subject) Result {
	if doc.Opaque {
		return Result{Verdict: Unknown, Public: publicIfUnknown(s.Kind), Statement: -1, DependsOn: refs(doc)}
	}
	leaves := findLeaves(doc, s)
	if len(leaves.choices)+len(leaves.providers)+len(leaves.hosts) == 0 {
		work := newBudget()
		return leaves.perhapsOwn(decide(leaves.world(nil), s, work), nil, s, work)
	}
	return decideUnknown(leaves, s)
}

func publicIfUnknown(k iam.Kind) Public {
	if k == iam.Identity {
		return No
	}
	return Unsure
}

// decide answers for a document of which everything is known.
func decide(doc *iam.Document, s Subject, work *sets.Budget) Result {
	q := newQuestion(doc, s)
	q.work = work
	var r Result
	if q.kind == iam.Identity {
		r = q.decideIdentity()
	} else {
		r = q.decideResource()
	}
	if q.work.Over() && r.Verdict != Everyone && r.Verdict != Broad {
		return Result{Verdict: Unknown, Public: publicIfUnknown(s.Kind), Statement: -1, Reason: "the document is too complex to decide within the work budget"}
	}
	return r
}

// step is one audience to ask about.
type step struct {
	verdict Verdict
	shapes  func() []*shape
}

// decideResource asks about one audience after the other, widest first.
func (q *question) decideResource() Result {
	for i, st := range q.steps() {
		a := q.ask(st.shapes(), all(q.table))
		if a.piece == nil && q.inexact == "" {
			if q.work.Over() {
				break
			}
			continue
		}
		r, ok := q.result(st.verdict, &a)
		if !ok {
			r, ok = q.retry(i, st.verdict)
		}
		if ok {
			return r
		}
	}
	return Result{Statement: -1, Public: No, Verdict: None}
}

// result is the answer where an audience is let in, and false where it is not known to be.
func (q *question) result(v Verdict, a *answer) (Result, bool) {
	r := Result{Statement: -1, Public: No, Verdict: v}
	if a.piece == nil {
		return r, false
	}
	r.explain(q, a)
	replays := r.Witness != nil && evaluate.Decide(q.doc, r.Witness) == evaluate.Allowed
	if v == Everyone {
		r.Public, r.Token = Yes, a.sh.caller == tokenCaller
		if !replays && q.inexact == "" {
			return unsure("a request on which the two evaluators disagree; please report this document"), true
		}
	}
	if !replays && q.inexact == "" {
		r.Witness, r.Reason = nil, "the two evaluators disagree on its witness; please report this document"
	}
	return r, replays || q.inexact == ""
}

func unsure(on string) Result {
	return Result{Statement: -1, Public: Unsure, Verdict: Unknown, Reason: "it depends on " + on}
}

// retry asks about one audience again where a comparison of two free values decides: with the comparison taken against
// the caller, as the caller would like it, and with other values. What only the second finds is not certain.
func (q *question) retry(step int, v Verdict) (Result, bool) {
	ask := func(r reading, preferred string) (*question, answer) {
		again := newQuestion(q.doc, q.Subject)
		again.work, again.reading, again.preferred = q.work, r, preferred
		return again, again.ask(again.steps()[step].shapes(), all(q.table))
	}
	least, a := ask(strict, "")
	if r, ok := least.result(v, &a); ok {
		return r, true
	}
	most, possible := ask(loose, "")
	if possible.piece == nil && !q.work.Over() {
		return Result{}, false
	}
	for _, value := range q.candidates() {
		if q.work.Over() {
			break
		}
		again, a := ask(pinned, value)
		if r, ok := again.result(v, &a); ok {
			return r, true
		}
	}
	if v == Everyone {
		return unsure(q.inexact), true
	}
	r := Result{Statement: -1, Public: No, Verdict: v}
	if possible.piece != nil {
		r.explain(most, &possible)
		r.Witness = nil
	}
	return r, possible.piece != nil
}

// maxCandidates bounds how many values are tried for a key that is compared with another one.
const maxCandidates = 20

// candidates are values that a key may have to have where it is compared with another one: what AWS assigns to the
// stranger, such as its account, and values of the document.
func (q *question) candidates() []string {
	out := []string{q.stranger, "o-stranger00", "arn:" + q.partitionName() + ":iam::" + q.stranger + ":role/stranger",
		"vpc-0fffffffffffffff0", "vpce-0fffffffffffffff0", "s3.us-east-1.amazonaws.com"}
	for i := range q.statements {
		for _, c := range q.statements[i].Conditions {
			for _, v := range c.Values.Items {
				p := (&sets.Builder{}).Glob(v.S, sets.AnyChar).Pattern()
				if s, ok := p.Guess(-1, ""); ok && !strings.Contains(v.S, "${") && len(out) < maxCandidates {
					out = appendNew(out, sets.FromLatin(s))
				}
			}
		}
	}
	return out
}

func (q *question) steps() []step {
	key := q.kind == iam.Key
	steps := make([]step, 0, 10)
	add := func(v Verdict, shapes func() []*shape) { steps = append(steps, step{v, shapes}) }
	add(Everyone, func() []*shape { return append(q.fromAccounts(audience{}), q.fromTokens(audience{}, true)...) })
	if key {
		add(ServiceOpen, func() []*shape { return q.fromServices(audience{}) })
	}
	// Whoever is let in by name gets in from anywhere; only then is it asked who gets in from a named network.
	for _, net := range q.networks() {
		if net == anyNetwork {
			add(Network, func() []*shape { return q.fromAccounts(audience{net: anyNetwork}) })
		}
		add(External, func() []*shape { return q.foreigners(net) })
		add(ExternalOrg, func() []*shape { return q.strangersInOrgs(net) })
	}
	add(Federated, func() []*shape {
		return q.fromTokens(audience{account: anyAccount, org: anyOrg, net: anyNetwork}, false)
	})
	add(Service, q.ownServices)
	add(Internal, func() []*shape {
		return append(q.fromAccounts(audience{account: trustedAccount, org: anyOrg, net: anyNetwork}), q.fromAccounts(audience{org: trustedOrg, net: anyNetwork})...)
	})
	return steps
}

// foreigners are principals of named accounts that are not trusted, and services that work for them.
func (q *question) foreigners(net netClass) []*shape {
	out := q.fromAccounts(audience{account: foreignAccount, org: anyOrg, net: net})
	if len(q.uniqueIDs)+len(q.measured) > 0 {
		out = append(out, q.fromAccounts(audience{net: net, named: true})...)
	}
	if q.kind == iam.Key && net == freshNetwork {
		// A named account in the own organization is not foreign to it.
		out = append(out, q.fromServices(audience{account: foreignAccount})...)
		out = append(out, q.fromServices(audience{account: foreignAccount, org: foreignOrg})...)
	}
	return out
}

func (q *question) strangersInOrgs(net netClass) []*shape {
	out := q.fromAccounts(audience{account: freshAccount, org: foreignOrg, net: net})
	if q.kind == iam.Key && net == freshNetwork {
		out = append(out, q.fromServices(audience{account: freshAccount, org: foreignOrg})...)
	}
	return out
}

// ownServices are services that work for the own account or organization; a role is only passed to them within it.
func (q *question) ownServices() []*shape {
	if q.kind != iam.Key {
		return q.fromServices(audience{account: anyAccount, org: anyOrg})
	}
	out := q.fromServices(audience{account: trustedAccount, org: anyOrg})
	if q.mentioned("aws:sourceorgid") || q.mentioned("aws:sourceorgpaths") {
		out = append(out, q.fromServices(audience{account: anyAccount, org: trustedOrg})...)
	}
	return out
}

// networks are the classes of networks that make a difference.
func (q *question) networks() []netClass {
	if slices.ContainsFunc(aws.NetworkKeys, q.mentioned) || q.mentioned("aws:ec2instancesourcevpc") {
		return []netClass{freshNetwork, anyNetwork}
	}
	return []netClass{freshNetwork}
}

// explain fills in the witness and what is open.
func (r *Result) explain(q *question, a *answer) {
	usable := a.open & filter(q.table, func(x aws.Action) bool { return x.CrossAccount })
	r.Usable = usable != 0
	if !r.Usable {
		usable = a.open
	}
	r.Open = usable.names(q.table)
	r.Everybody = usable&^a.all == 0
	for i := range q.table {
		if usable&(1<<i) != 0 {
			r.Class = max(r.Class, q.table[i].Class)
		}
	}
	r.Witness = a.witness()
	r.Statement = a.piece.box.statement.Index
}

// mentioned says whether a condition or a variable of the document names the key, in lower case.
func (q *question) mentioned(key string) bool { _, ok := q.spellings()[key]; return ok }

// spelling is how the document writes a key, or how AWS does.
func (q *question) spelling(key string) string {
	if s, ok := q.spellings()[key]; ok {
		return s
	}
	info, _ := aws.Describe(key)
	return info.Name
}

// substitutes says whether a value of the document has a variable.
func (q *question) substitutes() bool { q.spellings(); return q.variable }

func (q *question) spellings() map[string]string {
	if q.spelled != nil {
		return q.spelled
	}
	q.spelled = map[string]string{}
	note := func(key string) {
		if _, ok := q.spelled[strings.ToLower(key)]; !ok {
			q.spelled[strings.ToLower(key)] = key
		}
	}
	statements := append(q.statements[:len(q.statements):len(q.statements)], q.also...)
	for i := range statements {
		for _, c := range statements[i].Conditions {
			note(c.Key.S)
		}
	}
	for i := range statements {
		var lists []*iam.List
		for k := range statements[i].Conditions {
			lists = append(lists, &statements[i].Conditions[k].Values)
		}
		for _, l := range append(lists, statements[i].Resource, statements[i].NotResource) {
			if l == nil {
				continue
			}
			for _, v := range l.Items {
				if !q.variables || !strings.Contains(v.S, "${") {
					continue
				}
				q.variable = true
				for _, p := range iam.Variables(v.S) {
					if p.Key != "" {
						note(p.Key)
					}
				}
			}
		}
	}
	return q.spelled
}
