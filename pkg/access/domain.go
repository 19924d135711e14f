package access

import (
	"strings"
	"sync"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/sets"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// view reads a condition key out of the value of a dimension, and writes patterns of the one as patterns of the other.
type view struct {
	// inside are the characters of the key's value; wildcards match no others.
	inside *sets.Chars
	// wrap adds what stands around the value. A value may stand in several surroundings.
	wrap []wrap
	// missing are the values of the dimension that have no such key.
	missing *sets.Language
	whole   bool // the value is an ARN from its beginning
	read    func(string) (string, bool)
}

// wrap is what stands around a value.
type wrap = func(b *sets.Builder, value func(*sets.Builder))

// behind is a value with a text before it.
func behind(text string) wrap {
	return func(b *sets.Builder, value func(*sets.Builder)) {
		b.Text(text)
		value(b)
	}
}

// itself is a value with nothing around it.
func itself(b *sets.Builder, value func(*sets.Builder)) { value(b) }

// beginning are the texts that begin with a text.
func beginning(text string) func(*sets.Builder) {
	return func(b *sets.Builder) { b.Text(text).Run(sets.AnyChar) }
}

// ofIAM begins the ARN of a user, a role or a root user.
func ofIAM(b *sets.Builder, kind string) *sets.Builder {
	return b.Text("arn:").Run(sets.NotColon).Text(":iam::").Run(sets.NotColon).Text(":" + kind)
}

// sessionMark stands between the ARN of a role and the name of a session of it, see [callers].
const sessionMark = "\x1f"

var unmarked = sets.Except(sessionMark)

// sessionView is aws:PrincipalArn where callers may be sessions: it tells the role.
var sessionView = &view{inside: unmarked, whole: true, wrap: []wrap{itself, func(b *sets.Builder, value func(*sets.Builder)) {
	value(b)
	b.Text(sessionMark).Run(nameChars)
}}, read: func(s string) (string, bool) {
	arn, _, _ := strings.Cut(s, sessionMark)
	return arn, true
}}

func same1(s string) (string, bool) { return s, true }

var wholeView = &view{inside: sets.AnyChar, whole: true, read: same1, wrap: []wrap{itself}}

// servicesView is aws:PrincipalServiceNamesList, by the name that the service calls under: where that is one of a region, the
// list has the service's own, too.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalservicenameslist
var servicesView = &view{inside: sets.AnyChar, read: same1, wrap: wholeView.wrap}

// accountView is the account of an ARN.
var accountView = &view{inside: sets.NotColon, read: accountOfARN, wrap: []wrap{inARN(3)}}

// regionView is the region of an ARN.
var regionView = &view{inside: sets.NotColon, read: regionOfARN, wrap: []wrap{inARN(2)}}

// inARN is a component of an ARN, with so many between it and the first.
func inARN(before int) wrap {
	return func(b *sets.Builder, value func(*sets.Builder)) {
		b.Text("arn:")
		for range before {
			b.Run(sets.NotColon).Text(":")
		}
		value(b)
		b.Text(":").Run(sets.AnyChar)
	}
}

func accountOfARN(s string) (string, bool) {
	arn, ok := aws.ParseARN(s)
	return arn.Account, ok
}

func regionOfARN(s string) (string, bool) {
	arn, ok := aws.ParseARN(s)
	return arn.Region, ok
}

// orgView is the organization's id at the start of a path o-…/r-…/ou-…/.
var orgView = &view{inside: sets.NotSlash, wrap: []func(*sets.Builder, func(*sets.Builder)){
	func(b *sets.Builder, value func(*sets.Builder)) {
		value(b)
		b.Text("/").Run(sets.AnyChar)
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
var sourceAccountView = &view{inside: sets.Digit,
	missing: sets.Of(beginning("b"), beginning("e"), func(b *sets.Builder) { b.Text("f") }),
	wrap: []wrap{
		func(b *sets.Builder, value func(*sets.Builder)) {
			b.Text("a")
			accountView.wrap[0](b, value)
		},
		func(b *sets.Builder, value func(*sets.Builder)) {
			b.Text("c")
			value(b)
			b.Text("|").Run(sets.AnyChar)
		},
		behind("d"),
	}, read: func(s string) (string, bool) {
		switch s[:min(1, len(s))] {
		case "a":
			return accountOfARN(s[1:])
		case "c", "d":
			account, _, _ := strings.Cut(s[1:], "|")
			return account, true
		}
		return "", false
	}}

var sourceARNView = &view{inside: sets.AnyChar,
	missing: sets.Of(beginning("d"), func(b *sets.Builder) { b.Text("f") }),
	wrap: []wrap{behind("a"), behind("b"), func(b *sets.Builder, value func(*sets.Builder)) {
		b.Text("c").Run(sets.Digit).Text("|")
		value(b)
	}, behind("e")}, read: func(s string) (string, bool) {
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
var usernameView = &view{inside: sets.NotSlash,
	missing: sets.Of(assumedRole, rootUser, federatedUser),
	wrap: []wrap{
		func(b *sets.Builder, value func(*sets.Builder)) { value(ofIAM(b, "user/")) },
		func(b *sets.Builder, value func(*sets.Builder)) { value(ofIAM(b, "user/").Run(sets.AnyChar).Text("/")) },
	}, read: func(arn string) (string, bool) {
		_, name, ok := strings.Cut(arn, ":user/")
		return name[strings.LastIndex(name, "/")+1:], ok
	}}

// typeView is aws:PrincipalType. Its values are few, so constraints on it are written by [typeLanguage].
var typeView = &view{inside: sets.AnyChar, read: func(arn string) (string, bool) {
	for _, t := range principalTypes {
		if t.lang.Matches(sets.ToLatin(arn)) {
			return t.name, true
		}
	}
	return "", false
}}

// principalType is a value of aws:PrincipalType, with the callers that have it.
type principalType struct {
	name string
	lang *sets.Language
}

var principalTypes = []principalType{
	{"AssumedRole", sets.Of(assumedRole)},
	{"User", sets.Of(func(b *sets.Builder) { ofIAM(b, "user/").Run(sets.AnyChar) })},
	{"Account", rootUsers},
	{"FederatedUser", federatedUsers},
}

func assumedRole(b *sets.Builder) { ofIAM(b, "role/").Run(sets.AnyChar) }
func rootUser(b *sets.Builder)    { ofIAM(b, "root") }
func federatedUser(b *sets.Builder) {
	b.Text("arn:").Run(sets.NotColon).Text(":sts::").Run(sets.AnyChar)
}

var rootUsers, federatedUsers = sets.Of(rootUser), sets.Of(federatedUser)

var (
	// nameChars are those of names of roles, users and sessions.
	nameChars = sets.CharsOf(sets.Lower + sets.Upper + sets.Digits + "_+=,.@-" + unknown.FixedChars)
	// idChars are those of ids of organizations and networks, hostChars those of services. All of these may be not known.
	printable        = sets.Except(notPrinted)
	noWildcard       = sets.Except("*?") // but for the end of a log group's ARN, no ARN of a resource has one
	keyIDChars       = sets.CharsOf(sets.Lower + sets.Upper + sets.Digits + "-" + unknown.FixedChars)
	idChars          = sets.CharsOf(sets.Lower + sets.Digits + unknown.FixedChars)
	hexChars         = sets.CharsOf(sets.Digits + "abcdef")
	hostChars        = sets.CharsOf(sets.Lower + sets.Digits + "-." + unknown.FixedChars)
	booleans         = sets.Texts("true", "false")
	regionNames      = sets.Of(regionName, func(b *sets.Builder) { b.Text(ownRegionStandIn) })
	hostNames        = sets.Of(func(b *sets.Builder) { b.Plus(hostChars) })
	serviceNames     = sets.Of(func(b *sets.Builder) { b.Plus(hostChars).Text(aws.ServiceSuffix) })
	regionalServices = sets.Of(regionalService)
	chineseServices  = sets.Of(regionalService, func(b *sets.Builder) { regionalService(b); b.Text(".cn") })
	vpcARNs          = sets.Of(func(b *sets.Builder) {
		b.Text("arn:aws").Run(sets.LowerDash).Text(":ec2:").Plus(sets.WordDash).Text(":").Times(sets.Digit, 12).Text(":vpc/vpc-").Times(idChars, 8).Run(idChars)
	})
	// sources are the forms of what a service works for, see sourceAccountView.
	sources = func() *sets.Language {
		owned := func(b *sets.Builder) {
			b.Text("arn:").Plus(sets.NotColon).Text(":").Plus(sets.NotColon).Text(":").Run(sets.NotColon).Text(":").Times(sets.Digit, 12).Text(":").Plus(noWildcard)
		}
		group := func(b *sets.Builder) {
			b.Text("arn:").Plus(sets.NotColon).Text(":logs:").Run(sets.NotColon).Text(":").Times(sets.Digit, 12).Text(":log-group:").Plus(noWildcard).Text(":*")
		}
		bare := func(b *sets.Builder) {
			b.Text("arn:").Plus(sets.NotColon).Text(":").Plus(sets.NotColon).Text(":").Run(sets.NotColon).Text("::").Plus(noWildcard)
		}
		return sets.Of(
			func(b *sets.Builder) { b.Text("a"); owned(b) },
			func(b *sets.Builder) { b.Text("b"); owned(b) },
			func(b *sets.Builder) { b.Text("a"); group(b) },
			func(b *sets.Builder) { b.Text("b"); group(b) },
			func(b *sets.Builder) { b.Text("c").Times(sets.Digit, 12).Text("|"); bare(b) },
			func(b *sets.Builder) { b.Text("d").Times(sets.Digit, 12) },
			func(b *sets.Builder) { b.Text("e"); bare(b) },
			func(b *sets.Builder) { b.Text("f") })
	}()
	// hashes are written in letters of one case; their length is not held against examples that are shorter.
	hashes     = sets.Of(func(b *sets.Builder) { b.Plus(sets.Alnum) }, func(b *sets.Builder) { b.Plus(sets.CharsOf(sets.Upper + sets.Digits)) })
	accountIDs = sets.Of(func(b *sets.Builder) { b.Times(sets.Digit, 12) })
	// accountARNs are ARNs with the id of an account in them.
	accountARNs = sets.Of(func(b *sets.Builder) {
		b.Text("arn:").Plus(sets.NotColon).Text(":").Plus(sets.NotColon).Text("::").Times(sets.Digit, 12).Text(":").Plus(sets.AnyChar)
	})
	orgIDs = sets.Of(func(b *sets.Builder) { b.Text("o-").Times(idChars, 10).Run(idChars) })
	// orgPaths lead from an organization through its root to an account: organizational units are nested five deep at most.
	// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
	orgPaths = func() *sets.Language {
		l := &sets.Language{}
		for units := range 6 {
			b := (&sets.Builder{}).Text("o-").Times(idChars, 10).Run(idChars).Text("/r-").Times(idChars, 4).Run(idChars).Text("/")
			for range units {
				b.Text("ou-").Plus(sets.CharsOf(sets.Lower + sets.Digits + "-" + unknown.FixedChars)).Text("/")
			}
			l.Add(b)
		}
		return l
	}()

	// internet are the addresses that aws:SourceIp can hold: requests through a VPC endpoint do not have the key, so private
	// addresses never appear; everyAddress are those of aws:VpcSourceIp.
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceip
	internet     = sync.OnceValue(sets.PublicAddresses)
	everyAddress = sync.OnceValue(sets.AnyAddress)
)

// notPrinted are the characters that no path or alias has: control characters, the blank and what is not ASCII, but for the
// marks of what is not known.
var notPrinted = func() string {
	var out []byte
	for b := range 256 {
		if c := byte(b); (c <= ' ' || c > '~') && !strings.Contains(unknown.FixedChars, string([]byte{c})) {
			out = append(out, c)
		}
	}
	return string(out)
}()

func regionName(b *sets.Builder) { b.Plus(sets.LowerDash).Text("-").Plus(sets.Digit) }

func regionalService(b *sets.Builder) {
	b.Plus(sets.WordDash).Text(".").Plus(sets.WordDash).Text(aws.ServiceSuffix)
}

// callers are the ARNs of principals of a partition: roles and users with their paths, which may hold colons, the root
// user, and sessions of GetFederationToken.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
//
// With sessions, a role that is assumed is its ARN, sessionMark and the session's name.
func callers(partition string, sessions bool) *sets.Language {
	head := func(b *sets.Builder, service string) *sets.Builder {
		return partitionOf(b, partition).Text(":"+service+"::").Times(sets.Digit, 12).Text(":")
	}
	l := &sets.Language{}
	for _, kind := range []string{"role/", "user/"} {
		for _, path := range []bool{false, true} {
			b := head(&sets.Builder{}, "iam").Text(kind)
			if path {
				b.Plus(printable).Text("/")
			}
			b.Plus(nameChars)
			l.Add(b)
			if sessions && kind == "role/" {
				l.Add(b.Copy().Text(sessionMark).Times(nameChars, 2).Run(nameChars))
			}
		}
	}
	l.Add(head(&sets.Builder{}, "iam").Text("root"), head(&sets.Builder{}, "sts").Text("federated-user/").Plus(nameChars))
	return l
}

// principals are the ARNs of callers as grants name them: a session by its own.
func principals(partition string) *sets.Language {
	l := callers(partition, false)
	l.Add(partitionOf(&sets.Builder{}, partition).Text(":sts::").Times(sets.Digit, 12).Text(":assumed-role/").Plus(nameChars).Text("/").Plus(nameChars))
	return l
}

// partitionOf begins an ARN of the partition, of any where it is not known.
func partitionOf(b *sets.Builder, partition string) *sets.Builder {
	if partition == "" {
		return b.Text("arn:aws").Run(sets.LowerDash)
	}
	return b.Text("arn:").Text(partition)
}
