package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/spelling"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Unnamed is what is known of the name of a role or user whose name is not known before apply, or is AWS's choice.
type Unnamed struct {
	// Begin is how its ARN begins, Last what its name begins with after any folder, for roles that AWS puts into one of its own
	// choice; "" for others.
	Begin, Last string
	// Name is the name with its path as far as it is known, with tokens for what is not; "" where nothing more is known.
	Name string
	// Role is the name of a role of which only the path is not known; "" for others.
	Role string
}

// UnnamedOf is what is known of a role or user for whose name something stands in the ARN.
func UnnamedOf(arn string, name unknown.Text) Unnamed {
	begin, _, _ := unknown.Edges(name.S)
	return Unnamed{Begin: arn[:strings.IndexByte(arn, '/')+1] + begin, Name: name.S}
}

// fits says whether an ARN may be that of the role or user.
func (u Unnamed) fits(arn string) bool {
	_, name, _ := strings.Cut(arn[strings.LastIndexByte(arn, ':')+1:], "/")
	return u.Name == "" || unknown.MayEqual(strings.ToLower(name), strings.ToLower(u.Name))
}

// Readings are the ARNs to ask about: one that no text is about, and for each text about principals one that fits it.
func (u Unnamed) Readings(arn string, docs ...*iam.Document) []string {
	stand := arn[strings.LastIndexAny(arn, "/_")+1:]
	var out []string
	add := func(one string) {
		if !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	if u.Role != "" {
		return u.paths(docs)
	}
	begins := []string{u.Begin + u.Last}
	var texts []string
	for _, d := range docs {
		for _, text := range principalTexts(d) {
			if !strings.HasPrefix(text, "arn:") && !strings.HasPrefix(text, "*") || strings.Contains(text, "${") {
				continue
			}
			text = u.inAccount(text)
			texts = append(texts, text)
			if after, ok := strings.CutPrefix(text, u.Begin); ok && u.Last != "" {
				if folder, _, in := strings.Cut(after, "/"); in && !strings.ContainsAny(folder, "*?") {
					begins = append(begins, u.Begin+folder+"/"+u.Last)
				}
			}
		}
	}
	if u.Last != "" {
		begins = append(begins, u.Begin+stand+"/"+u.Last)
	}
	for _, b := range begins {
		add(b + stand)
		for _, text := range texts {
			one := b + strings.TrimLeft(text[strings.LastIndex(text, "*")+1:], "/")
			if !strings.ContainsAny(text, "*?") {
				one = text
			} else if named := strings.ReplaceAll(strings.ReplaceAll(text, "*", "x"), "?", "x"); strings.HasPrefix(named, b) {
				one = named
			}
			if strings.HasPrefix(one, b) && len(one) > len(b) && u.fits(one) && spelling.Like(strings.ReplaceAll(text, "?", "*"), one) {
				add(one)
			}
		}
	}
	return out
}

// inAccount is a text about principals of an account that is known as one about those of the account of the role or user, where that
// is not known: it may be that one.
func (u Unnamed) inAccount(text string) string {
	account, of := aws.AccountOf(u.Begin), aws.AccountOf(text)
	if of == "" || !access.StandsIn(account) {
		return text
	}
	return strings.Replace(text, ":"+of+":", ":"+account+":", 1)
}

// paths are the ARNs of a role of which only the path is not known: those that texts write out, as names are unique in an
// account, else without a path and with each that a text is about.
func (u Unnamed) paths(docs []*iam.Document) []string {
	var written []string
	about := []string{u.Begin + u.Role}
	for _, d := range docs {
		for _, text := range principalTexts(d) {
			rest, ok := strings.CutPrefix(text, u.Begin)
			wild := strings.IndexAny(rest, "*?")
			if wild >= 0 {
				rest = rest[:wild]
			}
			path := rest[:strings.LastIndex(rest, "/")+1]
			switch {
			case ok && wild < 0 && rest == path+u.Role:
				written = append(written, text)
			case ok:
				about = append(about, u.Begin+path+u.Role)
			}
		}
	}
	if len(written) > 0 {
		about = written
	}
	return Sorted(about)
}

// principalTexts are the texts of a document that may be about a principal's ARN.
func principalTexts(d *iam.Document) []string {
	var out []string
	take := func(v iam.String) {
		if v.Known() {
			out = append(out, v.S)
		}
	}
	for s := range d.All() {
		for _, p := range []*iam.Principals{s.Principal, s.NotPrincipal} {
			for _, v := range p.Values() {
				take(v)
			}
		}
		for _, c := range s.Conditions {
			for _, v := range c.Values.Items {
				if strings.EqualFold(c.Key.S, aws.KeyPrincipalArn) {
					take(v)
				}
			}
		}
	}
	return out
}

// Renamed is a subject with another ARN in the place of one.
func Renamed(s access.Subject, was, is string) access.Subject {
	arns := make(map[string]string, len(s.ARNs))
	for address, arn := range s.ARNs {
		if arn == was {
			arn = is
		}
		arns[address] = arn
	}
	s.ARNs = arns
	if name, open := s.Names[was]; open {
		s.Names = maps.Clone(s.Names)
		s.Names[is] = name
	}
	return s
}
