package check

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// What decides where the region or the ARN of a key does and is not known.
const (
	unknownRegion = "the region of the key"
	unknownKey    = "the ARN of the key"
	unknownMulti  = "whether the key is a multi-Region key"
)

// mostRegions bounds in how many regions a policy is judged: AWS has fewer.
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
const mostRegions = 64

// inEachRegion judges the policy of a key. Where the region of the key is not known and the policy speaks of regions, what
// holds in each region holds; nothing is sure where it speaks of more than are tried.
func inEachRegion(m *Memory, p *extract.Policy, s access.Subject, docs []*iam.Document, depends []string) *judged {
	subjects := []access.Subject{s}
	regions := access.Regions(docs...)
	if s.Region == "" && len(regions) > 0 {
		subjects = nil
		for _, region := range regions[:min(len(regions), mostRegions)] {
			subjects = append(subjects, inRegion(s, region))
		}
	}
	out := inEach(subjects, func(s access.Subject) *judged {
		return inEach(multiOrNot(s, p), func(s access.Subject) *judged { return judge(m, p, s, docs, depends) }, unknownMulti)
	}, unknownRegion)
	if s.Region == "" && len(regions) > mostRegions {
		if out.lockedOut = false; out.result.Public != access.Unsure {
			out.unsure(unknownRegion)
		}
	}
	return out
}

// unsure leaves open who is let in, for what decides it.
func (j *judged) unsure(which string) {
	j.result.Verdict, j.result.Public, j.result.Witness = access.Unknown, access.Unsure, nil
	j.result.DependsOn = append(slices.Clone(j.result.DependsOn), which)
}

// multiOrNot are a new key with the id of a multi-Region key and with that of another one, where it is not known which it is.
func multiOrNot(s access.Subject, p *extract.Policy) []access.Subject {
	out := []access.Subject{s}
	if p.Key == nil || p.Key.Resource == nil || !access.StandsIn(s.Resource) {
		return out
	}
	if _, told := multiRegion(p.Key.Resource); !told {
		out = append(out, s.WithARN(s.AsMultiRegion()))
	}
	return out
}

// multiRegion says whether a key is a multi-Region key, as far as that is told: where nobody writes it, it is none.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html#KMS-CreateKey-request-MultiRegion
func multiRegion(key *tf.Resource) (multi, told bool) {
	if key.Type == "aws_kms_replica_key" || key.Type == "aws_kms_replica_external_key" {
		return true, true
	}
	v, there := unknown.Lookup(key.After, "multi_region")
	if multi, ok := boolOf(key.After, "multi_region"); ok {
		return multi, true
	}
	if key.Config != nil { // a plan has what AWS decides as not known, too
		there = len(key.Config.Attrs["multi_region"].References) > 0
	}
	return false, !there || !unknown.IsSensitive(v) && v.IsKnown()
}

// boolOf is an argument that is true or false, as a text, too, which Terraform converts; false where it is not known.
func boolOf(values cty.Value, name string) (is, known bool) {
	v, ok := unknown.Get(values, name)
	if !ok {
		return false, false
	}
	b, err := convert.Convert(v, cty.Bool)
	if err != nil || !b.IsKnown() || b.IsNull() {
		return false, false
	}
	return b.True(), true
}

// inEach judges a policy on each of the subjects that its own may be: what holds on each holds. Where they differ, it
// depends on which it is.
func inEach(subjects []access.Subject, judge func(access.Subject) *judged, which string) *judged {
	if len(subjects) == 1 {
		return judge(subjects[0])
	}
	var list []*judged
	var results []access.Result
	for _, s := range subjects {
		j := judge(s)
		list, results = append(list, j), append(results, j.result)
	}
	out := *list[pick(results)]
	for _, j := range list {
		out.lockedOut = out.lockedOut && j.lockedOut
	}
	if slices.ContainsFunc(results, func(r access.Result) bool { return r.Public != results[0].Public }) {
		out.unsure(which)
	}
	return &out
}

// spoken are the subjects that the policy of a key of which nothing is known may be on: each key that the policy speaks of,
// and another one.
func spoken(p *extract.Policy, s access.Subject, docs []*iam.Document) []access.Subject {
	out := []access.Subject{s}
	switch {
	case p.Resource.Type != "aws_kms_key_policy":
		return out
	case s.Resource != "":
		return append(out, otherInstances(s, docs)...)
	}
	seen := map[[2]string]bool{}
	for _, d := range docs {
		for _, u := range d.Text.Holes {
			if isKey := u.Kind == unknown.KeyARN || u.Kind == unknown.KeyID; isKey && u.Of != "" && !u.SameInstance(s.Address, s.Index) && !seen[[2]string{u.Of, u.Index}] {
				seen[[2]string{u.Of, u.Index}] = true
				one := s
				one.Address, one.Index, one.Resource = u.Of, u.Index, s.ARNs[u.Of]
				out = append(out, one)
			}
		}
	}
	return append(out, written(s, docs)...)
}

// keyOfInstance is the subject of the key that a policy names, which may be an instance of those that one key of the plan stands for.
func keyOfInstance(s access.Subject, keyID unknown.Text) access.Subject {
	if hole, ok := unknown.OneHole(keyID.S); ok {
		if u := keyID.Holes[hole]; (u.Kind == unknown.KeyARN || u.Kind == unknown.KeyID) && u.MayBeInstance(s.Address, "") {
			s.Address, s.Index = u.Of, indexOf(u)
		}
	}
	return s
}

// indexOf is the index of the key that a policy is for. Two instances of which nothing is known need not be the same one.
func indexOf(u unknown.Symbol) string {
	if u.Index == unknown.SomeIndex {
		return "that of the policy"
	}
	return u.Index
}

// otherInstances are the subjects that a key may be besides: each instance of its resource that the documents speak of and that may
// be it, under another index, and each key that a data source looks up.
func otherInstances(s access.Subject, docs []*iam.Document) []access.Subject {
	var out []access.Subject
	seen := map[[2]string]bool{}
	for _, d := range docs {
		for _, u := range d.Text.Holes {
			at := [2]string{u.Of, u.Index}
			if isKey := u.Kind == unknown.KeyARN || u.Kind == unknown.KeyID; !isKey || u.Of == "" || seen[at] || u.SameInstance(s.Address, s.Index) || !u.MayBeInstance(s.Address, s.Index) && !lookedUp(u) {
				continue
			}
			seen[at] = true
			one := s
			one.Address, one.Index = u.Of, u.Index
			out = append(out, one)
		}
	}
	return out
}

// lookedUp says whether a data source tells the value, which may be that of any key.
func lookedUp(u unknown.Symbol) bool {
	at, err := tf.ParseAddress(u.Of)
	return err == nil && at.Mode == tf.Data
}

// written are the subjects that a key has whose ARN is one that the documents write.
func written(s access.Subject, docs []*iam.Document) []access.Subject {
	var out []access.Subject
	seen := map[string]bool{}
	for _, d := range docs {
		for i := range d.Statements {
			for _, l := range []*iam.List{d.Statements[i].Resource, d.Statements[i].NotResource} {
				for _, r := range l.All() {
					of, ok := aws.ParseARN(r.S)
					if !ok || of.Service != "kms" || !r.Known() || strings.ContainsAny(r.S, "*?$") || !strings.HasPrefix(of.Resource, "key/") || seen[r.S] {
						continue
					}
					seen[r.S] = true
					one := s
					one.Resource, one.Region = r.S, of.Region
					out = append(out, one)
				}
			}
		}
	}
	return out
}

// inRegion is the subject in that region.
func inRegion(s access.Subject, region string) access.Subject {
	s.Region = region
	of, ok := aws.ParseARN(s.Resource)
	if !ok {
		return s
	}
	of.Region = region
	return s.WithARN(of.String())
}
