package check

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// arns are the ARNs of the plan's roles, users and keys by their address: what the plan knows, what follows from names and
// the own account, or a stand-in.
func arns(plan *tf.Plan, set *extract.Set, standard access.Subject, o *Owners) map[string]string {
	out := map[string]string{}
	for i, r := range plan.Resources {
		base := o.Subject(standard, r)
		kind := ""
		switch r.Type {
		case "aws_iam_role":
			kind = "role"
		case "aws_iam_user":
			kind = "user"
		case "aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key":
			kind = "key"
			if multi, _ := multiRegion(r); multi {
				kind = "multi-Region key"
			}
		default:
			continue
		}
		if r.Mode != tf.Managed {
			continue
		}
		if arn, ok := unknown.OpenString(r.After, "arn"); ok {
			out[r.Identity()] = arn
			continue
		}
		name, named := unknown.OpenString(r.After, "name")
		path, ok := unknown.OpenString(r.After, "path")
		if p, there := unknown.Lookup(r.After, "path"); there && (unknown.IsSensitive(p) || !p.IsKnown()) {
			named = false
		}
		if !ok {
			path = "/"
		}
		if kind == "role" || kind == "user" {
			if kind += path; named {
				out[r.Identity()] = base.Named(kind + name)
				continue
			}
			kind = strings.TrimSuffix(kind, "/")
		}
		out[r.Identity()] = base.StandIn(kind, o.numbered(i))
	}
	for _, k := range set.Keys {
		id := primaryID(k, out)
		if _, ok := unknown.OpenString(k.Resource.After, "arn"); ok || id == "" || out[k.Resource.Identity()] == "" {
			continue
		}
		out[k.Resource.Identity()] = o.Subject(standard, k.Resource).KeyARN(id)
	}
	return out
}

// primaryID is the id of the key that a key is a replica of, which is its own, too; "" for others and where it is not known.
// https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
func primaryID(k *extract.Key, arns map[string]string) string {
	arn, _ := unknown.OpenString(k.Resource.After, "primary_key_arn")
	if k.Primary != nil {
		arn = arns[k.Primary.Resource.Identity()]
	}
	of, ok := aws.ParseARN(arn)
	id, isKey := strings.CutPrefix(of.Resource, "key/")
	if !ok || !isKey {
		return ""
	}
	return id
}

// issuerHosts are the hosts of the plan's OIDC providers by their address.
func issuerHosts(plan *tf.Plan) map[string]string {
	out := map[string]string{}
	for _, r := range plan.Resources {
		if url, ok := unknown.OpenString(r.After, "url"); ok && r.Type == "aws_iam_openid_connect_provider" {
			out[r.Address] = issuerHost(url)
		}
	}
	return out
}

func issuerHost(url string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(url), "https://"), "/")
}

// ownIssuers are the addresses of the OIDC providers whose host is not known and is one customer's all the same: that of a cluster
// of Kubernetes, which has an issuer of its own, or one that begins as none does that signs for many.
// https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html
func ownIssuers(plan *tf.Plan, shared []aws.Issuer) map[string]bool {
	out := map[string]bool{}
	for _, r := range plan.Resources {
		if r.Type != "aws_iam_openid_connect_provider" {
			continue
		}
		var refs []string
		if url, ok := unknown.Lookup(r.After, "url"); ok {
			_, marks := unknown.Unmark(url)
			refs = unknown.Join(marks.Refs).Refs()
		}
		if len(refs) == 0 && r.Config != nil {
			refs = r.Config.Attrs["url"].References
		}
		if len(refs) > 0 && !slices.ContainsFunc(refs, func(ref string) bool {
			at, ok := tf.ParseReference(ref)
			return !ok || at.Type != "aws_eks_cluster"
		}) {
			out[r.Address] = true
		}
		if r.Source.Tells() && r.Source.Attrs["url"] != nil {
			texts := r.Source.Attrs["url"].Texts
			mayBe := slices.ContainsFunc(texts, func(t unknown.Text) bool { return mayBeShared(issuerHost(t.S), shared) })
			out[r.Address] = out[r.Address] || len(texts) > 0 && !mayBe
		}
	}
	return out
}

// mayBeShared says whether a host of which not all is known may be that of an issuer that signs for many customers.
func mayBeShared(host string, own []aws.Issuer) bool {
	for _, list := range [][]aws.Issuer{own, aws.Issuers} {
		for i := range list {
			if list[i].Shared() && unknown.MayEqual(host, strings.ReplaceAll(list[i].Host, "*", unknown.Hole(math.MaxInt32))) {
				return true
			}
		}
	}
	return false
}

// Known is a subject with what a plan knows besides: partition and region, the ARNs of its roles, users and keys, and the
// hosts of its identity providers.
func Known(plan *tf.Plan, set *extract.Set, base access.Subject, o *Owners) access.Subject {
	partition, region := place(plan)
	if base.Partition == "" {
		base.Partition = partition
	}
	if base.Region == "" {
		base.Region = region
	}
	base.OwnSymbol, base.AccountNames = o.Symbols()
	base.Input = o.number
	base.ARNs = arns(plan, set, base, o)
	base.Names, base.Looked = namesOf(plan, base.ARNs, o), looked(plan, o)
	base.Issuers = issuerHosts(plan)
	base.OwnIssuers = ownIssuers(plan, base.SharedIssuers)
	return base
}

// place is the partition and region that the plan's data sources and ARNs tell, "" where they tell several.
func place(plan *tf.Plan) (partition, region string) {
	regions, partitions := map[string]bool{}, map[string]bool{}
	for _, list := range [][]*tf.Resource{plan.Read, plan.Resources} {
		for _, r := range list {
			if r.Type == "aws_partition" {
				if p, ok := unknown.String(r.After, "partition"); ok {
					partitions[p] = true
				}
			}
			if r.Type == "aws_region" && r.Mode == tf.Data {
				if name, ok := unknown.String(r.After, "id"); ok {
					regions[name] = true
				}
			}
			arn, ok := unknown.String(r.After, "arn")
			if of, isARN := aws.ParseARN(arn); ok && isARN {
				partitions[of.Partition] = true
			}
		}
	}
	return sole(partitions), sole(regions)
}

// sole is the one that is there, "" where there are none or several.
func sole(names map[string]bool) string {
	for name := range names {
		if len(names) == 1 {
			return name
		}
	}
	return ""
}

// KeySubject is the subject of a key's policy: the key's ARN and the condition keys that are properties of it.
func KeySubject(base access.Subject, key *tf.Resource, values cty.Value, address string) access.Subject {
	s := base
	s.Kind, s.Address = iam.Key, address
	if key == nil {
		return s
	}
	s.Address = key.Address
	s.Resource = s.ARNs[key.Identity()]
	if of, ok := aws.ParseARN(s.Resource); ok {
		if arn, ok := unknown.OpenString(values, "arn"); ok && arn == s.Resource {
			s.Region = of.Region
			s.Partition = of.Partition
		}
	}
	_, told := multiRegion(key)
	s.MayBeMultiRegion = !told
	s.Constants = map[string]string{}
	put := func(name, attribute, standard string) {
		v, ok := unknown.OpenString(values, attribute)
		if written, there := unknown.Lookup(values, attribute); !there || written.IsNull() {
			v, ok = standard, standard != ""
		}
		if ok {
			s.Constants[name] = v
		}
	}
	spec, usage := "", ""
	if key.Type == "aws_kms_key" || key.Type == "aws_kms_external_key" { // what is not written is what the provider has by default
		spec, usage = "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"
	}
	for _, name := range []string{aws.Spelled(aws.KeyKeySpec), aws.Spelled(aws.KeyCustomerMasterKeySpec)} {
		put(name, "customer_master_key_spec", spec)
		put(name, "key_spec", "")
	}
	put(aws.Spelled(aws.KeyKeyUsage), "key_usage", usage)
	put(aws.Spelled(aws.KeyCustomerMasterKeyUsage), "key_usage", usage)
	if multi, ok := boolOf(values, "multi_region"); ok {
		s.Constants[aws.Spelled(aws.KeyMultiRegion)] = fmt.Sprint(multi)
		if multi {
			s.Constants[aws.Spelled(aws.KeyMultiRegionKeyType)] = "PRIMARY"
		} else {
			s.Whole = append(slices.Clip(s.Whole), aws.Spelled(aws.KeyMultiRegionKeyType)) // keys of one Region have none
		}
	}
	switch key.Type {
	case "aws_kms_replica_key", "aws_kms_replica_external_key":
		s.Constants[aws.Spelled(aws.KeyMultiRegion)], s.Constants[aws.Spelled(aws.KeyMultiRegionKeyType)] = "true", "REPLICA"
		s.ARNs = ofReplica(s)
	case "aws_kms_key":
		none, known := unknown.String(values, "custom_key_store_id")
		if v, there := unknown.Lookup(values, "custom_key_store_id"); !there || v.IsNull() || known && none == "" { // else it is one of those with a store
			s.Constants[aws.Spelled(aws.KeyKeyOrigin)] = "AWS_KMS"
		}
	}
	if key.Type == "aws_kms_external_key" || key.Type == "aws_kms_replica_external_key" {
		s.Constants[aws.Spelled(aws.KeyKeyOrigin)] = "EXTERNAL"
	}
	tagged(&s, values, aws.Spelled(aws.KeyResourceTag))
	return s
}

// tagged notes the tags of the key or role that a policy is on, by the condition keys that begin so.
func tagged(s *access.Subject, values cty.Value, prefix ...string) {
	tags, all := Tags(values)
	for name, v := range tags {
		for _, p := range prefix {
			s.Constants[p+name] = v
		}
	}
	if all {
		s.Whole = append(slices.Clip(s.Whole), prefix...)
	}
}

// RoleSubject is the subject of a role's trust policy: the role's ARN, and its tags, which those who assume it are asked for.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
func RoleSubject(base access.Subject, values cty.Value, arn, address string) access.Subject {
	s := base
	s.Kind, s.Resource, s.Address, s.Constants = iam.Trust, arn, address, map[string]string{}
	tagged(&s, values, aws.Spelled(aws.KeyResourceTag), aws.Spelled(aws.KeyIAMResourceTag))
	return s
}

// ofReplica are the ARNs of the plan for a replica, which is in another region than its primary key and the other replicas,
// whatever the regions are.
func ofReplica(s access.Subject) map[string]string {
	out := maps.Clone(s.ARNs)
	for address, arn := range out {
		if of, ok := aws.ParseARN(arn); ok && arn == s.Resource && address != s.Address {
			of.Region = unknown.FixedText(0)
			out[address] = of.String()
		}
	}
	return out
}

// OutsideKey is the subject of an aws_kms_key_policy with these values for a key that the plan does not manage, as far as
// they tell which it is. Base is the subject of what belongs to the provider configuration of the policy.
func OutsideKey(base access.Subject, p *extract.Policy, values cty.Value) access.Subject {
	s := KeySubject(base, nil, values, p.Address)
	named := p.KeyID
	if v, ok := unknown.Get(values, "key_id"); ok && v.Type() == cty.String && v.AsString() != named.S {
		named = unknown.Known(v.AsString()) // before apply
	}
	v, _ := unknown.Lookup(values, "key_id")
	if named.S == "" || v == cty.NilVal || unknown.IsSensitive(v) {
		return s
	}
	if hole, ok := unknown.OneHole(named.S); ok {
		if u := named.Holes[hole]; u.Of != "" && (u.Kind == unknown.KeyARN || u.Kind == unknown.KeyID) {
			s.Address, s.Index = u.Of, indexOf(u)
		}
		return s
	}
	of, isARN := aws.ParseARN(named.S)
	id, isKey := strings.CutPrefix(of.Resource, "key/")
	if !isARN {
		id, isKey = named.S, !strings.ContainsAny(named.S, ":/")
	}
	if !isKey || unknown.HasHole(id) {
		return s
	}
	known := func(part string) bool { return part != "" && !unknown.HasHole(part) }
	if known(of.Region) {
		s.Region = of.Region
	}
	arn, _ := aws.ParseARN(s.KeyARN(id))
	if known(of.Account) {
		arn.Account = of.Account
	}
	if known(of.Partition) {
		arn.Partition = of.Partition
	}
	s.Resource = arn.String()
	return s
}
