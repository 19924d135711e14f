package access

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// value fills in a value that is compared as text, and returns false where it matches nothing. text has anyText in place
// of what is not known.
func (w *filler) value(op iam.Operator, c *iam.Condition, v iam.String, text string) (iam.String, bool) {
	key := aws.Lower(c.Key.S)
	info, _ := aws.Describe(key)
	exact := op.Name != "stringlike" && op.Name != "arnlike"
	// One fixed value: on a key that AWS asserts, whatever it is, it is not one that AWS assigned to a stranger. On a key
	// that the caller chooses, one value is like another where the document compares the key with nothing else.
	fixed := v
	fixed.S = w.fixed(key, v.S)
	if w.party != "" && (key == aws.KeyPrincipalArn || key == aws.KeyUserName) {
		if one, known := w.calledBy(v, w.party, comparesAs(key, op.Name), op.Negated); known {
			return one, true
		}
	}
	if w.party != "" && (ofThePrincipal(key) || w.keys[key]) {
		if w.matches(v, op.Negated) {
			return w.anything(op, v, text), true
		}
		return fixed, false
	}
	asserted := info.Tells.Restricts() || w.namesTenant(key)
	alone := !asserted && w.alone(key, v)
	if w.account != "" && w.deny == op.Negated {
		return w.anything(op, v, text), true // it may be what somebody of the own account has
	}
	if exact && (asserted || alone) {
		return fixed, true
	}
	if w.matches(v, op.Negated) {
		return w.anything(op, v, text), true
	}
	return fixed, asserted || alone
}

// fixed is a value of a key as one text, be it known or not.
func (w *filler) fixed(key, s string) string {
	text, left := w.fill(s, string(sets.AnyRun))
	switch {
	case !left && w.isName(s): // of the form that the values of the key have
		return fixedValue(key, w.numberOf(s))
	case !left:
		return text
	case mayBeARN(text):
		return w.fillAccounts(s) // a part of an ARN, the same as in a principal
	}
	text, _ = w.fill(s, fixedValue(key, w.numberOf(s)))
	return text
}

// mayBeARN says whether a text is an ARN, as far as it is known.
func mayBeARN(text string) bool {
	first, _, _ := strings.Cut(text, ":")
	return isARN(text) && (first == "arn" || strings.Contains(first, string(sets.AnyRun)))
}

// namesTenant says whether a key is a claim that tells who a token is from.
func (w *filler) namesTenant(key string) bool {
	host, claim, ok := cutLast(key, ":")
	iss, known := aws.FindIssuer(host, w.subject.SharedIssuers)
	_, names := iss.Tenant(claim)
	return ok && known && iss.Shared() && (names || claim == "sub")
}

// audience says whether a key is the audience of a token that its bearer chooses.
func (w *filler) audience(key string) bool {
	host, claim, _ := cutLast(key, ":")
	iss, known := aws.FindIssuer(host, w.subject.SharedIssuers)
	return known && iss.Shared() && claim == "aud" && !w.namesTenant(key)
}

// ofThePrincipal says whether a key tells who the caller is, so that each principal has one value of it, or one for a session.
func ofThePrincipal(key string) bool {
	switch key {
	case aws.KeyPrincipalArn, aws.KeyPrincipalAccount, aws.KeyPrincipalOrgID, aws.KeyPrincipalOrgPaths, aws.KeyUserID, aws.KeyUserName, aws.KeyCallerAccount:
		return true
	}
	return false
}

// mayName is the party, or its account, where a principal with * for what is not known may be that or a session of the
// party; else "".
func (w *filler) mayName(principal string) string {
	if w.party == "" {
		return ""
	}
	named := sets.Of(func(b *sets.Builder) { b.Glob(principal, sets.AnyChar) })
	for _, arn := range []string{w.party, rootOf(w.party), AccountOf(w.party)} {
		if _, ok := sets.Find([]sets.Member{{In: sets.Texts(arn)}, {In: named}}, nil, "", newBudget()); ok {
			return arn
		}
	}
	if arn, ok := aws.ParseARN(w.party); ok && strings.HasPrefix(arn.Resource, "role/") {
		arn.Service, arn.Resource = "sts", "assumed-role"+arn.Resource[strings.LastIndex(arn.Resource, "/"):]+"/"
		sessions := sets.Of(func(b *sets.Builder) { b.Text(arn.String()).Plus(sets.NotColon) })
		if _, ok := sets.Find([]sets.Member{{In: sessions}, {In: named}}, nil, "", newBudget()); ok {
			return w.party
		}
	}
	return ""
}

// somebody is a principal of an account that is not known, for a value in which the account itself is a part of what is not known: the
// account as a whole where it may be that. It is false for one that can be no principal of another account than the own.
func (w *filler) somebody(value string) (string, bool) {
	glob, _ := w.fill(value, "*")
	members := []sets.Member{{In: sets.Of(func(b *sets.Builder) { b.Glob(glob, sets.AnyChar) })}, {In: wholeAccount}}
	if own := w.subject.Account; own != "" {
		members = append(members, sets.Member{Not: true, In: sets.Of(func(b *sets.Builder) { b.Text(own) }, func(b *sets.Builder) { b.Run(sets.AnyChar).Text(":" + own + ":").Run(sets.AnyChar) })})
	}
	if _, ok := sets.Find(members, nil, "", newBudget()); ok {
		return w.partlyKnown(value), true
	}
	members[1].In = anyPrincipal()
	if _, ok := sets.Find(members, nil, "", newBudget()); !ok {
		return "", false
	}
	return fmt.Sprintf("arn:%s:iam::%s:role/%s", w.subject.partition(), w.partlyKnown(value), unknown.FixedText(w.numberOf(value))), true
}

// partlyKnown is the symbol of the account in a value which holds something that is not known.
func (w *filler) partlyKnown(value string) string {
	n, part := w.numberOf(value), AccountPart(value)
	if _, whole := unknown.OneHole(part); n > 0 && !whole && (part != value || strings.IndexByte(sets.Digits, value[0]) >= 0) {
		n = w.numbered.ofPart(w.numberedText(part), n)
	}
	return accountSymbol(n)
}

// wholeAccount are the principals that are an account as a whole, and anyPrincipal the others.
var (
	wholeAccount = sets.Of(func(b *sets.Builder) { b.Times(sets.Digit, 12) }, func(b *sets.Builder) {
		partitionOf(b, "").Text(":iam::").Times(sets.Digit, 12).Text(":root")
	})
	anyPrincipal = sync.OnceValue(func() *sets.Language { return principals("") })
)

// rootOf is the root of the account of a principal, "" for what is no ARN.
func rootOf(principal string) string {
	arn, ok := aws.ParseARN(principal)
	if !ok {
		return ""
	}
	arn.Service, arn.Region, arn.Resource = "iam", "", "root"
	return arn.String()
}

// anything is a value whose unknown parts match any text.
func (w *filler) anything(op iam.Operator, v iam.String, text string) iam.String {
	v.S = text
	if op.Name == "arnlike" && !isARN(text) { // the unknown part may hold the colons
		v.S = "arn:*:*:*:*:*"
	}
	return v
}

// alone says whether the document compares the key with this unknown value only, and the key may be any text. Where one party
// is asked about, [filler.rivals] tells what else decides.
func (w *filler) alone(key string, v iam.String) bool {
	if limited(key) && !w.audience(key) {
		return false
	}
	name := "${" + key
	for i := range w.doc.Statements {
		for _, c := range w.doc.Statements[i].Conditions {
			same := strings.EqualFold(c.Key.S, key)
			for _, o := range c.Values.Items {
				if same && w.party == "" && (o.Known() || !w.sameUnknown(o, v)) || strings.Contains(strings.ToLower(o.S), name) {
					return false
				}
			}
		}
	}
	return true
}

// sameUnknown says whether two values are the same whatever their unknown parts become.
func (w *filler) sameUnknown(a, b iam.String) bool {
	textA, _ := w.fill(a.S, fixedValue("", w.numberOf(a.S)))
	textB, _ := w.fill(b.S, fixedValue("", w.numberOf(b.S)))
	return textA == textB
}

// limited says whether a key that the caller chooses has a form that not every text has.
func limited(key string) bool {
	_, exists := aws.Describe(key)
	for _, prefix := range []string{aws.KeyViaService, aws.KeyCalledVia, aws.KeyUserName, aws.KeyVpcSourceIp, "aws:ec2", "kms:grant", "kms:retiring"} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return !exists || !strings.HasPrefix(key, "aws:") && !strings.HasPrefix(key, "kms:") && !strings.HasPrefix(key, "sts:")
}

// constantLike says whether a key has few values, so that an unknown one may be any of them.
func constantLike(key string) bool {
	key = strings.ToLower(key)
	info, exists := aws.Describe(key)
	switch key {
	case aws.KeySecureTransport, aws.KeyPrincipalIsAWSService, aws.KeyViaAWSService, aws.KeyMultiFactorAuthPresent, aws.KeyPrincipalType, aws.KeyRequestedRegion, aws.KeyGrantIsForAWSResource:
		return true
	}
	return exists && info.Tells == aws.Constant
}

// isNot says whether a value is surely not that which the key or role has of a condition key, or whether it has none.
func (w *filler) isNot(key string, v iam.String) bool {
	for name, is := range w.subject.Constants {
		if strings.EqualFold(name, key) {
			return (w.subject.Kind != iam.Identity || w.party != "") && !nameMayBe(strings.ToLower(w.numberedText(v.S)), strings.ToLower(is), true)
		}
	}
	return (w.subject.Kind != iam.Identity || w.party != "") && slices.ContainsFunc(w.subject.Whole, func(begin string) bool {
		return len(begin) <= len(key) && strings.EqualFold(begin, key[:len(begin)])
	})
}

// ofAnyKey says whether a condition key tells a tag of whichever key the holder of an identity policy asks for.
func (w *filler) ofAnyKey(key string) bool {
	return w.subject.Kind == iam.Identity && w.party == "" && strings.HasPrefix(aws.Lower(key), aws.KeyResourceTag)
}

// fillFor is [filler.fill] for a value of a condition key. A name of which nothing is known may be a part of a value that has a form
// of its own, such as the region in the name of a service.
func (w *filler) fillFor(key, s string) (text string, left bool) {
	if !strings.HasPrefix(key, aws.KeyViaService) && !strings.HasPrefix(key, aws.KeyCalledVia) && !strings.HasSuffix(key, "orgpaths") {
		return w.fill(s, string(sets.AnyRun))
	}
	var b strings.Builder
	for _, p := range unknown.Parts(s) {
		switch token := unknown.Hole(p.Hole); {
		case p.Hole < 0:
			b.WriteString(p.Text)
		case w.isName(token):
			b.WriteRune(sets.AnyRun)
			left = true
		default:
			part, open := w.fill(token, string(sets.AnyRun))
			b.WriteString(part)
			left = left || open
		}
	}
	return b.String(), left
}

// isName says whether a value is a name or id of which nothing else is known.
func (w *filler) isName(s string) bool {
	hole, ok := unknown.OneHole(s)
	if !ok || hole >= len(w.doc.Text.Holes) {
		return false
	}
	u := w.doc.Text.Holes[hole]
	return (u.Kind == unknown.PlainName || u.Kind == unknown.PathName) && w.subject.arnOf(u) == ""
}

// fixedValue is a value of the key that belongs to somebody who is not a stranger.
func fixedValue(key string, n int) string {
	name := unknown.FixedText(n)
	switch {
	case strings.HasSuffix(key, "account"):
		return accountSymbol(n)
	case strings.HasSuffix(key, "orgid"):
		return "o-" + name
	case strings.HasSuffix(key, "orgpaths"):
		return "o-" + name + "/r-ab12/"
	case strings.HasSuffix(key, "arn"):
		return "arn:aws:iam::" + accountSymbol(n) + ":role/" + name
	case strings.HasSuffix(key, "sourcevpc"):
		return "vpc-" + name
	case strings.HasSuffix(key, "sourcevpce"):
		return "vpce-" + name
	case key == aws.KeyUserID:
		return "AROA" + name + ":" + name
	}
	return name
}

// network is a network of one address that stands for a value which is an address that is not known, or a narrow network
// around one. Where the document writes out other networks, or takes others away, the address may lie in one of them.
func (w *filler) network(v iam.String) (string, bool) {
	parts := unknown.Parts(v.S)
	hole := parts[0].Hole
	if hole < 0 || hole >= len(w.doc.Text.Holes) || len(parts) > 2 {
		return "", false
	}
	narrow := cmp.Or(w.subject.IPv4Bits, 8)
	if w.doc.Text.Holes[hole].Kind != unknown.Address { // it may be of either kind, and of so many bits it is narrow whichever it is
		narrow = max(narrow, cmp.Or(w.subject.IPv6Bits, 32))
	}
	if len(parts) == 2 {
		text, ok := strings.CutPrefix(parts[1].Text, "/")
		if bits, err := strconv.Atoi(text); !ok || err != nil || bits < narrow {
			return "", false
		}
	} else if w.doc.Text.Holes[hole].Kind != unknown.Address {
		return "", false
	}
	for s := range w.doc.All() {
		for k := range s.Conditions {
			c := &s.Conditions[k]
			op, ok := iam.ParseOperator(c.Operator.S)
			takes := op.Negated || s.Effect.S != "Allow"
			if !ok || op.Name == "ipaddress" && slices.ContainsFunc(c.Values.Items, func(o iam.String) bool { return o.S != v.S && (o.Known() || takes) }) {
				return "", false
			}
		}
	}
	return networkSymbol(w.numbers[hole]), true
}
