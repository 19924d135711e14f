package who

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// unnamed is what is known of the name of a role or user whose name is not known before apply, or is AWS's choice.
type unnamed struct {
	// begin is how its ARN begins, last what its name begins with after any folder, for roles that AWS puts into one of its own
	// choice; "" for others.
	begin, last string
	// role is the name of a role of which only the path is not known; "" for others.
	role string
	// shown is how reports name it, depends what decides the name.
	shown, depends string
}

// unnamedOf is nil for a party whose name the input tells.
func unnamedOf(s *side, p *party, values func(string) (string, bool)) *unnamed {
	of, ok := aws.ParseARN(p.ARN)
	if !ok || !access.StandsIn(p.ARN) || access.StandsIn(of.Account) {
		return nil // of another account than that of the key nothing is known at all
	}
	of.Resource = p.kind + "/"
	prefix, _ := values("name_prefix")
	if path, known := values("path"); known || prefix != "" {
		of.Resource = p.kind + path
		if path == "" {
			of.Resource = p.kind + "/"
		}
		of.Resource += prefix
	}
	return &unnamed{begin: of.String(), shown: "(" + p.address + ".arn)", depends: p.address + ".name"}
}

// readings are the ARNs to ask about: one that no text is about, and for each text about principals one that fits it.
func (u *unnamed) readings(p *party, docs ...*iam.Document) []string {
	_, rest, _ := strings.Cut(p.ARN, ":"+p.kind+"/")
	stand := rest[strings.LastIndexAny(rest, "/_")+1:]
	var out []string
	add := func(arn string) {
		if !slices.Contains(out, arn) {
			out = append(out, arn)
		}
	}
	if u.role != "" {
		return u.paths(docs)
	}
	begins := []string{u.begin + u.last}
	var texts []string
	for _, d := range docs {
		for _, text := range principalTexts(d) {
			if !strings.HasPrefix(text, "arn:") && !strings.HasPrefix(text, "*") || strings.Contains(text, "${") {
				continue
			}
			texts = append(texts, text)
			if after, ok := strings.CutPrefix(text, u.begin); ok && u.last != "" {
				if folder, _, in := strings.Cut(after, "/"); in && !strings.ContainsAny(folder, "*?") {
					begins = append(begins, u.begin+folder+"/"+u.last)
				}
			}
		}
	}
	if u.last != "" {
		begins = append(begins, u.begin+stand+"/"+u.last)
	}
	for _, b := range begins {
		add(b + stand)
		for _, text := range texts {
			one := b + strings.TrimLeft(text[strings.LastIndex(text, "*")+1:], "/")
			if !strings.ContainsAny(text, "*?") {
				one = text
			} else if named := strings.NewReplacer("*", "x", "?", "x").Replace(text); strings.HasPrefix(named, b) {
				one = named
			}
			if strings.HasPrefix(one, b) && len(one) > len(b) && like(strings.ReplaceAll(text, "?", "*"), one) {
				add(one)
			}
		}
	}
	return out
}

// paths are the ARNs of a role of which only the path is not known: those that texts write out, as names are unique in an
// account, else without a path and with each that a text is about.
func (u *unnamed) paths(docs []*iam.Document) []string {
	var written []string
	about := []string{u.begin + u.role}
	for _, d := range docs {
		for _, text := range principalTexts(d) {
			rest, ok := strings.CutPrefix(text, u.begin)
			wild := strings.IndexAny(rest, "*?")
			if wild >= 0 {
				rest = rest[:wild]
			}
			path := rest[:strings.LastIndex(rest, "/")+1]
			switch {
			case ok && wild < 0 && rest == path+u.role:
				written = append(written, text)
			case ok:
				about = append(about, u.begin+path+u.role)
			}
		}
	}
	if len(written) > 0 {
		about = written
	}
	slices.Sort(about)
	return slices.Compact(about)
}

// principalTexts are the texts of a document that may be about a principal's ARN.
func principalTexts(d *iam.Document) []string {
	var out []string
	take := func(l *iam.List) {
		for _, v := range l.Items {
			if v.Known() && !unknown.HasHole(v.S) {
				out = append(out, v.S)
			}
		}
	}
	for i := range d.Statements {
		s := &d.Statements[i]
		for _, p := range []*iam.Principals{s.Principal, s.NotPrincipal} {
			if p == nil {
				continue
			}
			for k := range p.Entries {
				take(&p.Entries[k].Values)
			}
		}
		for k := range s.Conditions {
			if strings.EqualFold(s.Conditions[k].Key.S, aws.KeyPrincipalArn) {
				take(&s.Conditions[k].Values)
			}
		}
	}
	return out
}

// unnamedRows are the rows of a party whose name is not known: what holds under every name is certain.
func (w *world) unnamedRows(k *key, d document, p *party) (out []*row, more string) {
	arns := p.open.readings(p, append(slices.Clone(p.Policies), d.doc)...)
	counts := map[string]int{} // of readings in which it may do an action on the same terms
	seen := map[string]bool{}
	var found []*row
	for _, arn := range arns {
		one, under := *p, *k
		one.ARN, one.open, one.permissions = arn, nil, false
		under.subject.ARNs = renamed(k.subject.ARNs, p.ARN, arn)
		rows, left := w.partyRows(&under, d, &one)
		if left != "" {
			more = left
		}
		had := map[string]bool{}
		for _, r := range rows {
			r.key, r.who = k, w.whoIs(p, k)
			var new []string
			for _, a := range r.actions {
				name := r.via + r.terms() + a
				if !had[name] {
					had[name] = true
					counts[name]++
				}
				if !seen[name] {
					seen[name] = true
					new = append(new, a)
				}
			}
			if r.actions = new; len(new) > 0 {
				found = append(found, r)
			}
		}
	}
	for _, r := range found {
		sure, maybe := *r, *r
		sure.actions, maybe.actions = nil, nil
		for _, a := range r.actions {
			if counts[r.via+r.terms()+a] == len(arns) {
				sure.actions = append(sure.actions, a)
			} else {
				maybe.actions = append(maybe.actions, a)
			}
		}
		if len(sure.actions) > 0 {
			out = append(out, &sure)
		}
		if len(maybe.actions) > 0 {
			maybe.possible, maybe.witness = true, nil
			maybe.dependsOn = append(slices.Clone(maybe.dependsOn), p.open.depends)
			out = append(out, &maybe)
		}
	}
	return out, more
}

// renamed are ARNs by their address with another one in the place of one.
func renamed(arns map[string]string, was, is string) map[string]string {
	out := make(map[string]string, len(arns))
	for address, arn := range arns {
		if arn == was {
			arn = is
		}
		out[address] = arn
	}
	return out
}

// namesUnknown says whether a key policy names a role or user of the account that no input has: one whose name is not known
// may be it.
func (w *world) namesUnknown(d *iam.Document) bool {
	for i := range d.Statements {
		s := &d.Statements[i]
		if s.Principal == nil || s.Effect.S == "Deny" {
			continue
		}
		for _, e := range s.Principal.Entries {
			for _, v := range e.Values.Items {
				if w.byARN[v.S] == nil && (strings.Contains(v.S, ":role/") || strings.Contains(v.S, ":user/")) {
					return true
				}
			}
		}
	}
	return false
}

// addPermissionSet takes a permission set in as the role that it is in each of its accounts. Which region is in the role's
// path, and how its name ends, is IAM Identity Center's choice.
//
// https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
func (w *world) addPermissionSet(s *side, number int) {
	h := s.set.PermissionSets[number]
	accounts, assumed := h.Accounts, false
	if len(accounts) == 0 {
		accounts, assumed = []string{s.subject.Account}, true
	}
	for i, account := range accounts {
		if account == "" || slices.Contains(accounts[:i], account) {
			continue
		}
		in := s.subject
		in.Account = account
		arn := in.StandIn("role", number)
		at, stand, _ := strings.Cut(arn, ":role/")
		begin := at + ":role/aws-reserved/sso.amazonaws.com/"
		p := &party{at: len(w.parties), side: s, kind: "role", address: h.Resource.Address}
		name := "AWSReservedSSO_"
		if h.Name != "" {
			name += h.Name + "_"
		}
		p.ARN, p.Keys = begin+name+stand, map[string]string{}
		p.open = &unnamed{begin: begin, last: name, shown: begin + "*" + name + "*", depends: "the name of the role that " + p.address + " has in account " + account}
		p.permissions = true
		p.hold(s, h, extract.Membership{})
		if assumed {
			p.maybe = "the accounts that " + p.address + " is assigned to"
		}
		w.parties = append(w.parties, p)
		w.byARN[p.ARN] = p
	}
}

// permissionWho names a permission set in an account.
func (p *party) permissionWho(k *key) finding.Who {
	return finding.Who{Kind: string(access.WhoPrincipal), Name: p.open.shown, Address: p.address, Trusted: k.trusts(aws.AccountOf(p.ARN))}
}
