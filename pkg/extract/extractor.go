package extract

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// extractor works on one plan.
type extractor struct {
	plan  *tf.Plan
	index *index
	// assumes says that what an expression refers to may be taken for its value where nothing else tells; sure is an
	// extractor that does not.
	assumes bool
	sure    *extractor
	// rendered are the policy documents rendered so far.
	rendered map[*tf.Resource]*renderedDocument
	// parsed are the documents read so far by their letters.
	parsed map[string]*iam.Document
	diags  hcl.Diagnostics
}

func newExtractor(plan *tf.Plan, x *index, parsed map[string]*iam.Document) *extractor {
	return &extractor{plan: plan, index: x, parsed: parsed, rendered: map[*tf.Resource]*renderedDocument{}}
}

// renderedDocument is a data.aws_iam_policy_document as text; ok is false where the provider cannot render it.
type renderedDocument struct {
	text unknown.Text
	ok   bool
	// assumed says in words what of the text rests on references.
	assumed []string
	// busy guards against documents that are made of themselves.
	busy bool
}

// argument is one string argument with all that the sources of knowledge say of it.
type argument struct {
	res *tf.Resource
	// path is as Terraform writes it.
	path string
	// value is what the plan says, cty.NilVal where it says nothing.
	value cty.Value
	// exprs is how the configuration writes it: no expression if it does not, several if it may be any of them.
	// configured is false where there is no configuration to tell.
	exprs      []tf.Expr
	configured bool
	// source is how the sources write it, nil if they do not.
	source *tf.SourceAttr
	// optional says that leaving it out means something.
	optional bool
}

// wholeArgument is an argument that is no part of a block.
func wholeArgument(res *tf.Resource, name string) argument {
	arg := argument{res: res, path: name, configured: res.Config != nil}
	arg.value, _ = unknown.Lookup(res.After, name)
	if res.Config != nil && written(res.Config, name) {
		arg.exprs = []tf.Expr{res.Config.Attrs[name]}
	}
	if res.Source != nil {
		arg.source = res.Source.Attrs[name]
	}
	return arg
}

func written(c *tf.Config, name string) bool { _, ok := c.Attrs[name]; return ok }

// answer is what an argument is after apply.
type answer struct {
	from      From
	texts     []unknown.Text
	missing   bool // that it is left out is one of the outcomes
	dependsOn []string
	sensitive bool
	// assumed says in words what of it rests on references, or on values that may be others; empty that one of these is
	// that something is empty.
	assumed []string
	empty   bool
}

// assume says whether a value may be taken for the target that it refers to, and notes what is taken for what.
func (x *extractor) assume(what string, t target, assumed *[]string) bool {
	switch {
	case t.exact:
		return true
	case t.more || !x.assumes:
		return false
	}
	*assumed = append(*assumed, what+" is taken for "+t.text+", which is all that it refers to")
	return true
}

// callers are the known ids of a data source that was read while planning.
func (x *extractor) callers(typ, attr string) []Caller {
	var out []Caller
	for _, res := range x.plan.Read {
		if res.Type != typ || unknown.IsSensitive(res.After) || !tf.Genuine(typ, res.ProviderName) {
			continue
		}
		if id, ok := unknown.String(res.After, attr); ok {
			out = append(out, Caller{ID: id, Address: res.Address, Provider: res.Provider,
				Public: res.ProviderName == "registry.terraform.io/hashicorp/aws" || res.ProviderName == "registry.opentofu.org/hashicorp/aws"})
		}
	}
	return out
}

// parse reads a document; one that a plan has many times, letter by letter, is read once. What the text knows besides
// its letters does not matter for that, but for the readings, which have the text, too.
func (x *extractor) parse(t unknown.Text) *iam.Document {
	doc := x.parsed[t.S]
	if doc == nil || len(doc.Readings) > 0 {
		doc = iam.Parse(t)
		x.parsed[t.S] = doc
		return doc
	}
	same := *doc
	same.Text = t
	return &same
}
