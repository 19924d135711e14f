package tfplan

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// What the parts of a value take in memory, roughly.
const (
	sizeNode   = 64
	sizeNumber = 192
	sizeObject = 256
	sizeMember = 112
)

// maxNumber is how many characters a number may have: exact numbers take time that grows faster than their length.
const maxNumber = 1024

// value reads a value: objects and tuples, exact numbers, null without a type.
func (s *stream) value() (cty.Value, error) {
	switch s.dec.PeekKind() {
	case 'n':
		return cty.NullVal(cty.DynamicPseudoType), s.skip()
	case 't', 'f':
		b, err := s.boolean()
		return cty.BoolVal(b), err
	case '"':
		text, err := s.str()
		return cty.StringVal(text), s.kept(err, sizeNode+len(text))
	case '0':
		return s.number()
	case '[':
		return s.tuple()
	case '{':
		attrs, err := s.attributes()
		if err != nil {
			return cty.NilVal, err
		}
		return cty.ObjectVal(attrs), nil
	}
	if err := s.skip(); err != nil {
		return cty.NilVal, err
	}
	return cty.NilVal, s.wrong("is no value")
}

// maxExponent bounds numbers, as a power of two: one like 1e99999999 has as many digits as it says once it is written down.
const maxExponent = 1 << 14

func (s *stream) number() (cty.Value, error) {
	raw, err := s.dec.ReadValue()
	if err != nil {
		return cty.NilVal, err
	}
	if len(raw) > maxNumber {
		return cty.NilVal, s.wrong("is a number of more than %d characters", maxNumber)
	}
	v, err := cty.ParseNumberVal(string(raw))
	if err != nil {
		return cty.NilVal, s.wrong("is a number that is too large")
	}
	if exp := v.AsBigFloat().MantExp(nil); exp > maxExponent || exp < -maxExponent {
		return cty.NilVal, s.wrong("is a number with too many digits")
	}
	return v, s.keep(sizeNumber)
}

func (s *stream) tuple() (cty.Value, error) {
	if err := s.deep(); err != nil {
		return cty.NilVal, err
	}
	var elems []cty.Value
	err := s.array(func(int) error {
		v, err := s.value()
		elems = append(elems, v)
		return s.kept(err, sizeNode)
	})
	if err != nil {
		return cty.NilVal, err
	}
	return cty.TupleVal(elems), nil
}

// attributes reads an object. A null gives nil.
func (s *stream) attributes() (map[string]cty.Value, error) {
	if s.dec.PeekKind() == 'n' {
		return nil, s.skip()
	}
	if err := s.deep(); err != nil {
		return nil, err
	}
	if err := s.keep(sizeObject); err != nil {
		return nil, err
	}
	attrs := map[string]cty.Value{}
	err := s.object(func(name string) error {
		name = normal(name)
		if _, twice := attrs[name]; twice {
			return s.wrong("is there twice")
		}
		v, err := s.value()
		if name == "tags" || name == "tags_all" {
			v = shared(v, attrs)
		}
		attrs[name] = v
		return s.kept(err, sizeMember)
	})
	return attrs, err
}

// shared is the value of tags, or the other ones if these are the same: tags and tags_all often are.
func shared(v cty.Value, attrs map[string]cty.Value) cty.Value {
	if v == cty.NilVal || !v.Type().IsObjectType() {
		return v
	}
	for _, name := range []string{"tags", "tags_all"} {
		if o, there := attrs[name]; there && o.Type().IsObjectType() && o.RawEquals(v) {
			return o
		}
	}
	return v
}

// normal is the name of an attribute as cty writes it.
func normal(name string) string {
	for i := range len(name) {
		if name[i] >= 0x80 {
			return cty.NormalizeString(name)
		}
	}
	return name
}

func (s *stream) deep() error {
	if s.dec.StackDepth() >= s.limits.Depth {
		return &limitError{"it is nested too deeply in " + pathOf(s.here()), "depth"}
	}
	return nil
}

// mask says which parts of a value are unknown or sensitive. A nil mask means none.
type mask struct {
	all   bool
	attrs map[string]*mask
	elems []*mask
}

// mask reads a mask. Masks in which nothing is true are nil.
func (s *stream) mask() (*mask, error) {
	switch s.dec.PeekKind() {
	case 'n', 't', 'f':
		all, err := s.boolean()
		if err != nil || !all {
			return nil, err
		}
		return &mask{all: true}, s.keep(sizeNode)
	case '[':
		return s.maskElements()
	case '{':
		return s.maskAttributes()
	}
	return nil, s.want("made of true, false, arrays and objects")
}

func (s *stream) maskElements() (*mask, error) {
	if err := s.deep(); err != nil {
		return nil, err
	}
	var m mask
	err := s.array(func(i int) error {
		e, err := s.mask()
		if e == nil || err != nil {
			return err
		}
		if err := s.keep((i + 1 - len(m.elems)) * sizeNode); err != nil {
			return err
		}
		m.elems = append(append(m.elems, make([]*mask, i-len(m.elems))...), e)
		return nil
	})
	if err != nil || m.elems == nil {
		return nil, err
	}
	return &m, nil
}

func (s *stream) maskAttributes() (*mask, error) {
	if err := s.deep(); err != nil {
		return nil, err
	}
	var m mask
	err := s.object(func(name string) error {
		e, err := s.mask()
		if e == nil || err != nil {
			return err
		}
		if m.attrs == nil {
			m.attrs = map[string]*mask{}
		}
		m.attrs[normal(name)] = e
		return s.keep(sizeMember)
	})
	if err != nil || m.attrs == nil {
		return nil, err
	}
	return &m, nil
}

// attr is the mask of one attribute.
func (m *mask) attr(name string) *mask {
	switch {
	case m == nil:
		return nil
	case m.all:
		return m
	}
	return m.attrs[name]
}

// over puts something else in the place of what the mask says. Where mask and value have not the same shape, nothing can be said of
// the parts, and the whole value is meant. cty.NilVal is a value that is not there.
func (m *mask) over(v cty.Value, put func(cty.Value) cty.Value) cty.Value {
	switch {
	case m == nil:
		return v
	case m.all || v == cty.NilVal || v.IsNull() || !v.IsKnown():
	case m.attrs != nil && v.Type().IsObjectType():
		attrs := v.AsValueMap()
		if attrs == nil {
			attrs = map[string]cty.Value{}
		}
		m.overAttrs(attrs, put)
		return cty.ObjectVal(attrs)
	case m.elems != nil && v.Type().IsTupleType() && len(m.elems) <= v.LengthInt():
		elems := v.AsValueSlice()
		for i, e := range m.elems {
			elems[i] = e.over(elems[i], put)
		}
		return cty.TupleVal(elems)
	}
	return put(v)
}

func (m *mask) overAttrs(attrs map[string]cty.Value, put func(cty.Value) cty.Value) {
	for name, e := range m.attrs {
		if v := e.over(attrs[name], put); v != cty.NilVal {
			attrs[name] = v
		}
	}
}

func late(cty.Value) cty.Value { return cty.DynamicVal }

func secret(v cty.Value) cty.Value {
	if v == cty.NilVal {
		return v
	}
	return v.Mark(unknown.Sensitive)
}

// half is one side of a change as it was read: the attributes and what is to be said of them.
type half struct {
	attrs     map[string]cty.Value
	unknown   *mask
	sensitive *mask
}

// object is the half as one value, cty.NilVal where it is null.
func (h half) object() cty.Value {
	var v cty.Value
	switch {
	case h.unknown != nil && (h.unknown.all || h.attrs == nil || h.unknown.elems != nil):
		v = cty.DynamicVal
	case h.attrs == nil:
		return cty.NilVal
	default:
		if h.unknown != nil {
			h.unknown.overAttrs(h.attrs, late)
		}
		if h.sensitive != nil && !h.sensitive.all && h.sensitive.elems == nil {
			h.sensitive.overAttrs(h.attrs, secret)
			markComputed(h.attrs)
			return cty.ObjectVal(h.attrs)
		}
		v = cty.ObjectVal(h.attrs)
	}
	if h.sensitive != nil {
		v = v.Mark(unknown.Sensitive)
	}
	return v
}
