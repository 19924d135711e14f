package scan

import (
	"context"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/suppress"
)

// suppress applies comments, exceptions and the baseline, and writes the baseline that was asked for.
func (r *run) suppress(ctx context.Context) {
	findings := r.result.Report.Findings
	if !r.NoSuppressions {
		s := suppress.Suppressions{Exceptions: r.config.Exceptions}
		var diags hcl.Diagnostics
		if !r.Untrusted {
			s.Comments, diags = suppress.Comments(r.commented(), r.ruleIDs())
			r.problem(diags)
		}
		if r.Baseline != "" {
			err := r.stays(r.Baseline)
			var b *suppress.Baseline
			if err == nil {
				b, err = suppress.LoadBaseline(r.Baseline)
			}
			if err != nil {
				r.errorf("The baseline cannot be read", "%s.", sentence(err))
			}
			s.Baseline = b
		}
		r.problem(s.Apply(findings, r.Now))
	}
	if r.WriteBaseline != "" {
		if err := suppress.WriteBaseline(ctx, r.WriteBaseline, findings); err != nil {
			r.errorf("The baseline cannot be written", "%s.", sentence(err))
		}
	}
}

// commented are the sources whose comments count: not those of downloaded modules, whose authors do not decide what is
// accepted here.
func (r *run) commented() map[string][]byte {
	out := map[string][]byte{}
	for name, src := range r.files {
		if !strings.Contains(name, ".terraform/modules/") {
			out[name] = src
		}
	}
	return out
}
