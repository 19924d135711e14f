package access

// The audiences that are asked about, by who calls, from which organization and network, and for which resource a
// service calls. A fresh value is one that AWS assigned to somebody whom the policy does not name.
type (
	accountClass int
	orgClass     int
	netClass     int
)

const (
	freshAccount   accountClass = iota
	foreignAccount              // named by the policy, not trusted
	trustedAccount
	anyAccount
)

const (
	freshOrg   orgClass = iota // or none
	foreignOrg                 // named by the policy, not trusted
	trustedOrg
	outsideOrg // not trusted, or none
	anyOrg
)

const (
	freshNetwork netClass = iota // the internet, or an endpoint that the policy does not name
	anyNetwork
)

// The zero audience is the stranger.
type audience struct {
	account accountClass
	org     orgClass
	net     netClass
	named   bool // the caller may be a role or user that the document names by its unique id
}

// anyone is everybody, from anywhere.
var anyone = audience{account: anyAccount, org: anyOrg, net: anyNetwork}
