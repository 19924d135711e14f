package who

import (
	"cmp"

	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// share notes what a side has that others name: groups, and managed policies by their ARN.
func (w *world) share(s *side) {
	for _, h := range s.set.Holders {
		if name := s.name("group", h); h.Type == "aws_iam_group" && name != "" {
			w.groups[name] = append(w.groups[name], ofGroup{s, h})
		}
	}
	for _, p := range s.set.Policies {
		if p.Resource.Type != "aws_iam_policy" {
			continue
		}
		arn, known := unknown.OpenString(p.Resource.After, "arn")
		name, named := unknown.OpenString(p.Resource.After, "name")
		if of := s.of(p); !known && named && of.Account != "" {
			path, _ := unknown.OpenString(p.Resource.After, "path")
			arn = of.Named("policy" + cmp.Or(path, "/") + name)
		}
		if arn != "" {
			w.managed[arn] = append(w.managed[arn], ofPolicy{s, p})
		}
	}
}

// name tells holders of all inputs apart by their account and name, which is "" where one of them is not known.
func (s *side) name(kind string, h *extract.Holder) string {
	account := s.subject.Account
	if h.Resource != nil {
		account = s.in.Owners.Subject(s.subject, h.Resource).Account
	}
	if account == "" || h.Name == "" {
		return ""
	}
	return account + ":" + kind + "/" + h.Name
}
