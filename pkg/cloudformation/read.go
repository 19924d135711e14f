package cloudformation

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// Read reads the template of a stack. The error says why the body is no template; a body that is not known is none.
func Read(s Stack) (*Template, error) {
	t := &Template{body: s.Body, owner: s.Owner, given: s.Parameters, types: map[string]string{}}
	root, err := t.parse()
	if err != nil {
		return nil, err
	}
	resources := member(root, "Resources")
	if resources == nil || resources.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("the template has no Resources")
	}
	t.parameters, t.conditions = members(member(root, "Parameters")), members(member(root, "Conditions"))
	t.mappings = member(root, "Mappings")
	if !s.AllParameters {
		// Any parameter may be given: its default says nothing then.
		for name := range t.parameters {
			if _, ok := t.given[name]; !ok {
				t.given = with(t.given, name, t.symbol(name, unknown.AnyText))
			}
		}
	}
	for i := 0; i+1 < len(resources.Content); i += 2 {
		t.resource(resources.Content[i], resolve(resources.Content[i+1]))
	}
	if macros := member(root, "Transform"); macros != nil {
		t.Unread = append(t.Unread, "the macros of Transform may add resources")
	}
	return t, nil
}

func (t *Template) resource(name, body *yaml.Node) {
	if strings.HasPrefix(name.Value, "Fn::") {
		t.Unread = append(t.Unread, name.Value+" makes resources")
		return
	}
	typ := member(body, "Type")
	if typ == nil || typ.Kind != yaml.ScalarNode || unknown.HasHole(typ.Value) || unknown.HasHole(name.Value) {
		t.Unread = append(t.Unread, "a resource has no type that is known")
		return
	}
	t.types[name.Value] = typ.Value
	made := yes
	if c := member(body, "Condition"); c != nil {
		made = (&evaluation{Template: t}).condition(t.conditions[c.Value], 0)
	}
	if made != no {
		t.Resources = append(t.Resources, Resource{
			Name: name.Value, Type: typ.Value, Perhaps: made == perhaps, template: t, name: name, properties: member(body, "Properties"),
		})
	}
}
