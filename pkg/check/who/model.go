package who

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
)

// world is everything that all inputs know of keys and principals, after apply or before.
type world struct {
	sides   []*side
	keys    []*key
	parties []*party
	byARN   map[string]*party
	// byAddress are the first ones of their addresses.
	byAddress map[managed]*party
	// assumers are those with a policy that is about assuming roles, or may be.
	assumers []*party
	// wide are the parties with a policy that speaks of keys by more than their ARN.
	wide []*party
	// named are the parties with a policy that names a key by its ARN, told the ARNs that one of them has in the open.
	named map[string][]*party
	// referring are those whose policies name a key of the plan by a reference, by the key's address.
	referring map[string][]*party
	told      map[string]bool
	more      string
	// many says that parties whose policies are not known are one caller, openDepends what decides those policies.
	many        bool
	openDepends []string
	// refused are the policies that AWS refuses.
	refused map[*extract.Policy]bool
	// trusts are the ways into roles.
	trusts map[*party][]entrance
	// groups and managed policies are those of all inputs, by their names and ARNs.
	groups  map[string][]ofGroup
	managed map[string][]ofPolicy
}

// managed is what an input manages at an address.
type managed struct {
	input   int
	address string
}

// ofGroup is a group of one input, or what one gives to a group that it does not manage.
type ofGroup struct {
	side   *side
	holder *extract.Holder
}

// ofPolicy is a managed policy with the input that has it.
type ofPolicy struct {
	side   *side
	policy *extract.Policy
}

// side is one input, after apply or before.
type side struct {
	in      *Input
	plan    *tf.Plan
	set     *extract.Set
	subject access.Subject
	// past are the resources that gave something to a role before apply, for lists that a refresh mirrors.
	past *extract.Set
	was  bool
	// doors are the resources that give a role to somebody, by the address of the role.
	doors map[string][]extract.Door
	// managed are the addresses of the keys that the input manages.
	managed map[string]bool
	// providers are the identity providers of the input at this time and at the other one, see [side.providersOf].
	providers, otherProviders map[string]string
}

// key is a key with the documents that decide about it.
type key struct {
	side    *side
	res     *tf.Resource // nil for a key that no input manages
	address string
	subject access.Subject
	docs    []document
	depends []string // what decides the policy where nothing of it is known
	grants  []grant
	aliases []string
	policy  *extract.Policy
	// stray says that no input has the key: policies name it.
	stray bool
}

// grant is a grant with the input that has it.
type grant struct {
	*extract.Policy
	side *side
}

type document struct {
	doc    *iam.Document
	policy *extract.Policy
}

// past is an input as it was before apply.
type past struct {
	plan *tf.Plan
	set  *extract.Set
}

// owned are the documents of a policy, which say whose their unknown values are.
func (s *side) owned(p *extract.Policy) []*iam.Document {
	return s.in.Owners.Owned(p.Docs, p.Resource, s.set)
}

// of is the subject of what belongs to the resource's provider configuration.
func (s *side) of(p *extract.Policy) access.Subject {
	return s.in.Owners.Subject(s.subject, p.Resource)
}

func dependsOn(p *extract.Policy) []string {
	if len(p.DependsOn) > 0 {
		return p.DependsOn
	}
	return []string{p.Address + "." + p.Attribute}
}

// keyID tells keys apart: those whose names must not be shown have one address. One that no input manages has its ARN.
type keyID struct {
	input int
	name  string
}

func (k *key) id() keyID {
	if k.stray {
		return keyID{-1, k.subject.Resource}
	}
	return keyID{k.side.in.Number, k.address}
}

func (k *key) called(name Key) bool {
	return k.address == name.Address && k.side.in.Number == name.Input
}

func (k *key) name() Key {
	out := Key{Input: k.side.in.Number, Address: k.address, Aliases: k.aliases}
	if arn := k.subject.ShownResource(); arn != "*" {
		out.ARN = arn
		out.ID = arn[strings.LastIndex(arn, "/")+1:]
	}
	return out
}

// Input is what one input holds.
type Input struct {
	// Input is how the input is judged.
	check.Input
	// Path is how reports name the input.
	Path string
	// Changes says that the input tells what was there before: a plan does.
	Changes bool
}

// Key names a key in the ways that people do.
type Key struct {
	Input            int
	Address, ARN, ID string
	Aliases          []string
}

// party is a role or user with all the policies that it holds.
type party struct {
	at      int // its place among all
	side    *side
	address string // "" where no input manages it
	res     *tf.Resource
	kind    string
	access.Party
	held  []held
	trust *extract.Policy
	// depends decide which further policies it holds, tags which further tags its requests have.
	depends, tags []string
	// denies are those of depends that may stand for a policy which denies.
	denies []string
	// open is what is known of the name, nil where it is known. permissions says that it is a permission set, maybe what
	// decides whether the account has it.
	open        *unnamed
	permissions bool
	maybe       string
}

// document is a policy that the party holds; what it holds in another account alone is none of its documents.
func (p *party) document(i int) document {
	out := document{policy: p.held[i].policy}
	if i < len(p.Policies) {
		out.doc = p.Policies[i]
	}
	return out
}

// held is a policy that a party holds, with the resource that gives it.
type held struct {
	policy *extract.Policy // nil for AWS's own
	by     *tf.Resource
	// possible says that it may be another policy, or none; depends is what decides that.
	possible bool
	depends  []string
}

// unnamed is what is known of the name of a role or user whose name is not known before apply, or is AWS's choice.
type unnamed struct {
	check.Unnamed
	// shown is how reports name it, depends what decides the name.
	shown, depends string
}

// entrance is somebody who may assume a role.
type entrance struct {
	party      *party // nil for callers that no input knows
	who        finding.Who
	veil       check.Veil
	conditions []access.RowCondition
	through    []step
	possible   bool
	dependsOn  []string
	// open says whether strangers are among the callers: customers of an identity provider that anybody can be one of.
	open access.Public
	// anyone says that nothing is known of the callers.
	anyone bool
	// word is by whose word an identity provider's users come in.
	word string
}

// row is what a caller may do with a key, before it is divided by class and change.
type row struct {
	key *key
	who finding.Who
	// named says that a document names the caller, and not the inputs' own resources; veil hides what documents must not tell.
	named bool
	veil  check.Veil
	// secretActions says that the actions must not be told.
	secretActions bool
	actions       []string
	conditions    []access.RowCondition
	via           string                // key-policy, account, grant, role
	role          *party                // the role that the caller becomes, for via role
	open          access.Public         // whether strangers are among an identity provider's users, for via role
	anyone        bool                  // nothing is known of the callers: it may be about any of them
	fence         []access.RowCondition // what keeps strangers out who are asked about
	through       []step
	possible      bool
	dependsOn     []string
	witness       *evaluate.Request
	word          string // by whose word an identity provider's users come in, for via role
}

// rowID tells whom a row is about, and with which key.
type rowID struct {
	key                 keyID
	kind, address, name string
	input               int
}

func (r *row) id() rowID {
	return rowID{r.key.id(), r.who.Kind, r.who.Address, r.who.Name, r.who.Input}
}

// terms tells rows of one caller apart that may do the same in other ways.
func (r *row) terms() string {
	var b strings.Builder
	for _, c := range r.conditions {
		b.WriteString(c.Operator + "\x01" + c.Key + "\x01" + strings.Join(c.Values, "\x02") + "\x03")
	}
	if r.possible {
		b.WriteString("possible")
	}
	b.WriteString(r.word)
	return b.String()
}

// step is a document, or a statement of one, on the way.
type step struct {
	policy    *extract.Policy
	doc       *iam.Document // the one that has the statement, of several that the policy may be
	by        *tf.Resource
	statement int // -1 for the whole
}

// selection are the keys and parties that differ between two worlds. All else is the same in both.
type selection struct {
	keys    map[keyID]bool
	parties map[string]bool // by ARN, and by address where an input manages them
	// beside says that rows of others have to be known, too: a caller who may become a role that differs may have other
	// ways to the same key, and the one caller that stands for many is everywhere.
	beside bool
}

// with adds a party.
func (s *selection) with(p *party) *selection {
	if s.parties == nil {
		s.parties = map[string]bool{}
	}
	s.parties[p.ARN] = true
	if p.address != "" {
		s.parties[p.address] = true
	}
	return s
}

// of are the parties that differ.
func (s *selection) of(list []*party) []*party {
	return slices.DeleteFunc(list, func(p *party) bool { return !s.parties[p.ARN] })
}

func (k *key) trusts(account string) bool {
	return account != "" && (account == k.subject.Account || slices.Contains(k.subject.TrustedAccounts, account))
}

// account is the account that owns a key, "" where it is not known.
func (k *key) account() string {
	if a := aws.AccountOf(k.subject.Resource); a != "" && !access.StandsIn(k.subject.Resource) {
		return a
	}
	return k.subject.Account
}

// subject is what the trust policy of a role is on.
func (p *party) subject() access.Subject {
	return check.RoleSubject(p.side.of(p.trust), p.trust.Resource.After, p.ARN, p.address)
}

// steps are statements of the document, or the whole; by is the resource that gives it to somebody.
func (d document) steps(by *tf.Resource, statements []int) []step {
	if len(statements) == 0 {
		statements = []int{-1}
	}
	var out []step
	for _, s := range statements {
		out = append(out, step{policy: d.policy, doc: d.doc, by: by, statement: s})
	}
	return out
}

// at is the statement of a step with its document, nil where it is none.
func (s step) at() (*iam.Document, *iam.Statement) {
	if s.policy == nil || s.statement < 0 {
		return nil, nil
	}
	docs := s.policy.Docs
	if s.doc != nil {
		docs = []*iam.Document{s.doc}
	}
	for _, d := range docs {
		if st := d.Statement(s.statement); st != nil {
			return d, st
		}
	}
	return nil, nil
}

// Map is who may do what with which key.
type Map struct {
	// Rows are in the order of keys, callers and classes of actions.
	Rows []finding.Access
	// Keys are the keys of the inputs, in their order.
	Keys []Key
	// More says why the rows are not all, "" where they are.
	More string

	after, before *world
}

// openName names that one caller.
const openName = "(roles and users whose policies are not known before apply)"

// veilOf hides what a document must not tell. Rows are compared and joined by what they are, and hidden when they are
// written.
func veilOf(k *key, d document) check.Veil {
	return check.NewVeil(d.doc, d.policy != nil && d.policy.Sensitive, k.subject)
}
