package who

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// unnamedOf is nil for a party whose name the input tells.
func unnamedOf(s *side, p *party) *unnamed {
	name, open := s.subject.Names[p.ARN]
	of, ok := aws.ParseARN(p.ARN)
	if !ok || !open {
		return nil
	}
	begin, _, _ := unknown.Edges(name.S)
	of.Resource = p.kind + "/" + begin
	return &unnamed{begin: of.String(), name: name.S, shown: "(" + p.address + ".arn)", depends: p.address + ".name"}
}

// fits says whether an ARN may be that of the role or user.
func (u *unnamed) fits(arn string) bool {
	_, name, _ := strings.Cut(arn[strings.LastIndexByte(arn, ':')+1:], "/")
	return u.name == "" || unknown.MayEqual(strings.ToLower(name), strings.ToLower(u.name))
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
			text = u.inAccount(text)
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
			if strings.HasPrefix(one, b) && len(one) > len(b) && u.fits(one) && like(strings.ReplaceAll(text, "?", "*"), one) {
				add(one)
			}
		}
	}
	return out
}

// inAccount is a text about principals of an account that is known as one about those of the account of the role or user, where that
// is not known: it may be that one.
func (u *unnamed) inAccount(text string) string {
	account, of := aws.AccountOf(u.begin), aws.AccountOf(text)
	if of == "" || !access.StandsIn(account) {
		return text
	}
	return strings.Replace(text, ":"+of+":", ":"+account+":", 1)
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

// linkDepends are the references that decide for which key or holder a policy is.
func linkDepends(p *extract.Policy) []string {
	if p == nil || !p.Perhaps || p.For == "" {
		return nil
	}
	return strings.Split(p.For, ", ")
}
