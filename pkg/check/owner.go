package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Owners are the accounts and regions that the provider configurations of an input work in: a resource belongs to the
// account of its own one.
type Owners struct {
	number   int
	plan     *tf.Plan
	callers  []extract.Caller
	standard *finding.Account
	given    bool // by the user
	// accounts and regions are known so far, by the name of the configuration.
	accounts map[string]*finding.Account
	regions  map[string]string
	// symbols stand for the accounts that are not known: configurations that surely work in the same one have the same.
	symbols map[string]string
	// organizations are the ids of the organizations that the configurations' data sources tell, "" where they tell several.
	organizations map[string]string
	// aliases are those of the plan by the provider configuration and region of their keys.
	aliases map[[2]string]map[string]string
	// untrusted says that only the callers tell accounts: the rest is what the author of the plan wrote.
	untrusted bool
}

// standardProvider is the default provider configuration.
const standardProvider = "aws"

// name is the name of a provider configuration. A module's own one, which only old plans have, is that of the root module
// unless it is written down.
func (o *Owners) name(provider string) string {
	if _, written := o.plan.Providers[provider]; written {
		return provider
	}
	return cmp.Or(provider[strings.LastIndexByte(provider, ':')+1:], standardProvider)
}

// how is a text of what decides the account of a configuration: the same text is the same account. It is empty where
// nothing is written.
func (o *Owners) how(name string) string {
	c := o.plan.Providers[name]
	if c == nil {
		return ""
	}
	var b strings.Builder
	for _, arg := range accountArguments {
		if e, ok := c.Config.Attrs[arg]; ok {
			writeExpr(&b, arg, e)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Config.Blocks)) {
		if !strings.HasPrefix(name, "assume_role") {
			continue
		}
		for _, block := range c.Config.Blocks[name] {
			b.WriteString(name + "{")
			for _, arg := range slices.Sorted(maps.Keys(block.Attrs)) {
				if arg != "session_name" && arg != "duration" {
					writeExpr(&b, arg, block.Attrs[arg])
				}
			}
			b.WriteString("}")
		}
	}
	return b.String()
}

// alike says whether two configurations work in the same account, because they differ in nothing that decides it. What an
// expression refers to in one module is another thing in another one.
func (o *Owners) alike(a, b string) bool {
	if a == b {
		return true
	}
	how := o.how(a)
	same := how == o.how(b) && !strings.Contains(how, ofEach) // OpenTofu's for_each
	moduleOf := func(name string) string { return name[:strings.LastIndexByte(name, ':')+1] }
	return same && (moduleOf(a) == moduleOf(b) || !strings.Contains(how, refers))
}

// findSymbols gives each account that is not known a symbol.
func (o *Owners) findSymbols() {
	names := slices.SortedFunc(maps.Keys(o.accounts), func(a, b string) int { // the default one is the shortest
		return cmp.Or(len(a)-len(b), strings.Compare(a, b))
	})
	for i, name := range names {
		if o.accounts[name] != nil {
			continue
		}
		like := slices.IndexFunc(names[:i], func(other string) bool { return o.accounts[other] == nil && o.alike(other, name) })
		switch {
		case like >= 0:
			o.symbols[name] = o.symbols[names[like]]
		case o.number == 0 && name == standardProvider:
			o.symbols[name] = unknown.OwnAccountText
		default:
			o.symbols[name] = unknown.ConfigurationAccount(o.number*100 + i)
		}
	}
}

// Symbols are the symbol of the own account of the default configuration, and what all symbols stand for.
func (o *Owners) Symbols() (own string, names map[string]string) {
	if own = o.symbols[standardProvider]; o.number == 0 && !slices.ContainsFunc(slices.Collect(maps.Keys(o.accounts)), func(name string) bool { return o.id(name) != own }) {
		return own, nil // there is but one
	}
	names = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(o.symbols)) {
		if symbol := o.symbols[name]; names[symbol] == "" {
			names[symbol] = "the account of provider " + name
			if o.number > 0 {
				names[symbol] += fmt.Sprintf(" of input %d", o.number+1)
			}
		}
	}
	return own, names
}

// id is the account of a configuration, or its symbol.
func (o *Owners) id(name string) string {
	if a := o.accounts[name]; a != nil {
		return a.ID
	}
	return o.symbols[name]
}

// numbered tells the resources of several inputs apart.
func (o *Owners) numbered(resource int) int {
	return o.number*1000000 + resource
}

// refers begins the text of an expression that is no constant, ofEach that of one that is another in each instance.
const (
	refers = "\x00"
	ofEach = refers + "each"
)

func writeExpr(b *strings.Builder, name string, e tf.Expr) {
	b.WriteString(name)
	if e.Constant != cty.NilVal {
		v, _ := e.Constant.UnmarkDeep()
		fmt.Fprintf(b, "=%#v", v)
	} else {
		text := fmt.Sprintf("%q %q", e.References, e.Template)
		if b.WriteString(refers); strings.Contains(text, "each.") {
			b.WriteString("each")
		}
		b.WriteString(text)
	}
	b.WriteString(";")
}

// accountArguments are the arguments of the AWS provider that decide which account it works in. That of allowed accounts only checks
// which one it is.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs#argument-reference
var accountArguments = []string{"access_key", "profile", "secret_key", "shared_config_files", "shared_credentials_files", "token"}
