package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// The trees of which the leak test makes plans, states and sources. A tree is a string, a number, a bool, a list, an object,
// a document (JSON as text) or a list of blocks. The mark in a string or in the name of a member is where the secret goes.
type (
	object []member
	member struct {
		name  string
		value any
	}
	document struct{ value any }
	blocks   []object
	resource struct {
		typ, name string
		attrs     object
	}
)

const mark = "\x00"

func o(pairs ...any) object {
	var out object
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, member{pairs[i].(string), pairs[i+1]})
	}
	return out
}

func l(items ...any) []any { return items }

// policy is a policy document as an argument.
func policy(statements ...any) document {
	return document{o("Version", "2012-10-17", "Statement", statements)}
}

// spot is one place of a tree that can hold another text: set returns the tree with the text there.
type spot struct {
	path string
	text string
	key  bool // it is the name of a member
	set  func(text string) any
}

// spots are those of a tree: the strings in it, and the names of members where the author chooses them.
func spots(tree any, named bool) []spot {
	var out []spot
	within := func(step string, list []spot, put func(any) any) {
		for _, s := range list {
			out = append(out, spot{strings.TrimSuffix(step+"."+s.path, "."), s.text, s.key, func(t string) any { return put(s.set(t)) }})
		}
	}
	switch t := tree.(type) {
	case string:
		return []spot{{"", t, false, func(s string) any { return s }}}
	case document:
		within("json", spots(t.value, true), func(v any) any { return document{v} })
	case []any:
		for i, e := range t {
			within(strconv.Itoa(i), spots(e, named), func(v any) any { return replaced(t, i, v) })
		}
	case blocks:
		for i, e := range t {
			within(strconv.Itoa(i), spots(e, false), func(v any) any { return blocks(replaced(t, i, v.(object))) })
		}
	case object:
		for i, m := range t {
			if named {
				out = append(out, spot{m.name + "(name)", m.name, true, func(s string) any { return object(replaced(t, i, member{s, m.value})) }})
			}
			_, isMap := m.value.(object)
			within(m.name, spots(m.value, named || isMap), func(v any) any { return object(replaced(t, i, member{m.name, v})) })
		}
	}
	return out
}

func replaced[T any](list []T, i int, v T) []T {
	out := append([]T(nil), list...)
	out[i] = v
	return out
}

// holds says whether the mark is somewhere in a tree.
func holds(tree any) bool {
	for _, s := range spots(tree, true) {
		if strings.Contains(s.text, mark) {
			return true
		}
	}
	return false
}

// hcl writes a tree as an expression, with another expression where the mark is.
func hcl(tree any, secret string) string {
	switch t := tree.(type) {
	case string:
		if t == mark {
			return secret
		}
		return strings.ReplaceAll(strings.ReplaceAll(literal(t), "${", "$${"), mark, "${"+secret+"}")
	case document:
		return "jsonencode(" + hcl(t.value, secret) + ")"
	case []any:
		var items []string
		for _, e := range t {
			items = append(items, hcl(e, secret))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case object:
		var b strings.Builder
		for _, m := range t {
			name := hcl(m.name, secret)
			if strings.Contains(m.name, mark) {
				name = "(" + name + ")"
			}
			fmt.Fprintf(&b, "\n%s = %s", name, hcl(m.value, secret))
		}
		return "{" + b.String() + "\n}"
	}
	return fmt.Sprint(tree)
}

// body writes arguments and blocks.
func body(attrs object, secret string) string {
	var b strings.Builder
	for _, m := range attrs {
		list, ok := m.value.(blocks)
		if !ok {
			fmt.Fprintf(&b, "%s = %s\n", m.name, hcl(m.value, secret))
			continue
		}
		for _, one := range list {
			fmt.Fprintf(&b, "%s {\n%s}\n", m.name, body(one, secret))
		}
	}
	return b.String()
}

// literal is a string of HCL and of JSON; the mark stays.
func literal(s string) string {
	return strings.ReplaceAll(jsonText(s), `\u0000`, mark)
}

func jsonText(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err.Error()
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// value is a tree as JSON of a plan, and what of it is sensitive: true, false, or a value of the same shape.
func value(tree any, secret string) (v, sensitive any) {
	fill := func(s string) string { return strings.ReplaceAll(s, mark, secret) }
	switch t := tree.(type) {
	case string:
		return fill(t), strings.Contains(t, mark)
	case document:
		inner, _ := value(t.value, secret)
		return jsonText(inner), holds(t.value)
	case []any:
		values, marks := []any{}, []any{}
		for _, e := range t {
			v, s := value(e, secret)
			values, marks = append(values, v), append(marks, s)
		}
		return values, marks
	case blocks:
		var list []any
		for _, e := range t {
			list = append(list, e)
		}
		return value(list, secret)
	case object:
		values, marks := map[string]any{}, map[string]any{}
		for _, m := range t {
			v, s := value(m.value, secret)
			values[fill(m.name)], marks[fill(m.name)] = v, s
			if strings.Contains(m.name, mark) {
				sensitive = true
			}
		}
		if sensitive != nil {
			return values, true
		}
		return values, marks
	}
	return tree, false
}

// planOf is a plan that creates the resources. Before are the same resources as they were, or nil.
func planOf(resources, before []resource, secret string, fits bool) string {
	var changes, configured []any
	for i, r := range resources {
		change := map[string]any{"actions": []string{"create"}, "before": nil, "after_unknown": map[string]any{"arn": true, "id": true, "key_id": true}}
		change["after"], change["after_sensitive"] = value(r.attrs, secret)
		if before != nil {
			change["actions"] = []string{"update"}
			change["before"], change["before_sensitive"] = value(before[i].attrs, secret)
		}
		one := map[string]any{"address": r.typ + "." + r.name, "mode": "managed", "type": r.typ, "name": r.name}
		planned, config := maps.Clone(one), maps.Clone(one)
		planned["provider_name"], planned["change"] = "registry.terraform.io/hashicorp/aws", change
		config["provider_config_key"], config["schema_version"] = "aws", 0
		config["expressions"] = expressions(r.attrs)
		changes, configured = append(changes, planned), append(configured, config)
	}
	root := map[string]any{"resources": configured}
	plan := map[string]any{"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": changes, "complete": true, "errored": false,
		"planned_values": map[string]any{"root_module": map[string]any{}},
		"configuration":  map[string]any{"root_module": root, "provider_config": map[string]any{"aws": map[string]any{"name": "aws", "full_name": "registry.terraform.io/hashicorp/aws"}}}}
	if fits {
		plan["variables"] = map[string]any{"s": map[string]any{"value": secret}}
		root["variables"] = map[string]any{"s": map[string]any{"sensitive": true}}
	}
	return jsonText(plan)
}

func expressions(attrs object) map[string]any {
	out := map[string]any{}
	for _, m := range attrs {
		switch t := m.value.(type) {
		case blocks:
			var list []any
			for _, b := range t {
				list = append(list, expressions(b))
			}
			out[m.name] = list
		case document:
			out[m.name] = map[string]any{}
			if holds(t) {
				out[m.name] = map[string]any{"references": []string{"var.s"}}
			}
		default:
			if holds(t) {
				out[m.name] = map[string]any{"references": []string{"var.s"}}
				continue
			}
			v, _ := value(t, "")
			out[m.name] = map[string]any{"constant_value": v}
		}
	}
	return out
}

// stateOf is the state that holds the resources.
func stateOf(resources []resource, secret string) string {
	var list []any
	for _, r := range resources {
		values, sensitive := value(r.attrs, secret)
		list = append(list, map[string]any{"address": r.typ + "." + r.name, "mode": "managed", "type": r.typ, "name": r.name, "schema_version": 0,
			"provider_name": "registry.terraform.io/hashicorp/aws", "values": values, "sensitive_values": sensitive})
	}
	return jsonText(map[string]any{"format_version": "1.0", "terraform_version": "1.11.4", "values": map[string]any{"root_module": map[string]any{"resources": list}}})
}

// sourcesOf are the resources as sources, with an expression for the secret.
func sourcesOf(resources []resource, expression string) string {
	var b strings.Builder
	for _, r := range resources {
		fmt.Fprintf(&b, "resource %q %q {\n%s}\n", r.typ, r.name, body(r.attrs, expression))
	}
	return b.String()
}
