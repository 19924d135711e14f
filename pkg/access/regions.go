package access

import (
	"path"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
)

// someRegions are regions all over the world, which a key may be in where its own is not known.
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
var someRegions = []string{"us-east-1", "us-west-2", "ca-central-1", "sa-east-1", "eu-west-1", "eu-central-1", "ap-southeast-2", "ap-northeast-1", "me-south-1", "af-south-1"}

// Regions are regions that a key may be in whose own is not known, one for each way in which the documents tell regions apart;
// none where they do not speak of any.
func Regions(docs ...*iam.Document) []string {
	var spoken []string
	for _, d := range docs {
		spoken = append(spoken, regionsSpoken(d)...)
	}
	if len(spoken) == 0 {
		return nil
	}
	seen := map[string]bool{}
	var out []string
	of := strings.NewReplacer("*", "east-1", "?", "1").Replace
	for _, region := range slices.Concat(spoken, someRegions) {
		if region = of(region); !aws.IsRegion(region) {
			continue
		}
		told := make([]byte, len(spoken))
		for i, pattern := range spoken {
			if ok, err := path.Match(pattern, region); ok && err == nil {
				told[i] = 1
			}
		}
		if !seen[string(told)] {
			seen[string(told)] = true
			out = append(out, region)
		}
	}
	return out
}

// regionsSpoken are the regions, or patterns of them, that a document speaks of.
func regionsSpoken(d *iam.Document) []string {
	var out []string
	add := func(region string) {
		if (iam.String{S: region}).Known() && region != "*" && region != "" && !strings.Contains(region, "$") {
			out = appendNew(out, region)
		}
	}
	for s := range d.All() {
		for _, l := range []*iam.List{s.Resource, s.NotResource} {
			for k := 0; l != nil && k < len(l.Items); k++ {
				if part := strings.SplitN(l.Items[k].S, ":", 5); len(part) == 5 && part[2] == "kms" {
					add(part[3])
				}
			}
		}
		for k := range s.Conditions {
			c := &s.Conditions[k]
			if op, ok := iam.ParseOperator(c.Operator.S); !ok || op.Name == "null" || aws.Lower(c.Key.S) != aws.KeyRequestedRegion {
				continue
			}
			for _, v := range c.Values.Items {
				add(v.S)
			}
		}
	}
	return out
}
