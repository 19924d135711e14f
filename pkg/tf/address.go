package tf

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
)

// Address is the address of a resource or of one of its instances, taken apart.
type Address struct {
	// Modules are the module calls on the way from the root module, outermost first.
	Modules []ModuleStep
	Mode    Mode
	Type    string
	Name    string
	// Key is the instance key: a string, a number, unknown for [*], or cty.NilVal where the address has none.
	Key cty.Value
}

// ModuleStep is one module call in an address, with the key of the instance as in Address.
type ModuleStep struct {
	Name string
	Key  cty.Value
}

// Joined is the address of something in a module, "" being the root module.
func Joined(module, rest string) string {
	if module == "" {
		return rest
	}
	return module + "." + rest
}

// ParseAddress takes apart an address as Terraform writes it, such as module.kms["a.b"].data.aws_kms_key.this[0].
// The mode of an address is whatever stands before the type ("ephemeral", too), Managed where nothing does.
func ParseAddress(address string) (Address, error) {
	p := addressParser{rest: address}
	a := Address{Modules: p.modules(), Mode: Managed}
	first := p.name()
	p.dot()
	second := p.name()
	a.Type, a.Name = first, second
	if strings.HasPrefix(p.rest, ".") {
		p.dot()
		a.Mode, a.Type, a.Name = Mode(first), second, p.name()
	}
	a.Key = p.key()
	if p.err == nil && p.rest != "" {
		p.fail("nothing may follow the instance key")
	}
	if p.err != nil {
		return Address{}, fmt.Errorf("%s is not a resource address: at byte %d %w", strconv.Quote(address), len(address)-len(p.rest), p.err)
	}
	return a, nil
}

// ModulePath returns the names of the module calls in the address of a module or resource instance, outermost first and
// without their keys: kms and inner for module.kms["a.b"].module.inner[0]. It is empty for the root module.
func ModulePath(address string) []string {
	p := addressParser{rest: address}
	var names []string
	for _, step := range p.modules() {
		names = append(names, step.Name)
	}
	return names
}

// Module is the address of the module instance that holds the resource, "" for the root module.
func (a Address) Module() string {
	var b strings.Builder
	for i, m := range a.Modules {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString("module.")
		b.WriteString(m.Name)
		writeKey(&b, m.Key)
	}
	return b.String()
}

// ConfigKey is the key of the resource in ModuleConfig.Resources: type.name, or data.type.name.
func (a Address) ConfigKey() string {
	if a.Mode == Managed {
		return a.Type + "." + a.Name
	}
	return string(a.Mode) + "." + a.Type + "." + a.Name
}

// String writes the address as Terraform does.
func (a Address) String() string {
	var b strings.Builder
	b.WriteString(Joined(a.Module(), a.ConfigKey()))
	writeKey(&b, a.Key)
	return b.String()
}

// writeKey writes an instance key in brackets, and nothing for cty.NilVal. Marks do not matter.
func writeKey(b *strings.Builder, key cty.Value) {
	if key == cty.NilVal {
		return
	}
	key, _ = key.Unmark()
	switch {
	case !key.IsKnown() || key.IsNull():
		b.WriteString("[*]")
	case key.Type() == cty.Number:
		b.WriteString("[" + key.AsBigFloat().Text('f', -1) + "]")
	case key.Type() == cty.String:
		b.WriteByte('[')
		quoteKey(b, key.AsString())
		b.WriteByte(']')
	default:
		b.WriteString("[*]")
	}
}

// quoteKey writes a string key as Terraform does: a quoted HCL template without interpolation.
func quoteKey(b *strings.Builder, s string) {
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case (r == '$' || r == '%') && strings.HasPrefix(s[i+1:], "{"):
			b.WriteRune(r)
			b.WriteRune(r)
		case strconv.IsPrint(r):
			b.WriteRune(r)
		case r > 0xFFFF:
			fmt.Fprintf(b, `\U%08x`, r)
		default:
			fmt.Fprintf(b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
}

// addressParser takes an address from its front. After the first error it only returns zero values.
type addressParser struct {
	rest string
	err  error
}

func (p *addressParser) fail(message string) {
	if p.err == nil {
		p.err = errors.New(message)
	}
}

// modules takes the module calls and the dot after each.
func (p *addressParser) modules() []ModuleStep {
	var steps []ModuleStep
	for p.err == nil && strings.HasPrefix(p.rest, "module.") {
		p.rest = p.rest[len("module."):]
		step := ModuleStep{Name: p.name()}
		step.Key = p.key()
		if p.err == nil {
			steps = append(steps, step)
		}
		if p.rest == "" {
			break
		}
		p.dot()
	}
	return steps
}

func (p *addressParser) dot() {
	if p.err == nil && !strings.HasPrefix(p.rest, ".") {
		p.fail("a dot is missing")
	}
	if p.err == nil {
		p.rest = p.rest[1:]
	}
}

func (p *addressParser) name() string {
	if p.err != nil {
		return ""
	}
	n := strings.IndexAny(p.rest, ".[]\" \t\r\n")
	if n < 0 {
		n = len(p.rest)
	}
	if n == 0 {
		p.fail("a name is missing")
		return ""
	}
	name := p.rest[:n]
	p.rest = p.rest[n:]
	return name
}

// key takes an instance key with its brackets, or nothing.
func (p *addressParser) key() cty.Value {
	if p.err != nil || !strings.HasPrefix(p.rest, "[") {
		return cty.NilVal
	}
	p.rest = p.rest[1:]
	var key cty.Value
	switch {
	case strings.HasPrefix(p.rest, `"`):
		p.rest = p.rest[1:]
		key = cty.StringVal(p.quoted())
	case strings.HasPrefix(p.rest, "*"):
		p.rest = p.rest[1:]
		key = cty.DynamicVal
	default:
		n := 0
		for n < len(p.rest) && n < 18 && '0' <= p.rest[n] && p.rest[n] <= '9' {
			n++
		}
		number, err := strconv.ParseInt(p.rest[:n], 10, 64)
		if err != nil {
			p.fail("an instance key is missing")
			return cty.NilVal
		}
		key = cty.NumberIntVal(number)
		p.rest = p.rest[n:]
	}
	if p.err == nil && !strings.HasPrefix(p.rest, "]") {
		p.fail("the instance key is not closed")
	}
	if p.err != nil {
		return cty.NilVal
	}
	p.rest = p.rest[1:]
	return key
}

// quoted takes the rest of a quoted string. Terraform before 1.0 quoted keys as Go does: those escapes are read, too.
func (p *addressParser) quoted() string {
	var b strings.Builder
	for p.rest != "" {
		switch {
		case p.rest[0] == '"':
			p.rest = p.rest[1:]
			return b.String()
		case strings.HasPrefix(p.rest, "$${") || strings.HasPrefix(p.rest, "%%{"):
			b.WriteString(p.rest[1:3])
			p.rest = p.rest[3:]
		case p.rest[0] == '\\':
			r, multibyte, tail, err := strconv.UnquoteChar(p.rest, '"')
			if err != nil {
				p.fail("the instance key has a wrong escape sequence")
				return ""
			}
			if r < utf8.RuneSelf || !multibyte {
				b.WriteByte(byte(r))
			} else {
				b.WriteRune(r)
			}
			p.rest = tail
		default:
			n := strings.IndexAny(p.rest[1:], "\"\\$%") + 1
			if n == 0 {
				n = len(p.rest)
			}
			b.WriteString(p.rest[:n])
			p.rest = p.rest[n:]
		}
	}
	p.fail("the quoted instance key is not closed")
	return ""
}

// WithoutKeys is the address of a resource without the keys of instances: that of its block.
func WithoutKeys(address string) string {
	if !strings.Contains(address, "[") {
		return address
	}
	var b strings.Builder
	quoted, depth := false, 0
	for i := 0; i < len(address); i++ {
		c := address[i]
		switch {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			depth++
		case c == ']':
			depth--
		case depth == 0:
			b.WriteByte(c)
		}
	}
	return b.String()
}
