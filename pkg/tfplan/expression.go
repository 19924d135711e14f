package tfplan

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
)

// body reads the arguments and nested blocks of a block.
func (r *reader) body(c *tf.Config) error {
	if err := r.deep(); err != nil {
		return err
	}
	if c.Attrs == nil {
		c.Attrs = map[string]tf.Expr{}
	}
	return r.object(func(name string) error { return r.argument(c, name) })
}

// argument reads one member of a body: an expression or nested blocks. Blocks stand in an array, a single one as an
// object, those with labels as an object of objects, which is read as a block that has a block for each label.
func (r *reader) argument(c *tf.Config, name string) error {
	switch r.dec.PeekKind() {
	case '[':
		if err := r.deep(); err != nil {
			return err
		}
		var blocks []tf.Config
		err := r.array(func(int) error {
			var b tf.Config
			err := r.body(&b)
			blocks = append(blocks, b)
			return r.kept(err, sizeObject)
		})
		addBlocks(c, name, blocks)
		return r.kept(err, sizeMember)
	case '{', 'n':
		return r.expressionOrBlock(c, name)
	}
	return r.want("an expression or a block")
}

func addBlocks(c *tf.Config, name string, blocks []tf.Config) {
	if c.Blocks == nil {
		c.Blocks = map[string][]tf.Config{}
	}
	c.Blocks[name] = blocks
}

// expressionOrBlock reads an object whose first member tells what it is: an expression starts with constant_value or
// references, and of an expression of which nothing is told the object is empty.
func (r *reader) expressionOrBlock(c *tf.Config, name string) error {
	if err := r.deep(); err != nil {
		return err
	}
	e := tf.Expr{Constant: cty.NilVal}
	var block *tf.Config
	first := true
	err := r.object(func(member string) error {
		if first && !r.atExpression(member) {
			block = &tf.Config{Attrs: map[string]tf.Expr{}}
		}
		first = false
		if block != nil {
			return r.argument(block, member)
		}
		return r.expressionMember(&e, member)
	})
	if block != nil {
		addBlocks(c, name, []tf.Config{*block})
	} else {
		c.Attrs[name] = settled(e)
	}
	return r.kept(err, sizeObject+len(name))
}

// atExpression says whether that name starts an expression, now that its value follows. A block may have an argument
// named references, but then its value is an expression itself and no list.
func (r *reader) atExpression(member string) bool {
	return member == "constant_value" || member == "references" && r.dec.PeekKind() == '['
}

// expression reads what is told of an expression.
func (r *reader) expression() (tf.Expr, error) {
	e := tf.Expr{Constant: cty.NilVal}
	err := r.object(func(name string) error { return r.expressionMember(&e, name) })
	return settled(e), err
}

func (r *reader) expressionMember(e *tf.Expr, name string) (err error) {
	switch name {
	case "constant_value":
		e.Constant, err = r.value()
	case "references":
		e.References, err = r.strings()
		err = r.kept(err, 16*len(e.References))
	default:
		err = r.skip()
	}
	return err
}

// settled tells a constant from a template: a constant beside references is the source text of a template. Of other
// values that hold templates, sources in JSON syntax tell too little to be of use.
func settled(e tf.Expr) tf.Expr {
	if e.Constant == cty.NilVal || len(e.References) == 0 {
		return e
	}
	if e.Constant.Type() == cty.String && !e.Constant.IsNull() {
		e.Template = e.Constant.AsString()
	}
	e.Constant = cty.NilVal
	return e
}
