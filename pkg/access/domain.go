package access

import (
	"strings"
	"sync"
)

// view reads a condition key out of the value of a dimension, and writes patterns of the one as patterns of the other.
type view struct {
	// inside are the characters of the key's value; wildcards match no others.
	inside *charset
	// wrap adds what stands around the value. A value may stand in several surroundings.
	wrap []func(b *builder, value func(*builder))
	// missing are the values of the dimension that have no such key.
	missing *language
	read    func(string) (string, bool)
}

// sessionMark stands between the ARN of a role and the name of a session of it, see [callers].
const sessionMark = "\x1f"

var unmarked = except(sessionMark)

// sessionView is aws:PrincipalArn where callers may be sessions: it tells the role.
var sessionView = &view{inside: unmarked, wrap: []func(*builder, func(*builder)){
	func(b *builder, value func(*builder)) { value(b) },
	func(b *builder, value func(*builder)) {
		value(b)
		b.text(sessionMark).run(nameChars)
	},
}, read: func(s string) (string, bool) {
	arn, _, _ := strings.Cut(s, sessionMark)
	return arn, true
}}

func same1(s string) (string, bool) { return s, true }

var wholeView = &view{inside: anyChar, read: same1, wrap: []func(*builder, func(*builder)){
	func(b *builder, value func(*builder)) { value(b) },
}}

// accountView is the account of an ARN.
var accountView = &view{inside: notColon, read: field(4), wrap: []func(*builder, func(*builder)){
	func(b *builder, value func(*builder)) {
		b.text("arn:").run(notColon).text(":").run(notColon).text(":").run(notColon).text(":")
		value(b)
		b.text(":").run(anyChar)
	},
}}

func field(i int) func(string) (string, bool) {
	return func(arn string) (string, bool) {
		parts := strings.SplitN(arn, ":", 6)
		if len(parts) != 6 {
			return "", false
		}
		return parts[i], true
	}
}

// orgView is the organization's id at the start of a path o-…/r-…/ou-…/.
var orgView = &view{inside: notSlash, wrap: []func(*builder, func(*builder)){
	func(b *builder, value func(*builder)) {
		value(b)
		b.text("/").run(anyChar)
	},
}, read: func(s string) (string, bool) {
	id, _, _ := strings.Cut(s, "/")
	return id, true
}}

// The source of a service's call is one string, so that account and ARN agree. A letter tells its form, so that a
// request without one of the keys is no value of it:
//
//	a ARN          the ARN names the account, and aws:SourceAccount is there
//	b ARN          the ARN names the account, and aws:SourceAccount is absent
//	c ACCOUNT|ARN  the ARN names no account (a bucket's)
//	d ACCOUNT      aws:SourceArn is absent
//	e ARN          the ARN names no account, and aws:SourceAccount is absent
//	f              neither is there
//
// There is no blank after the letter.
var sourceAccountView = &view{inside: digits,
	missing: lang(
		func(b *builder) { b.text("b").run(anyChar) },
		func(b *builder) { b.text("e").run(anyChar) },
		func(b *builder) { b.text("f") },
	),
	wrap: []func(*builder, func(*builder)){
		func(b *builder, value func(*builder)) {
			b.text("a")
			accountView.wrap[0](b, value)
		},
		func(b *builder, value func(*builder)) {
			b.text("c")
			value(b)
			b.text("|").run(anyChar)
		},
		func(b *builder, value func(*builder)) {
			b.text("d")
			value(b)
		},
	}, read: func(s string) (string, bool) {
		switch s[:min(1, len(s))] {
		case "a":
			return field(4)(s)
		case "c", "d":
			account, _, _ := strings.Cut(s[1:], "|")
			return account, true
		}
		return "", false
	}}

var sourceARNView = &view{inside: anyChar,
	missing: lang(
		func(b *builder) { b.text("d").run(anyChar) },
		func(b *builder) { b.text("f") },
	),
	wrap: []func(*builder, func(*builder)){
		func(b *builder, value func(*builder)) {
			b.text("a")
			value(b)
		},
		func(b *builder, value func(*builder)) {
			b.text("b")
			value(b)
		},
		func(b *builder, value func(*builder)) {
			b.text("c").run(digits).text("|")
			value(b)
		},
		func(b *builder, value func(*builder)) {
			b.text("e")
			value(b)
		},
	}, read: func(s string) (string, bool) {
		switch s[:min(1, len(s))] {
		case "a", "b", "e":
			return s[1:], true
		case "c":
			_, arn, _ := strings.Cut(s, "|")
			return arn, true
		}
		return "", false
	}}

// usernameView is the name of a user, without the path. Only users have it.
var usernameView = &view{inside: notSlash,
	missing: lang(
		func(b *builder) {
			b.text("arn:").run(notColon).text(":iam::").run(notColon).text(":role/").run(anyChar)
		},
		func(b *builder) { b.text("arn:").run(notColon).text(":iam::").run(notColon).text(":root") },
		func(b *builder) { b.text("arn:").run(notColon).text(":sts::").run(anyChar) },
	),
	wrap: []func(*builder, func(*builder)){
		func(b *builder, value func(*builder)) {
			b.text("arn:").run(notColon).text(":iam::").run(notColon).text(":user/")
			value(b)
		},
		func(b *builder, value func(*builder)) {
			b.text("arn:").run(notColon).text(":iam::").run(notColon).text(":user/").run(anyChar).text("/")
			value(b)
		},
	}, read: func(arn string) (string, bool) {
		_, name, ok := strings.Cut(arn, ":user/")
		return name[strings.LastIndex(name, "/")+1:], ok
	}}

// typeView is aws:PrincipalType. Its values are few, so constraints on it are written by [typeLanguage].
var typeView = &view{inside: anyChar, read: func(arn string) (string, bool) {
	for _, t := range principalTypes {
		if t.lang.matches(toLatin(arn)) {
			return t.name, true
		}
	}
	return "", false
}}

var principalTypes = []struct {
	name string
	lang *language
}{
	{"AssumedRole", lang(func(b *builder) {
		b.text("arn:").run(notColon).text(":iam::").run(notColon).text(":role/").run(anyChar)
	})},
	{"User", lang(func(b *builder) {
		b.text("arn:").run(notColon).text(":iam::").run(notColon).text(":user/").run(anyChar)
	})},
	{"Account", lang(func(b *builder) { b.text("arn:").run(notColon).text(":iam::").run(notColon).text(":root") })},
	{"FederatedUser", lang(func(b *builder) { b.text("arn:").run(notColon).text(":sts::").run(anyChar) })},
}

// typeLanguage are the callers whose type compares with a policy's value.
func typeLanguage(operator, want string) *language {
	out := &language{}
	for _, t := range principalTypes {
		if match, ok := compare(operator, want, t.name); match && ok {
			out.alts = append(out.alts, t.lang.alts...)
		}
	}
	return out
}

var (
	// nameChars are those of names of roles, users and sessions.
	nameChars        = chars(lower + upper + digit + "_+=,.@-")
	booleans         = texts("true", "false")
	regionNames      = lang(func(b *builder) { b.plus(wordDash) })
	serviceNames     = lang(func(b *builder) { b.plus(hostChars).text(".amazonaws.com") })
	regionalServices = lang(
		func(b *builder) {
			b.plus(wordDash).text(".").plus(wordDash).text(".amazonaws.com")
		},
		func(b *builder) {
			b.plus(wordDash).text(".").plus(wordDash).text(".amazonaws.com.cn")
		})
	vpcIDs  = lang(func(b *builder) { b.text("vpc-").times(alnum, 8).run(alnum) })
	vpceIDs = lang(func(b *builder) { b.text("vpce-").times(alnum, 8).run(alnum) })
	vpcARNs = lang(func(b *builder) {
		b.text("arn:aws").run(lowerDash).text(":ec2:").plus(wordDash).text(":").times(digits, 12).text(":vpc/vpc-").times(alnum, 8).run(alnum)
	})
	// sources are the forms of what a service works for, see sourceAccountView.
	sources = func() *language {
		owned := func(b *builder) {
			b.text("arn:").plus(notColon).text(":").plus(notColon).text(":").run(notColon).text(":").times(digits, 12).text(":").plus(anyChar)
		}
		bare := func(b *builder) {
			b.text("arn:").plus(notColon).text(":").plus(notColon).text(":").run(notColon).text("::").plus(anyChar)
		}
		return lang(
			func(b *builder) { b.text("a"); owned(b) },
			func(b *builder) { b.text("b"); owned(b) },
			func(b *builder) { b.text("c").times(digits, 12).text("|"); bare(b) },
			func(b *builder) { b.text("d").times(digits, 12) },
			func(b *builder) { b.text("e"); bare(b) },
			func(b *builder) { b.text("f") })
	}()
	// hashes are written in letters of one case; their length is not held against examples that are shorter.
	hashes     = lang(func(b *builder) { b.plus(alnum) }, func(b *builder) { b.plus(chars(upper + digit)) })
	accountIDs = lang(func(b *builder) { b.times(digits, 12) })
	// orgPaths lead from an organization through its root to an account: organizational units are nested five deep at most.
	// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
	orgPaths = func() *language {
		l := &language{}
		for units := range 6 {
			b := (&builder{}).text("o-").times(alnum, 10).run(alnum).text("/r-").times(alnum, 4).run(alnum).text("/")
			for range units {
				b.text("ou-").plus(chars(lower + digit + "-")).text("/")
			}
			l.alts = append(l.alts, b.pattern())
		}
		return l
	}()

	// internet are the addresses that aws:SourceIp can hold: requests through a VPC endpoint do not have the key, so private
	// addresses never appear; everyAddress are those of aws:VpcSourceIp.
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceip
	internet     = sync.OnceValue(publicAddresses)
	everyAddress = sync.OnceValue(anyAddress)
)

// callers are the ARNs of principals of a partition: roles and users with their paths, which may hold colons, the root
// user, and sessions of GetFederationToken.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
//
// With sessions, a role that is assumed is its ARN, sessionMark and the session's name.
func callers(partition string, sessions bool) *language {
	head := func(b *builder, service string) *builder {
		return partitionOf(b, partition).text(":"+service+"::").times(digits, 12).text(":")
	}
	l := &language{}
	for _, kind := range []string{"role/", "user/"} {
		for _, path := range []bool{false, true} {
			b := head(&builder{}, "iam").text(kind)
			if path {
				b.plus(printable).text("/")
			}
			b.plus(nameChars)
			l.alts = append(l.alts, b.pattern())
			if sessions && kind == "role/" {
				l.alts = append(l.alts, b.copy().text(sessionMark).times(nameChars, 2).run(nameChars).pattern())
			}
		}
	}
	return &language{alts: append(l.alts,
		head(&builder{}, "iam").text("root").pattern(),
		head(&builder{}, "sts").text("federated-user/").plus(nameChars).pattern())}
}

// partitionOf begins an ARN of the partition, of any where it is not known.
func partitionOf(b *builder, partition string) *builder {
	if partition == "" {
		return b.text("arn:aws").run(lowerDash)
	}
	return b.text("arn:").text(partition)
}
