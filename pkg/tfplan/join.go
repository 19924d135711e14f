package tfplan

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// joiner gives resources their configuration.
type joiner struct {
	root *tf.ModuleConfig
	// modules are the modules found so far, by the address of an instance.
	modules map[string]*tf.ModuleConfig
}

// join gives a resource its configuration; marked says that values of it are sensitive.
func (j *joiner) join(res *tf.Resource, marked bool) {
	m := j.module(res.Module)
	if m == nil {
		return
	}
	res.Config = m.Resources[tf.Address{Mode: res.Mode, Type: res.Type, Name: res.Name}.ConfigKey()]
	if res.Config == nil {
		return
	}
	res.Provider = res.Config.Provider
	if marked {
		hideConstants(res.Config, res.Before)
		hideConstants(res.Config, res.After)
	}
}

// module finds the module of an instance, nil where the configuration has none (any more).
func (j *joiner) module(address string) *tf.ModuleConfig {
	if m, ok := j.modules[address]; ok {
		return m
	}
	m := j.root
	for _, name := range tf.ModulePath(address) {
		call := m.Calls[name]
		if call == nil || call.Module == nil {
			m = nil
			break
		}
		m = call.Module
	}
	j.modules[address] = m
	return m
}

// hideConstants marks the literals of arguments whose values are sensitive: the configuration tells them in clear text.
func hideConstants(c *tf.Config, object cty.Value) {
	for name, e := range c.Attrs {
		if v, ok := unknown.Lookup(object, name); ok && v.ContainsMarked() {
			c.Attrs[name] = hidden(e)
		}
	}
	for name, blocks := range c.Blocks {
		v, ok := unknown.Lookup(object, name)
		if !ok || !v.ContainsMarked() {
			continue
		}
		for i := range blocks {
			hideAll(&blocks[i])
		}
	}
}

func hideAll(c *tf.Config) {
	for name, e := range c.Attrs {
		c.Attrs[name] = hidden(e)
	}
	for _, blocks := range c.Blocks {
		for i := range blocks {
			hideAll(&blocks[i])
		}
	}
}

func hidden(e tf.Expr) tf.Expr {
	if e.Constant != cty.NilVal {
		e.Constant = e.Constant.Mark(unknown.Sensitive)
	}
	return e
}
