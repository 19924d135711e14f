package report

import (
	"fmt"

	"github.com/keyproof/keyproof/pkg/finding"
)

// notJudgedRule is the rule about resources that are named and not judged. In the text report it has a line for each type.
const notJudgedRule = "access-not-judged"

// typeNotJudged are the resources of one type that are named and not judged.
type typeNotJudged struct {
	typ, why string
	first    *finding.Finding
	count    int
}

// notJudged are the open findings of low severity about resources that are not judged, by type and reason.
func (v *view) notJudged() []typeNotJudged {
	types := map[policyKey]finding.NotJudged{}
	named := map[string]finding.NotJudged{} // a finding stands for the same one of other inputs, too
	for _, n := range v.report.NotJudged {
		types[policyKey{input: n.Input, address: n.Address}], named[n.Address] = n, n
	}
	var out []typeNotJudged
	at := map[[2]string]int{}
	for i := range v.open {
		f := &v.open[i].Finding
		if !isNotJudged(f) {
			continue
		}
		for _, address := range v.open[i].addresses {
			n, ok := types[policyKey{input: f.Input, address: address}]
			if !ok {
				n = named[address]
			}
			k := [2]string{n.Type, n.Why}
			j, ok := at[k]
			if !ok {
				j = len(out)
				at[k] = j
				out = append(out, typeNotJudged{typ: n.Type, why: n.Why, first: f})
			}
			out[j].count++
		}
	}
	return out
}

func isNotJudged(f *finding.Finding) bool {
	return f.Rule == notJudgedRule && f.Severity == finding.Low
}

// notJudgedTypes writes a line for each type.
func (t *textWriter) notJudgedTypes() {
	types := t.notJudged()
	if len(types) == 0 {
		return
	}
	t.heading(capital(finding.Low.String()), severityForms[finding.Low].color, t.title(notJudgedRule), " ("+notJudgedRule+")")
	t.line()
	for _, n := range types {
		what := visible(n.first.Address)
		if n.count > 1 {
			what = fmt.Sprintf("%d of type %s, such as %s", n.count, visible(n.typ), what)
		}
		t.prose("", "", what+": "+oneLine(n.why)+".")
	}
	t.line()
}
