package check

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/tf"
)

// Fact is one attribute that a rule's expressions may use.
type Fact struct {
	Name string
	Type cty.Type
	Doc  string
	// value is the fact of a thing. It is unknown where the arguments of the key that it is made of are not known before
	// apply; facts of policies are always known: of what is not, only undecided speaks.
	value func(in *Input, t *thing) cty.Value
	// madeOf are the arguments of the key that the fact is made of.
	madeOf []string
}

// factsOf makes facts of a part of a thing.
type factsOf[T any] func(*thing) T

func (part factsOf[T]) text(name, doc string, say func(T) string) Fact {
	return Fact{Name: name, Type: cty.String, Doc: doc, value: func(_ *Input, t *thing) cty.Value { return cty.StringVal(say(part(t))) }}
}

func (part factsOf[T]) yes(name, doc string, is func(T) bool) Fact {
	return Fact{Name: name, Type: cty.Bool, Doc: doc, value: func(_ *Input, t *thing) cty.Value { return cty.BoolVal(is(part(t))) }}
}

func (part factsOf[T]) number(name, doc string, of func(T) int) Fact {
	return Fact{Name: name, Type: cty.Number, Doc: doc, value: func(_ *Input, t *thing) cty.Value { return cty.NumberIntVal(int64(of(part(t)))) }}
}

func (part factsOf[T]) list(name, doc string, of func(T) []string) Fact {
	return Fact{Name: name, Type: cty.List(cty.String), Doc: doc, value: func(_ *Input, t *thing) cty.Value { return stringList(of(part(t))) }}
}

// thing is what a rule is asked about: a policy, one of its statements, a key or a grant. What a rule does not look at is
// its zero value.
type thing struct {
	resource  *tf.Resource
	policy    *judged
	statement *access.StatementFacts
	access    *AccessFacts
	// values are those of the key's resource.
	values cty.Value
}

// AccessFacts are what rules about access may ask: a row of who may use which key, and what was expected of it.
type AccessFacts struct {
	finding.Access
	// Unexpected is the expectation that does not list the caller, Missing the one that says it must have what it has not.
	Unexpected, Missing string
	// Reason is why the expectation is there, Stops what stops the caller that must have it.
	Reason, Stops string
}

func (a *AccessFacts) caller() string {
	switch {
	case a.Who.Address != "":
		return a.Who.Address
	case a.Who.Kind == "stranger":
		return "anyone with an AWS account"
	}
	return a.Who.Name
}

func stringList(list []string) cty.Value {
	if len(list) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	out := make([]cty.Value, len(list))
	for i, s := range list {
		out[i] = cty.StringVal(s)
	}
	return cty.ListVal(out)
}

// Sorted are the different texts of a list, in order.
func Sorted(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }
