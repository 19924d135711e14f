package tf

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// Source is where the sources write a resource.
type Source struct {
	// Block is the range of the block's header, Body that of the whole block.
	Block, Body hcl.Range
	// Calls are the module calls on the way from the root module, outermost first.
	Calls []hcl.Range
	// PlacesOnly says that the values of the sources must not be used: nobody vouches for them. They tell where things are
	// written.
	PlacesOnly bool
	// Remote says that the module was downloaded: its files are not part of the repository.
	Remote bool
	// Attrs are the arguments, keyed by path as Terraform writes it: policy, inline_policy[0].policy.
	// A missing key is an argument that is not written, or is null.
	Attrs map[string]*SourceAttr
	// ByDefault are the arguments that are not texts and follow from defaults of a module's variables, which callers may
	// change.
	ByDefault map[string]ByDefault
}

// ByDefault says which variables are taken for their defaults, and whether that leaves the argument null.
type ByDefault struct {
	Variables []string
	Empty     bool
}

// Tells says whether there are sources whose values may be used.
func (s *Source) Tells() bool { return s != nil && !s.PlacesOnly }

// SourceAttr is one argument of a block.
type SourceAttr struct {
	// Range is the expression's.
	Range hcl.Range
	// Literal is where the value of a number or bool is written, be it in the call of a module or among the values of
	// variables: zero where it is put together, sensitive, or not known.
	Literal hcl.Range
	// Texts are what the string may be, one for each outcome of the unknown conditions on the way; none where the
	// sources cannot tell. For arguments that are no strings there are none either.
	Texts []unknown.Text
	// Elements are the texts of a list of strings whose number is known, none for other arguments and where a condition
	// that is not known decides one.
	Elements []unknown.Text
	// Unknown says what decides the value where Texts is empty.
	Unknown []unknown.Symbol
	// Assumed says in words what Texts take for true although something else is possible; Sure is the argument without
	// that, nil where nothing is assumed. AssumesEmpty says that one of the assumptions is that a value is empty.
	Assumed      []string
	Sure         *SourceAttr
	AssumesEmpty bool
	// MayBeNull says that the argument is null in some outcome of unknown conditions, so that the provider's default
	// holds then; Texts are the other outcomes.
	MayBeNull bool
	// Ignored says that Terraform ignores changes of the argument and no plan says what is there: it may be another text.
	Ignored bool
	// Left says that the plan has another text than the sources write, because lifecycle tells Terraform to leave the argument as it
	// is: Range is where.
	Left bool
	// Refused says that Terraform refuses the expression, whatever the outcomes of unknown conditions are.
	Refused bool
	// Perhaps says that it stands in a dynamic block of which it is not known whether there is one.
	Perhaps bool
}
