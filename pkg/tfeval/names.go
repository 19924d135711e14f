package tfeval

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// nameInARN is how the ARN of a managed role, user or identity provider ends, which its arguments tell
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns).
func (e *Evaluator) nameInARN(u unknown.Symbol) (cty.Value, bool) {
	r := e.instanceAt(u.Of)
	if r == nil || r.Ref()+".arn" != u.Ref {
		return cty.NilVal, false
	}
	switch r.res.Type {
	case "aws_iam_openid_connect_provider":
		v, f := r.Attr("url")
		return v, f == nil && v.Type() == cty.String
	case "aws_iam_role", "aws_iam_user":
	default:
		return cty.NilVal, false
	}
	path := cty.StringVal("/")
	if r.res.Body.Attributes["path"] != nil || e.plan != nil {
		v, f := r.Attr("path")
		if f != nil {
			return cty.NilVal, false
		}
		path = v
	}
	name, f := r.Attr("name")
	if raw, _ := path.Unmark(); f != nil || value.IsSecret(path) || !value.IsString(raw) || !strings.HasPrefix(raw.AsString(), "/") {
		return cty.NilVal, false
	}
	b := e.NewBuilder(r.res.Block.DefRange())
	path, _ = path.Unmark()
	b.Raw(path.AsString()[1:])
	if f := b.Value(name, r.res.Block.DefRange()); f != nil {
		return cty.NilVal, false
	}
	return b.Result(), true
}

// instanceAt is the resource instance with that address, nil where there is none or not one alone.
func (e *Evaluator) instanceAt(address string) *resourceInstance {
	a, err := tf.ParseAddress(address)
	if err != nil || a.Mode != tf.Managed {
		return nil
	}
	i := e.Root
	for _, step := range a.Modules {
		c := i.Module.Calls[step.Name]
		if c == nil {
			return nil
		}
		if i = e.children(i, c).byKey[keyText(step.Key)]; i == nil {
			return nil
		}
	}
	res := i.Module.Resources[a.ConfigKey()]
	if res == nil {
		return nil
	}
	return e.Instances(i, res).byKey[keyText(a.Key)]
}
