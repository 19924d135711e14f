package tfplan

import (
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/tf"
)

// state reads the values of a state, and takes down the accounts that the managed resources are in.
func (r *reader) state(into *stateResources) error {
	return r.object(func(name string) error {
		if name != "root_module" {
			return r.skip()
		}
		return r.stateModule(into)
	})
}

func (r *reader) stateModule(into *stateResources) error {
	if err := r.deep(); err != nil {
		return err
	}
	// A module's own resources come first, also where the names of the members are sorted.
	own, below := stateResources{all: into.all}, stateResources{all: into.all}
	err := r.object(func(name string) error {
		switch name {
		case "resources":
			return r.array(func(int) error { return r.stateResource(&own) })
		case "child_modules":
			return r.array(func(int) error { return r.stateModule(&below) })
		}
		return r.skip()
	})
	into.managed = append(append(into.managed, own.managed...), below.managed...)
	into.data = append(append(into.data, own.data...), below.data...)
	return err
}

// stateResource reads one entry of a state.
func (r *reader) stateResource(into *stateResources) (err error) {
	h := head{index: cty.NilVal}
	var v stateValues
	defer func() { err = about(err, h.Address) }()
	err = r.object(func(name string) (err error) {
		if known, err := h.member(r.stream, name); known || err != nil {
			return err
		}
		switch {
		case name == "sensitive_values":
			v.sensitive, err = r.mask()
			return err
		case name != "values":
			return r.skip()
		case r.wanted.tells(&h):
			return v.read(r.stream, h.asWanted && (into.all || !h.isManaged()))
		}
		return h.postpone(r.stream)
	})
	if err == nil {
		err = h.settle(r.stream, &r.wanted)
	}
	if err != nil || h.DeposedKey != "" {
		return err
	}
	if h.pending.text != nil {
		if err := v.read(r.sub(h.pending), h.asWanted && (into.all || !h.isManaged())); err != nil {
			return err
		}
	}
	r.account(&h, &v)
	if !h.asWanted || h.isManaged() && !into.all {
		return nil
	}
	if v.attrs == nil {
		return r.wrong("has no values")
	}
	a, err := h.check(r.stream)
	if err != nil {
		return err
	}
	res := h.resource(a)
	res.After = v.object()
	if v.sensitive != nil {
		r.marked[res] = true
	}
	if a.Mode == tf.Data {
		into.data = append(into.data, res)
	} else {
		into.managed = append(into.managed, res)
	}
	return r.keep(sizeResource + len(h.Address))
}

func (h *head) isManaged() bool { return h.Mode == "managed" }

// stateValues are the values of one object of a state: all of them, or the ARN alone.
type stateValues struct {
	half
	arn string
}

func (v *stateValues) read(s *stream, all bool) (err error) {
	if all {
		v.attrs, err = s.attributesOf()
		if arn, ok := v.attrs["arn"]; ok && arn.Type() == cty.String && !arn.IsNull() {
			v.arn = arn.AsString()
		}
		return err
	}
	v.arn, err = s.arn()
	return err
}

// arn reads an object for its attribute arn alone.
func (s *stream) arn() (arn string, err error) {
	if there, err := s.open('{', "an object"); !there {
		return "", err
	}
	for s.dec.PeekKind() == '"' {
		name, err := s.dec.ReadValue()
		if err != nil {
			return "", err
		}
		if string(name) == `"arn"` && s.dec.PeekKind() == '"' {
			arn, err = s.str()
		} else {
			err = s.skip()
		}
		if err != nil {
			return "", err
		}
	}
	return arn, s.end()
}

// account takes down the account in the ARN of a managed resource, unless the ARN is sensitive.
func (r *reader) account(h *head, v *stateValues) {
	if !h.isManaged() || v.sensitive.attr("arn") != nil {
		return
	}
	account := strings.Clone(aws.AccountOf(v.arn)) // a part would hold on to the whole ARN
	if account == "" {
		return
	}
	if known := r.plan.Accounts[account]; known == "" || h.Address < known {
		r.plan.Accounts[account] = h.Address
	}
	block := tf.WithoutKeys(h.Address)
	if known := r.owned[block]; known.account == "" || h.Address < known.address {
		r.owned[block] = owned{account, h.Address}
	}
}

// ownedBy sorts the accounts in the state by provider configurations.
func (r *reader) ownedBy(j *joiner) {
	r.plan.Owned = map[string]map[string]string{}
	for _, block := range slices.Sorted(maps.Keys(r.owned)) {
		a, err := tf.ParseAddress(block)
		if err != nil {
			continue
		}
		m := j.module(a.Module())
		if m == nil {
			continue
		}
		provider, ok := m.Others[a.ConfigKey()]
		if c := m.Resources[a.ConfigKey()]; c != nil {
			provider, ok = c.Provider, true
		}
		if !ok {
			continue
		}
		o := r.owned[block]
		if r.plan.Owned[provider] == nil {
			r.plan.Owned[provider] = map[string]string{}
		}
		if known := r.plan.Owned[provider][o.account]; known == "" || o.address < known {
			r.plan.Owned[provider][o.account] = o.address
		}
	}
}
