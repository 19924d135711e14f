package access

import (
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
)

// Verdict is the widest audience of a document.
type Verdict string

// The verdicts, widest first. Broad and Scoped are those of identity policies.
const (
	Everyone    Verdict = "public"
	ServiceOpen Verdict = "service-open"
	External    Verdict = "external"
	ExternalOrg Verdict = "external:org"
	Network     Verdict = "network"
	Federated   Verdict = "federated"
	Service     Verdict = "service"
	Internal    Verdict = "internal"
	None        Verdict = "none"
	Invalid     Verdict = "invalid"
	Unknown     Verdict = "unknown"
	Broad       Verdict = "broad"
	Scoped      Verdict = "scoped"
)

// Public says whether a stranger is let in.
type Public string

// The answers. Unsure means that a value which is not known decides, or that the work budget ran out.
const (
	No     Public = "no"
	Yes    Public = "yes"
	Unsure Public = "unknown"
)

// Result is what an analysis found.
type Result struct {
	Verdict Verdict
	// Public is the reading of a document that AWS would refuse as if it took it literally.
	Public Public
	// Witness is a request that the document allows: a stranger's where Public is yes; for other verdicts one of the
	// audience, nil where there is none. Identity policies have none.
	Witness *evaluate.Request
	// Open are the actions that a stranger can use: those that work across accounts, or all that are open if none of them
	// does. Class is the worst of them.
	Open  []string
	Class aws.Class
	// Usable says that some of the open actions work from another account.
	Usable bool
	// Everybody says that the actions of Open are open to each stranger, or each holder of a token, and not only to some.
	Everybody bool
	// Statement is the index of the statement that allows the witness, -1 where there is none.
	Statement int
	// Token says that the document is public only through an identity provider (trust policies).
	Token bool
	// Problems are what is wrong with the document.
	Problems []iam.Problem
	// DependsOn are the references of the unknown values that decide, where Public or the verdict is unknown.
	DependsOn []string
	// Names are those of them that are names in no table: condition keys that AWS may have added.
	Names []string
	// Reason says why the answer is unknown where no unknown value decides.
	Reason string
	// AllKeys are the actions that an identity policy allows on all keys, SomeKeys those that it allows on any key.
	// AllActions says that it allows every action on a key.
	AllKeys, SomeKeys []string
	AllActions        bool
}

// widths are the verdicts, widest first.
var widths = []Verdict{Everyone, ServiceOpen, External, ExternalOrg, Network, Federated, Service, Internal, Broad, Scoped, None}

func publicIfUnknown(k iam.Kind) Public {
	if k == iam.Identity {
		return No
	}
	return Unsure
}

func unsure(on string) Result {
	return Result{Statement: -1, Public: Unsure, Verdict: Unknown, Reason: "it depends on " + on}
}
