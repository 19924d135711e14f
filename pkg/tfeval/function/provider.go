package function

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// The functions of the AWS provider are pure (https://registry.terraform.io/providers/hashicorp/aws/latest/docs/functions/arn_parse
// and its neighbours).

// arnParts are the fields of an ARN as arn_parse calls them.
var arnParts = []string{"partition", "service", "region", "account_id", "resource"}

// arnParse takes an ARN apart. The resource may hold colons.
func arnParse(c *call) cty.Value {
	s, spans, known := c.str(0)
	if !known {
		return c.unknown(cty.DynamicPseudoType)
	}
	vals := map[string]cty.Value{}
	at := strings.IndexByte(s, ':') + 1
	if s[:at] != "arn:" {
		return c.notARN(s)
	}
	for _, name := range arnParts[:4] {
		n := strings.IndexByte(s[at:], ':')
		if n < 0 || !c.untouched(s[at:at+n], ":") {
			return c.notARN(s)
		}
		vals[name] = c.kept(s, spans, at, at+n)
		at += n + 1
	}
	vals["resource"] = c.kept(s, spans, at, len(s))
	return value.Object(vals).WithMarks(secrecy(c))
}

// notARN is the result for a text that is none, or that may be one once all is known.
func (c *call) notARN(s string) cty.Value {
	if unknown.HasHole(s) {
		return c.unknown(cty.DynamicPseudoType)
	}
	return c.fault("the text is no ARN.")
}

// arnBuild puts an ARN together.
func arnBuild(c *call) cty.Value {
	b := c.e.NewBuilder(c.at)
	b.Raw("arn")
	for _, a := range c.args {
		b.Raw(":")
		c.put(b, a)
	}
	return b.Result()
}

// trimRolePath leaves out the path of a role's ARN.
func trimRolePath(c *call) cty.Value {
	s, spans, known := c.str(0)
	i, j := strings.Index(s, ":role/"), strings.LastIndexByte(s, '/')
	switch {
	case !known || i >= 0 && !c.untouched(s[i:], "/"):
		return c.unknown(cty.String)
	case i < 0:
		return c.notARN(s)
	}
	i += len(":role/")
	b := c.e.NewBuilder(c.at)
	b.Spanned(s[:i], cut(spans, 0, i))
	b.Spanned(s[j+1:], cut(spans, j+1, len(s)))
	return c.e.Untoken(b.Result())
}
