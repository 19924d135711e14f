// Package tf is the resource model that plans, states and sources are read into.
//
// It knows nothing of files or formats: pkg/tfplan and pkg/tfhcl fill it, pkg/extract reads it. A value that is not
// known before apply is a cty unknown, or an [unknown.Text] with holes where the text around it is known; it is never a zero
// value or an empty string. A value that Terraform marks sensitive carries the mark [unknown.Sensitive].
//
// It is no API: it may change in any version.
package tf

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Mode tells a managed resource from a data source.
type Mode string

// The two modes, as the plan JSON spells them.
const (
	Managed Mode = "managed"
	Data    Mode = "data"
)

// Action is what the plan does to an object. The zero value means that there is no plan: a state, or sources alone.
type Action string

// The actions that leave an object to judge, and Forget, which leaves it to AWS: what it was is among [Plan.Gone], as is what
// is deleted, which has no action.
const (
	Create  Action = "create"
	Update  Action = "update"
	Replace Action = "replace"
	Read    Action = "read"
	NoOp    Action = "no-op"
	Forget  Action = "forget"
)

// Exists says whether the instance is there for certain: the number of instances is known, of it and of the modules it is in.
func (r *Resource) Exists() bool { return !strings.Contains(r.Address, "[*]") }

// MayLack says whether the instance may be there without the other resource, because how many there are of that is not known.
func (r *Resource) MayLack(other *Resource) bool {
	return strings.Count(other.Address, "[*]") > strings.Count(r.Address, "[*]")
}

// Resource is one instance of a resource or data source.
type Resource struct {
	// Address is the full address of the instance, such as module.kms["a.b"].aws_kms_key.this[0].
	Address string
	// Module is the address of the module instance, "" for the root module.
	Module string
	Mode   Mode
	Type   string
	Name   string
	// Index is the instance key: a string, a number, or cty.NilVal without count and for_each.
	// It is unknown where the sources do not tell the keys.
	Index cty.Value
	// Provider names the provider configuration, as the plan's configuration does; "" where it is not known.
	Provider string
	// ProviderName is the address of the provider, such as registry.terraform.io/hashicorp/aws; "" where it is not known.
	ProviderName string
	Action       Action
	// Previous is the address before a move, or "".
	Previous string
	// Before and After are objects of the attributes, with unknowns and sensitive marks; cty.NilVal where there is none
	// (Before of a create, everything of sources alone but After).
	Before, After cty.Value
	// Config is how the plan's configuration writes the resource, nil where that is not known.
	Config *Config
	// Source is where the sources write it, nil without sources.
	Source *Source
	// Spelling says how the resource is written where it is read as a resource of another type; nil where it is not.
	Spelling *Spelling
}

// Spelling is how a resource is written that is read as one of the provider hashicorp/aws.
type Spelling struct {
	// Type is the type that is written.
	Type string
	// Arguments are the names of arguments as they are written, by those that they are read as; "block.argument" is an
	// argument in a block. Others are written as they are read.
	Arguments map[string]string
	// Inside says that the resource is a part of the one at its address, such as one in the template of a stack:
	// references to that address do not mean it.
	Inside bool
}

// Spelled is the path of an argument as it is written.
func (r *Resource) Spelled(path string) string {
	if r.Spelling == nil {
		return path
	}
	block, rest, nested := strings.Cut(path, "[")
	if !nested {
		if s, ok := r.Spelling.Arguments[path]; ok {
			return s
		}
		return path
	}
	spelled, ok := r.Spelling.Arguments[block]
	if !ok {
		return path
	}
	index, argument, inside := strings.Cut(rest, "].")
	if !inside {
		return spelled + "[" + rest
	}
	if s, ok := r.Spelling.Arguments[block+"."+argument]; ok {
		argument = s
	}
	return spelled + "[" + index + "]." + argument
}

// WrittenType is the type as it is written.
func (r *Resource) WrittenType() string {
	if r.Spelling != nil {
		return r.Spelling.Type
	}
	return r.Type
}

// Identity tells a resource apart from all others of a plan: its address, with its name where it is a part of the
// resource at that address. It is for maps, not for people.
func (r *Resource) Identity() string {
	if r.Spelling != nil && r.Spelling.Inside {
		return r.Address + " " + r.Name
	}
	return r.Address
}

// Config is a resource as the configuration writes it.
type Config struct {
	Provider string
	// Attrs are the arguments that are written. A missing key is an argument that is not written.
	Attrs map[string]Expr
	// Blocks are the nested blocks that are written, in order; dynamic blocks are left out by Terraform.
	Blocks  map[string][]Config
	Count   *Expr
	ForEach *Expr
}

// Expr is what the plan's configuration tells of an expression. The zero value is an expression of which nothing is
// told, such as a function call without references.
type Expr struct {
	// Constant is the value of a literal, cty.NilVal where the expression is none.
	Constant cty.Value
	// References are what the expression refers to, longest first for each: "aws_iam_role.x.arn", "aws_iam_role.x".
	References []string
	// Template is the text of the expression: that of provider configurations where there are sources, else only what sources in
	// JSON syntax leave in the plan.
	Template string
}
