package extract

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// answer finds out what an argument is after apply: what the plan knows, else what the sources write. Where there are
// none, what the plan's configuration refers to is taken for it, and that is an assumption: references do not say what an
// expression does with them.
func (x *extractor) answer(arg argument) answer {
	a := answer{sensitive: arg.value != cty.NilVal && unknown.IsSensitive(arg.value)}
	if !x.assumes && arg.source != nil && arg.source.Sure != nil {
		arg.source, arg.value = arg.source.Sure, cty.UnknownVal(cty.String)
	}
	raw, _ := arg.value.Unmark()
	switch {
	case raw != cty.NilVal && raw.IsKnown() && !raw.IsNull():
		x.known(arg, &a)
	case raw == cty.NilVal || raw.IsKnown():
		a.from, a.missing = FromDefault, arg.optional
		if !arg.optional {
			x.late(arg, &a) // a required argument: sources alone leave out what is null
		}
	case x.leftOut(arg, &a):
		if was, ok := kept(arg); ok {
			a.from, a.texts, a.assumed = FromPlan, []unknown.Text{was}, nil
			break
		}
		a.from, a.missing = FromDefault, true
	default:
		x.late(arg, &a)
	}
	return a
}

// kept is the text that an object has and keeps: an update never puts the default in its place.
func kept(arg argument) (unknown.Text, bool) {
	v, ok := unknown.Lookup(arg.res.Before, arg.path)
	if !ok || arg.res.Action != tf.Update || !v.IsKnown() || v.IsNull() {
		return unknown.Text{}, false
	}
	return knownText(v)
}

// known answers with the plan's own text, whose places the sources tell where they write the same.
func (x *extractor) known(arg argument, a *answer) {
	t, ok := knownText(arg.value)
	if !ok {
		a.from, a.dependsOn = "", []string{arg.res.Address + "." + arg.path}
		return
	}
	if arg.optional && t.S == "" {
		a.from, a.missing = FromDefault, true
		return
	}
	if arg.source != nil && len(arg.source.Texts) > 0 && x.sourcesAlone(arg.res) {
		x.written(arg, a)
		return
	}
	a.from, a.texts = FromPlan, []unknown.Text{t}
	if arg.source == nil {
		return
	}
	placed, finer := x.withPlaces(t, arg.source.Texts)
	a.texts = []unknown.Text{placed}
	a.sensitive = a.sensitive && !finer
}

// sourcesAlone says whether there is neither plan nor state behind a resource.
func (x *extractor) sourcesAlone(res *tf.Resource) bool {
	return res.Source != nil && x.plan.Root == nil && x.plan.TerraformVersion == ""
}

// late answers for an argument that the plan does not know.
func (x *extractor) late(arg argument, a *answer) {
	if arg.source != nil && len(arg.source.Texts) > 0 && arg.res.Source.Tells() {
		x.written(arg, a)
		return
	}
	targets := x.targets(arg)
	if text, ok := x.constant(arg); ok {
		a.from, a.texts = FromPlan, []unknown.Text{text}
		return
	}
	if text, ok := x.document(arg, targets, a); ok {
		a.from, a.texts = FromDocument, []unknown.Text{secretText(text, a.sensitive)}
		return
	}
	a.from, a.assumed, a.dependsOn = "", nil, x.reasons(arg, targets)
}

// written answers with what the sources write.
func (x *extractor) written(arg argument, a *answer) {
	a.from = FromSource
	if arg.source.Sure != nil && x.assumes {
		a.assumed, a.empty = append(a.assumed, arg.source.Assumed...), arg.source.AssumesEmpty
	}
	a.missing = arg.source.MayBeNull && arg.optional
	finer := false
	for _, t := range arg.source.Texts {
		finer = finer || t.SensitiveAt(0, len(t.S))
		if arg.optional && t.S == "" {
			a.missing = true
			continue
		}
		a.texts = append(a.texts, t)
	}
	if a.sensitive && !finer {
		for i, t := range a.texts {
			a.texts[i] = secretText(t, true)
		}
	}
	a.sensitive = a.sensitive && !finer
	if len(a.texts) == 0 {
		a.from = FromDefault
	}
}

// leftOut says whether an optional argument is not given at all: it is not written, or it is null, be it through a variable.
func (x *extractor) leftOut(arg argument, a *answer) bool {
	if !arg.optional {
		return false
	}
	if arg.res.Source.Tells() {
		return arg.source == nil
	}
	if !arg.configured || len(arg.exprs) == 0 {
		return arg.configured
	}
	targets := x.targets(arg)
	if len(targets) == 1 && targets[0].value != cty.NilVal {
		return targets[0].empty() && (len(arg.exprs[0].References) == 0 || x.assume(arg.path, targets[0], &a.assumed))
	}
	late := func(t target) bool { return !t.known() }
	if len(targets) == 0 || !x.assumes || slices.ContainsFunc(targets, late) || !slices.ContainsFunc(targets, target.empty) {
		return false // references do not show functions that only apply answers
	}
	a.assumed = append(a.assumed, arg.path+" is taken for left out to the provider, because all that it refers to is known before apply")
	return true
}

// empty says whether a value is known, and is null or holds nothing.
func (t target) empty() bool {
	return t.value != cty.NilVal && unknown.IsEmpty(t.value)
}

// constant is the literal that the configuration gives where the plan shows the argument as unknown all the same.
func (x *extractor) constant(arg argument) (unknown.Text, bool) {
	if len(arg.exprs) != 1 || arg.exprs[0].Constant == cty.NilVal || len(arg.exprs[0].References) > 0 {
		return unknown.Text{}, false
	}
	text, ok := knownText(arg.exprs[0].Constant)
	// Of sources in JSON syntax the plan has the text of the template in place of the value.
	return text, ok && !strings.Contains(text.S, "${") && !strings.Contains(text.S, "%{")
}

// targets are what an argument refers to.
func (x *extractor) targets(arg argument) []target {
	at := x.index.placeOf(arg.res)
	var out []target
	for _, e := range arg.exprs {
		for _, t := range x.index.targets(e, at) {
			if !slices.ContainsFunc(out, t.same) {
				out = append(out, t)
			}
		}
	}
	return out
}

// reasons name what decides an argument.
func (x *extractor) reasons(arg argument, targets []target) []string {
	var out []string
	add := func(refs ...string) {
		for _, r := range refs {
			if r != "" && !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	if arg.source != nil && arg.res.Source.Tells() {
		for _, u := range arg.source.Unknown {
			add(u.Refs()...)
		}
	}
	if len(out) == 0 {
		add(undecidedTexts(targets)...)
	}
	if len(out) == 0 && arg.value != cty.NilVal {
		_, m := unknown.Unmark(arg.value)
		for _, u := range m.Refs {
			add(u.Refs()...)
		}
	}
	if len(out) == 0 {
		add(arg.res.Address + "." + arg.path)
	}
	slices.SortFunc(out, strings.Compare)
	return out
}

// undecidedTexts name the targets that are not known before apply. Locals, of which the plan does not tell, are named
// only where nothing else is left.
func undecidedTexts(targets []target) []string {
	var late, local []string
	for _, t := range targets {
		switch {
		case t.known():
		case strings.HasPrefix(t.text, "local."):
			local = append(local, t.text)
		default:
			late = append(late, t.text)
		}
	}
	if len(late) > 0 {
		return late
	}
	return local
}
