package tfplan

import (
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
)

// head is what says which object an entry of resource_changes or of a state is about.
type head struct {
	tfjson.ResourceChange
	index        cty.Value
	indexUnknown bool
	// judged says that wanted has looked at the entry, as what and with which answer.
	judged, asWanted bool
	judgedMode       tf.Mode
	judgedType       string
	// pending is the text of the values, where they came before anything that tells what they are.
	pending keptText
}

// member reads one member of the entry that tells what it is about, and says whether it was one.
func (h *head) member(s *stream, name string) (known bool, err error) {
	switch name {
	case "address":
		h.Address, err = s.str()
	case "previous_address":
		h.PreviousAddress, err = s.str()
	case "mode":
		var mode string
		mode, err = s.sharedStr()
		h.Mode = tfjson.ResourceMode(mode)
	case "type":
		h.Type, err = s.sharedStr()
	case "name":
		h.Name, err = s.sharedStr()
	case "index":
		h.index, err = s.index()
	case "index_unknown":
		h.indexUnknown, err = s.boolean()
	case "provider_name":
		h.ProviderName, err = s.sharedStr()
	case "deposed", "deposed_key":
		h.DeposedKey, err = s.str()
	default:
		return false, nil
	}
	return true, err
}

// index reads an instance key.
func (s *stream) index() (cty.Value, error) {
	switch s.dec.PeekKind() {
	case 'n':
		return cty.NilVal, s.skip()
	case '0':
		return s.number()
	case '"':
		text, err := s.str()
		return cty.StringVal(text), err
	}
	return cty.NilVal, s.want("a string or a number")
}

// tells says whether it is clear already whether the entry is wanted. An address alone tells: names are sorted in some
// plans, and then the values come before the type.
func (w *wanted) tells(h *head) bool {
	if h.judged {
		return true
	}
	mode, typ := tf.Mode(h.Mode), h.Type
	switch {
	case h.Type != "" && h.Mode != "" && (h.Address != "" || w.addresses == nil):
	case h.Address != "":
		a, err := tf.ParseAddress(h.Address)
		if err != nil {
			return false
		}
		mode, typ = a.Mode, a.Type
	default:
		return false
	}
	h.judged, h.asWanted = true, w.wants(mode, typ, h.Address)
	h.judgedMode, h.judgedType = mode, typ
	return true
}

func (w *wanted) wants(mode tf.Mode, typ, address string) bool {
	switch mode {
	case tf.Managed:
		if w.all || w.manages(typ) {
			return true
		}
	case tf.Data:
		if w.all || w.data[typ] {
			return true
		}
	default:
		return false
	}
	return w.addresses != nil && w.addresses(address)
}

// settle makes sure that it is known what the entry is about, and that it is what its values were taken for.
func (h *head) settle(s *stream, w *wanted) error {
	if !w.tells(h) {
		_, err := h.check(s)
		return err
	}
	if h.judgedType != h.Type || h.judgedMode != tf.Mode(h.Mode) {
		return s.wrong("has an address of another type or mode than it says")
	}
	return nil
}

// check takes the address apart and makes sure that it fits the rest.
func (h *head) check(s *stream) (tf.Address, error) {
	switch {
	case h.Address == "":
		return tf.Address{}, s.wrong("has no address")
	case h.Type == "":
		return tf.Address{}, s.wrong("has no type")
	case h.Mode == "":
		return tf.Address{}, s.wrong("has no mode")
	}
	a, err := tf.ParseAddress(h.Address)
	if err != nil {
		return a, s.wrong("has an address that cannot be read")
	}
	if a.Type != h.Type || a.Mode != tf.Mode(h.Mode) {
		return a, s.wrong("has an address of another type or mode than it says")
	}
	return a, nil
}

// resource makes the resource of a checked entry.
func (h *head) resource(a tf.Address) *tf.Resource {
	res := &tf.Resource{
		Address: h.Address, Module: moduleOf(h.Address, a), Mode: a.Mode, Type: a.Type, Name: a.Name,
		Index: h.index, Previous: h.PreviousAddress, ProviderName: h.ProviderName,
	}
	if h.indexUnknown {
		res.Index = cty.DynamicVal
	}
	return res
}

// moduleOf is the module part of an address, in its own spelling.
func moduleOf(address string, a tf.Address) string {
	module := a.Module()
	if strings.HasPrefix(address, module) {
		return address[:len(module)]
	}
	return module
}

// change reads one entry of resource_changes.
func (r *reader) change() (err error) {
	h := head{index: cty.NilVal}
	var c change
	defer func() { err = about(err, h.Address) }()
	err = r.object(func(name string) error {
		if known, err := h.member(r.stream, name); known || err != nil {
			return err
		}
		switch {
		case name != "change":
			return r.skip()
		case r.wanted.tells(&h):
			if !h.asWanted {
				return r.skip()
			}
			return c.read(r.stream)
		}
		return h.postpone(r.stream)
	})
	if err == nil {
		err = h.settle(r.stream, &r.wanted)
	}
	if err != nil || !h.asWanted || h.DeposedKey != "" {
		return err
	}
	if h.pending.text != nil {
		if err := c.read(r.sub(h.pending)); err != nil {
			return err
		}
	}
	return r.addChange(&h, &c)
}

// postpone keeps the values until it is known whose they are.
func (h *head) postpone(s *stream) (err error) {
	h.pending, err = s.keepText()
	return err
}

// addChange puts an object into the plan.
func (r *reader) addChange(h *head, c *change) error {
	a, err := h.check(r.stream)
	if err != nil {
		return err
	}
	action, gone, ok := c.action()
	if !ok {
		return r.wrong("has a change with actions that are not known")
	}
	res := h.resource(a)
	res.Before = c.before.object()
	if c.before.sensitive != nil || c.after.sensitive != nil {
		r.marked[res] = true
	}
	if err := r.keep(sizeResource + len(h.Address)); err != nil {
		return err
	}
	if res.Action = action; gone {
		r.plan.Gone = append(r.plan.Gone, res)
		return nil
	}
	res.After = c.after.object()
	if res.After == cty.NilVal {
		return r.wrong("has a change with actions that leave an object, but nothing in after")
	}
	if action == tf.NoOp && c.beforeSkipped {
		res.Before = res.After
	}
	r.plan.Resources = append(r.plan.Resources, res)
	return nil
}

// sizeResource is what a resource takes in memory besides its values.
const sizeResource = 512

// change is the change of one object.
type change struct {
	actions       tfjson.Actions
	before, after half
	beforeSkipped bool
}

func (c *change) read(s *stream) error {
	return s.object(func(name string) (err error) {
		switch name {
		case "actions":
			var actions []string
			actions, err = s.strings()
			for _, a := range actions {
				c.actions = append(c.actions, tfjson.Action(a))
			}
		case "before":
			// Both sides of a no-op are the same: one is enough.
			if c.actions.NoOp() {
				c.beforeSkipped = s.dec.PeekKind() != 'n'
				return s.skip()
			}
			c.before.attrs, err = s.attributesOf()
		case "after":
			c.after.attrs, err = s.attributesOf()
			for name, v := range c.after.attrs { // most of an object stays as it was
				if old, ok := c.before.attrs[name]; ok && v != cty.NilVal && old.RawEquals(v) {
					c.after.attrs[name] = old
				}
			}
		case "after_unknown":
			c.after.unknown, err = s.mask()
		case "before_sensitive":
			c.before.sensitive, err = s.mask()
		case "after_sensitive":
			c.after.sensitive, err = s.mask()
		default:
			err = s.skip()
		}
		return err
	})
}

// attributesOf reads the attributes of a resource: an object or null.
func (s *stream) attributesOf() (map[string]cty.Value, error) {
	if k := s.dec.PeekKind(); k != '{' && k != 'n' {
		return nil, s.want("an object")
	}
	return s.attributes()
}

// action is what the actions come to, and whether the object is gone after them. An object that is made anew while the
// old one is forgotten counts as replaced.
func (c *change) action() (action tf.Action, gone, ok bool) {
	a := c.actions
	switch {
	case a.NoOp():
		return tf.NoOp, false, true
	case a.Create():
		return tf.Create, false, true
	case a.Read():
		return tf.Read, false, true
	case a.Update():
		return tf.Update, false, true
	case a.Replace():
		return tf.Replace, false, true
	case a.Delete():
		return "", true, true
	case a.Forget():
		return tf.Forget, true, true
	case len(a) == 2 && (a[0] == tfjson.ActionCreate && a[1] == tfjson.ActionForget || a[0] == tfjson.ActionForget && a[1] == tfjson.ActionCreate):
		return tf.Replace, false, true
	}
	return "", false, false
}
