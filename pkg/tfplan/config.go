package tfplan

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// configuration reads the configuration: of the resources those of wanted types, of the modules everything else.
func (r *reader) configuration() error {
	r.open = map[string]bool{}
	return r.object(func(name string) (err error) {
		switch name {
		case "provider_config":
			r.plan.Providers = map[string]*tf.ProviderConfig{}
			return r.object(func(key string) (err error) {
				r.plan.Providers[key], err = r.providerConfig()
				return r.kept(err, sizeObject+len(key))
			})
		case "root_module":
			r.plan.Root, err = r.moduleConfig(r.open)
			return err
		}
		return r.skip()
	})
}

func (r *reader) providerConfig() (*tf.ProviderConfig, error) {
	c := &tf.ProviderConfig{}
	err := r.object(func(name string) (err error) {
		switch name {
		case "full_name":
			c.FullName, err = r.str()
		case "expressions":
			err = r.body(&c.Config)
		default:
			err = r.skip()
		}
		return err
	})
	return c, err
}

// moduleConfig reads a module. The names of its variables that are not sensitive are put into open.
func (r *reader) moduleConfig(open map[string]bool) (*tf.ModuleConfig, error) {
	if err := r.deep(); err != nil {
		return nil, err
	}
	m := &tf.ModuleConfig{
		Variables: map[string]cty.Value{}, Outputs: map[string]tf.Expr{},
		Resources: map[string]*tf.Config{}, Others: map[string]string{}, Calls: map[string]*tf.ModuleCall{},
	}
	err := r.object(func(name string) error {
		switch name {
		case "variables":
			return r.object(func(name string) (err error) {
				var sensitive bool
				m.Variables[name], sensitive, err = r.variableConfig()
				if !sensitive {
					open[name] = true
				}
				return r.kept(err, sizeMember+len(name))
			})
		case "outputs":
			return r.object(func(name string) (err error) {
				m.Outputs[name], err = r.outputConfig()
				return r.kept(err, sizeMember+len(name))
			})
		case "resources":
			return r.array(func(int) error { return r.resourceConfig(m) })
		case "module_calls":
			return r.object(func(name string) (err error) {
				m.Calls[name], err = r.moduleCall()
				return r.kept(err, sizeObject+len(name))
			})
		}
		return r.skip()
	})
	return m, err
}

func (r *reader) variableConfig() (def cty.Value, sensitive bool, err error) {
	err = r.object(func(name string) (err error) {
		switch name {
		case "default":
			def, err = r.value()
		case "sensitive":
			sensitive, err = r.boolean()
		default:
			err = r.skip()
		}
		return err
	})
	if sensitive && def != cty.NilVal {
		def = def.Mark(unknown.Sensitive)
	}
	return def, sensitive, err
}

func (r *reader) outputConfig() (tf.Expr, error) {
	var e tf.Expr
	sensitive := false
	err := r.object(func(name string) (err error) {
		switch name {
		case "expression":
			e, err = r.expression()
		case "sensitive":
			sensitive, err = r.boolean()
		default:
			err = r.skip()
		}
		return err
	})
	if sensitive && e.Constant != cty.NilVal {
		e.Constant = e.Constant.Mark(unknown.Sensitive)
	}
	return e, err
}

func (r *reader) moduleCall() (*tf.ModuleCall, error) {
	c := &tf.ModuleCall{Args: map[string]tf.Expr{}}
	open := map[string]bool{}
	err := r.object(func(name string) (err error) {
		switch name {
		case "source":
			c.Source, err = r.str()
		case "expressions":
			var body tf.Config
			err = r.body(&body)
			c.Args = body.Attrs
		case "count_expression":
			c.Count, err = r.repetition()
		case "for_each_expression":
			c.ForEach, err = r.repetition()
		case "module":
			c.Module, err = r.moduleConfig(open)
		default:
			err = r.skip()
		}
		return err
	})
	for name, e := range c.Args {
		if !open[name] {
			c.Args[name] = hidden(e)
		}
	}
	return c, err
}

func (r *reader) repetition() (*tf.Expr, error) {
	e, err := r.expression()
	return &e, err
}

// resourceConfig reads one resource, and puts it into the module if its type is wanted.
func (r *reader) resourceConfig(m *tf.ModuleConfig) (err error) {
	h := head{index: cty.NilVal}
	c := &tf.Config{Attrs: map[string]tf.Expr{}}
	types := r.wanted.types()
	defer func() { err = about(err, h.Address) }()
	err = r.object(func(name string) (err error) {
		if known, err := h.member(r.stream, name); known || err != nil {
			return err
		}
		if name == "provider_config_key" {
			c.Provider, err = r.sharedStr()
			return err
		}
		if types.tells(&h) && !h.asWanted {
			return r.skip()
		}
		if !h.judged && name == "expressions" {
			return h.postpone(r.stream)
		}
		switch name {
		case "expressions":
			err = r.body(c)
		case "provisioners":
			err = r.provisioners(c)
		case "count_expression":
			c.Count, err = r.repetition()
		case "for_each_expression":
			c.ForEach, err = r.repetition()
		default:
			err = r.skip()
		}
		return err
	})
	if err == nil {
		err = h.settle(r.stream, &types)
	}
	if err != nil {
		return err
	}
	a, err := h.check(r.stream)
	if err != nil {
		return err
	}
	if !h.asWanted {
		m.Others[a.ConfigKey()] = c.Provider
		return r.keep(sizeMember + len(h.Address))
	}
	if h.pending.text != nil {
		sub := *r
		sub.stream = r.sub(h.pending)
		if err := sub.body(c); err != nil {
			return err
		}
	}
	m.Resources[a.ConfigKey()] = c
	return r.keep(sizeResource)
}

// provisioners reads the provisioners of a resource as its blocks of that type.
func (r *reader) provisioners(c *tf.Config) error {
	var blocks []tf.Config
	err := r.array(func(int) error {
		var b tf.Config
		err := r.object(func(name string) error {
			if name == "expressions" {
				return r.body(&b)
			}
			return r.skip()
		})
		blocks = append(blocks, b)
		return r.kept(err, sizeObject)
	})
	addBlocks(c, "provisioner", blocks)
	return err
}
