package scan

import (
	"context"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/fix"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// target is what a finding is about, nil where that is not known.
func (r *judging) target(ctx context.Context, f *finding.Finding) *fix.Target {
	t := &fix.Target{Finding: f, MinDeletionWindow: r.again.base.MinDeletionWindow, Subject: r.again.base.Subject}
	for _, res := range r.again.base.Plan.Resources {
		if res.Address == f.Address {
			t.Resource = res
		}
	}
	for i := range r.out.About {
		a := &r.out.About[i]
		if a.Policy.Address != f.Address || f.Attribute != "" && f.Attribute != a.Policy.Attribute {
			continue
		}
		t.Resource, t.Attribute, t.Subject = a.Policy.Resource, a.Policy.Attribute, a.Subject
		if t.Doc, t.Several = r.faulty(ctx, t, a.Docs), len(a.Docs) > 1; t.Doc != nil {
			t.Issuer = issuer(t.Doc, f, a.Subject)
			t.Used = r.used(t.Doc, f, a.Subject)
		}
		if a.Policy.Kind == iam.Identity {
			t.Keys = r.keysOf(a.Policy)
		}
		break
	}
	if t.Resource == nil {
		return nil
	}
	return t
}

// faulty is the one of the documents that a policy may be which has the finding by itself: the first one, nil where none has.
func (r *judging) faulty(ctx context.Context, t *fix.Target, docs []*iam.Document) *iam.Document {
	if len(docs) == 1 {
		return docs[0]
	}
	at := fix.Place{Address: t.Resource.Address, Attribute: t.Attribute}
	for _, doc := range docs {
		if after, ok := r.alone(ctx, at, doc.Text); ok && !t.Ends(after) {
			return doc
		}
	}
	return nil
}

// issuer is the host of the identity provider that the statement of a finding names.
func issuer(doc *iam.Document, f *finding.Finding, s access.Subject) string {
	for st := range doc.All() {
		if f.Statement == nil || st.Index != f.Statement.Index || st.Principal == nil {
			continue
		}
		for kind, v := range st.Principal.Values() {
			if kind.S != "Federated" {
				continue
			}
			if _, host, ok := strings.Cut(v.S, ":oidc-provider/"); ok {
				return host
			}
			for _, p := range unknown.Parts(v.S) {
				if p.Hole >= 0 && p.Hole < len(doc.Text.Holes) {
					return s.Issuers[doc.Text.Holes[p.Hole].Of]
				}
			}
			return v.S
		}
	}
	return ""
}

// used are the actions on keys that the identity policies of the input allow the principals of a statement, as they are written:
// none where one of these has no such policy, or one that is not known or allows everything.
func (r *judging) used(doc *iam.Document, f *finding.Finding, s access.Subject) []string {
	if f.Statement == nil || f.Rule != "kms-key-wildcard-action" {
		return nil
	}
	var out []string
	for st := range doc.All() {
		if st.Index != f.Statement.Index || st.Principal == nil {
			continue
		}
		for _, v := range st.Principal.Values() {
			actions := r.allowed(addressOf(v.S, doc, s))
			if actions == nil {
				return nil
			}
			out = append(out, actions...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// addressOf is the address of the role or user that a principal names, "" where it is none of the plan.
func addressOf(principal string, doc *iam.Document, s access.Subject) (out string) {
	if hole, ok := unknown.OneHole(principal); ok && hole < len(doc.Text.Holes) {
		return doc.Text.Holes[hole].Of
	}
	for address, arn := range s.ARNs {
		if arn == principal && (out == "" || address < out) {
			out = address
		}
	}
	return out
}

// allowed are the actions on keys that the inline policies of a role or user allow, nil where they are not known.
func (r *judging) allowed(holder string) (out []string) {
	for _, p := range r.again.base.Set.Policies {
		if holder == "" || p.Kind != iam.Identity || p.Holder == nil || p.Holder.Resource == nil || p.Holder.Resource.Address != holder {
			continue
		}
		if len(p.Docs) != 1 || p.Sure != nil {
			return nil
		}
		for _, st := range p.Docs[0].Statements {
			switch {
			case st.Effect.S != "Allow":
				continue
			case st.Action == nil:
				return nil
			}
			for _, a := range st.Action.Items {
				name := strings.ToLower(a.S)
				switch {
				case !a.Known(), name == "*", name == "kms:*":
					return nil
				case strings.HasPrefix(name, "kms:"):
					out = append(out, a.S)
				}
			}
		}
	}
	return out
}

// keysOf are the keys that an identity policy is for: those whose policy names its holder, else the only one of its
// module.
func (r *judging) keysOf(p *extract.Policy) []fix.Key {
	var out []fix.Key
	holder := ""
	if p.Holder != nil && p.Holder.Resource != nil {
		holder = p.Holder.Resource.Address
	}
	var module []*extract.Key
	for _, k := range r.again.base.Set.Keys {
		if k.Resource == nil || k.Resource.Module != p.Resource.Module {
			continue
		}
		module = append(module, k)
		if holder != "" && k.Policy != nil && r.names(k.Policy, holder) {
			out = append(out, keyOf(k))
		}
	}
	if len(out) == 0 && len(module) == 1 {
		out = append(out, keyOf(module[0]))
	}
	return out
}

// names says whether a key policy names the role or user with that address.
func (r *judging) names(p *extract.Policy, address string) bool {
	arn := ""
	if len(r.out.About) > 0 {
		arn = r.out.About[0].Subject.ARNs[address]
	}
	for _, d := range p.Docs {
		for _, h := range d.Text.Holes {
			if h.Of == address {
				return true
			}
		}
		if arn != "" && strings.Contains(d.Text.S, `"`+arn+`"`) {
			return true
		}
	}
	return false
}

func keyOf(k *extract.Key) fix.Key {
	arn, _ := unknown.String(k.Resource.After, "arn")
	local := strings.TrimPrefix(strings.TrimPrefix(k.Resource.Address, k.Resource.Module), ".")
	local, _, _ = strings.Cut(local, "[*]") // which instances there are is not known
	return fix.Key{Address: k.Resource.Address, ARN: arn, Symbol: unknown.Symbol{Ref: local + ".arn", Kind: unknown.KeyARN, Of: k.Resource.Address}}
}
