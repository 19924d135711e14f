package function

import (
	"net/netip"
	"regexp"
	"strings"
	"sync"

	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/zclconf/go-cty/cty"

	cf "github.com/zclconf/go-cty/cty/function"
)

// leadingZeros are those that Terraform passes over in an IPv4 address.
var leadingZeros = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(^|[.])0+([0-9]+)`) })

// ofPrefix is a function of an address range, whose first argument Terraform reads as Go did before version 1.17: 010 is 10.
func ofPrefix(fn cf.Function) function {
	plain := guarded(fn)
	return func(c *call) cty.Value {
		if len(c.args) > 0 {
			raw, marks := c.args[0].Unmark()
			if raw.IsKnown() && value.IsString(raw) {
				s, length, sized := strings.Cut(raw.AsString(), "/")
				six, dotted := strings.Contains(s, ":"), strings.Contains(s, ".")
				switch {
				case six && c.name == "cidrnetmask":
					return c.fault("IPv6 addresses have no netmask.")
				case six && dotted, six && c.large():
					return c.notSure(cty.DynamicPseudoType) // Terraform counts in its own way there
				case dotted && sized:
					c.args[0] = cty.StringVal(leadingZeros().ReplaceAllString(s, "$1$2") + "/" + length).WithMarks(marks)
				}
			}
		}
		return plain(c)
	}
}

// cidrContains is OpenTofu's. https://opentofu.org/docs/language/functions/cidrcontains/
var cidrContains = cf.New(&cf.Spec{
	Params: []cf.Parameter{{Name: "containing_prefix", Type: cty.String}, {Name: "contained_ip_or_prefix", Type: cty.String}},
	Type:   cf.StaticReturnType(cty.Bool),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		outer, err := netip.ParsePrefix(args[0].AsString())
		if err != nil {
			return cty.NilVal, cf.NewArgErrorf(0, "it is no address range")
		}
		inner, err := netip.ParsePrefix(args[1].AsString())
		if err != nil {
			addr, err := netip.ParseAddr(args[1].AsString())
			if err != nil {
				return cty.NilVal, cf.NewArgErrorf(1, "it is neither an address nor a range of them")
			}
			inner = netip.PrefixFrom(addr, addr.BitLen())
		}
		if outer.Addr().Is4() != inner.Addr().Is4() {
			return cty.NilVal, cf.NewArgErrorf(1, "it is of another family of addresses")
		}
		return cty.BoolVal(outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())), nil
	},
})

// large says whether a number of the call is beyond what the functions here count with, though not beyond Terraform's.
func (c *call) large() bool {
	for i, a := range c.args[1:] {
		most := int64(1<<31 - 1)
		if c.name == "cidrsubnet" && i == 0 {
			most = 32
		}
		raw, _ := a.Unmark()
		if raw.IsKnown() && !raw.IsNull() && raw.Type() == cty.Number && raw.Absolute().GreaterThan(cty.NumberIntVal(most)).True() {
			return true
		}
	}
	return false
}
