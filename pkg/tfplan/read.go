package tfplan

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Plan reads the rest of the input as plan JSON or state JSON, and sets Kind to which of them it was. For any other input, and
// for one that is broken, the plan is nil and the diagnostics hold an error. In a state the resources have no action and no
// Before.
func (in *Input) Plan() (*tf.Plan, hcl.Diagnostics) {
	if wrong := in.Kind.wrong(); wrong != nil {
		return nil, in.diagnostics(wrong)
	}
	c := &cutter{r: in.text, wanted: in.opts.wanted(), cuts: &in.cuts}
	text := readAhead(c)
	r := newReader(text, c.wanted, in.opts.Limits)
	kind, err := r.document()
	text.close(in.start >= 0)
	if err != nil {
		in.Kind = Other
		return nil, in.diagnostics(err)
	}
	in.Kind = kind
	r.finish(kind)
	return r.plan, r.warnings(kind, in.opts.Name)
}

func newReader(text io.Reader, w wanted, limits Limits) *reader {
	return &reader{
		stream:  newStream(text, limits),
		wanted:  w,
		plan:    &tf.Plan{Accounts: map[string]string{}},
		prior:   stateResources{all: true},
		current: stateResources{all: true},
		marked:  map[*tf.Resource]bool{},
		owned:   map[string]owned{},
	}
}

// wrong says why an input of that kind is no plan, nil where it may be one.
func (k Kind) wrong() *wrongInput {
	switch k {
	case Plan, State:
		return nil
	case Binary:
		return &wrongInput{"This is a binary plan, whose values cannot be read",
			"It serves as --source for the plan JSON made of it, because it holds the sources. In the directory that it was made in, " + lower(showPlan)}
	case Policy:
		return &wrongInput{"This is a policy document, not a plan", makePlan}
	}
	return wrongText
}

// document reads the whole document.
func (r *reader) document() (Kind, error) {
	s := newTopNames(r.dec.PeekKind())
	s.outputs = false
	err := r.object(func(name string) error {
		s.add(name)
		return r.member(name)
	})
	if err != nil {
		return Other, err
	}
	s.ended = true
	if err := r.atEnd(); err != nil {
		return Other, err
	}
	kind, wrong := s.classify()
	switch {
	case wrong != nil:
		return Other, wrong
	case kind == Policy:
		return Other, Policy.wrong()
	case kind == Plan && r.planned && !r.hasChanges && !r.hasPrior:
		return Other, &contentError{problem: "plans resources, but has neither their changes (resource_changes) nor a prior state"}
	case r.version == "":
		return Other, &contentError{problem: "has no format_version, as everything that `terraform show -json` prints"}
	}
	return kind, nil
}

// member reads one member at the top of the document.
func (r *reader) member(name string) (err error) {
	switch name {
	case "format_version":
		if r.version, err = r.str(); err == nil {
			err = r.checkVersion()
		}
	case "terraform_version":
		r.plan.TerraformVersion, err = r.str()
	case "timestamp":
		r.plan.Timestamp, err = r.str()
	case "errored":
		r.plan.Errored, err = r.boolean()
	case "complete":
		var complete bool
		if r.dec.PeekKind() == 'n' {
			return r.skip()
		}
		complete, err = r.boolean()
		r.plan.Incomplete = !complete
	case "variables":
		err = r.variables()
	case "resource_changes":
		err = r.array(func(int) error {
			if !r.hasChanges {
				r.hasChanges, r.prior.managed, r.prior.all = true, nil, false
			}
			return r.change()
		})
	case "planned_values":
		err = r.object(func(name string) error {
			if name != "root_module" {
				return r.skip()
			}
			return r.object(func(name string) error {
				r.planned = r.planned || name == "resources" || name == "child_modules"
				return r.skip()
			})
		})
	case "deferred_changes":
		err = r.array(func(i int) error {
			r.plan.Deferred = i + 1
			return r.skip()
		})
	case "prior_state":
		r.hasPrior = true
		err = r.object(func(name string) error {
			if name != "values" {
				return r.skip()
			}
			return r.state(&r.prior)
		})
	case "values":
		err = r.state(&r.current)
	case "configuration":
		err = r.configuration()
	default:
		err = r.skip()
	}
	return err
}

// variables reads the values of the root module's variables. One without a value is not known.
func (r *reader) variables() error {
	r.given = map[string]cty.Value{}
	return r.object(func(name string) error {
		v := cty.DynamicVal
		err := r.object(func(member string) (err error) {
			if member != "value" {
				return r.skip()
			}
			v, err = r.value()
			return err
		})
		r.given[name] = v
		return err
	})
}

// checkVersion accepts the versions 0 and 1 of the format: Terraform promises that 1.x only ever adds to it.
func (r *reader) checkVersion() error {
	major, _, ok := r.versionNumbers()
	switch {
	case !ok:
		return r.wrong("is not a version such as 1.2")
	case major > 1:
		return &wrongInput{"The format of this JSON is too new",
			fmt.Sprintf("It has the format version %d, and versions below 2 can be read. Update this program, or make the JSON with an older Terraform.", major)}
	}
	return nil
}

func (r *reader) versionNumbers() (major, minor int, ok bool) {
	first, rest, _ := strings.Cut(r.version, ".")
	second, _, _ := strings.Cut(rest, ".")
	major, err := strconv.Atoi(first)
	minor, err2 := strconv.Atoi(second)
	return major, minor, errors.Join(err, err2) == nil && major >= 0 && minor >= 0
}

// warnings says once that the format is newer than what is known.
func (r *reader) warnings(kind Kind, name string) hcl.Diagnostics {
	known := 2
	if kind == State {
		known = 0
	}
	major, minor, _ := r.versionNumbers()
	if major < 1 || minor <= known {
		return nil
	}
	return hcl.Diagnostics{{
		Severity: hcl.DiagWarning,
		Summary:  "The format of this JSON is newer than this program",
		Detail:   fmt.Sprintf("It has the format version 1.%d, and 1.%d is known. What was added since is ignored.", minor, known),
		Subject:  &hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos},
	}}
}

// finish joins what the parts of the document tell of the same thing.
func (r *reader) finish(kind Kind) {
	p := r.plan
	switch {
	case kind == State:
		p.Resources, p.Read = r.current.managed, r.current.data
	case r.hasChanges:
		p.Read = r.prior.data
	default:
		for _, res := range r.prior.managed {
			res.Action, res.Before = tf.NoOp, res.After
		}
		p.Resources, p.Read = r.prior.managed, r.prior.data
		p.RefreshOnly = true
	}
	r.dropDeferred()
	p.Variables = map[string]cty.Value{}
	for name, v := range r.given {
		if !r.open[name] {
			v = v.Mark(unknown.Sensitive)
		}
		p.Variables[name] = v
	}
	r.hideShared(p.Resources, p.Read, p.Gone)
	if p.Root != nil {
		j := joiner{root: p.Root, modules: map[string]*tf.ModuleConfig{}}
		for _, list := range [][]*tf.Resource{p.Resources, p.Read, p.Gone} {
			for _, res := range list {
				j.join(res, r.marked[res])
			}
		}
		r.ownedBy(&j)
	}
}

// dropDeferred takes out of Read what is read again during apply: the state may still hold the result of the last time.
func (r *reader) dropDeferred() {
	deferred := map[string]bool{}
	for _, res := range r.plan.Resources {
		if res.Mode == tf.Data {
			deferred[res.Address] = true
		}
	}
	r.plan.Read = slices.DeleteFunc(r.plan.Read, func(res *tf.Resource) bool { return deferred[res.Address] })
}
