package suppress

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/config"
)

// maxComments bounds the work: every finding is held against every comment.
const maxComments = 10_000

// Comments finds the comments that silence rules in sources: files by name, of which those that are no Terraform sources
// are passed over. The names must be those that locations of findings use. Rules are the names of all rules; a comment
// that names another one, or gives no reason, or a malformed date, is an error and silences nothing.
//
// Leave out the files of downloaded modules: whoever publishes a module does not decide what is accepted here.
func Comments(files map[string][]byte, rules []string) ([]Comment, hcl.Diagnostics) {
	var all []Comment
	var diags hcl.Diagnostics
	count := 0
	for _, name := range slices.Sorted(maps.Keys(files)) {
		src := files[name]
		if !bytes.Contains(src, []byte(prefix)) {
			continue
		}
		var found []remark
		switch {
		case hasSuffix(name, ".tf.json", ".tofu.json"):
			found = jsonRemarks(src, name)
		case hasSuffix(name, ".tf", ".tofu", ".tfvars"):
			found = hclRemarks(src, name)
		}
		for _, r := range found {
			if count++; count > maxComments {
				return nil, append(diags, &hcl.Diagnostic{
					Severity: hcl.DiagError,
					Summary:  "Too many comments",
					Detail:   fmt.Sprintf("The sources hold more than %d comments with %s. Accept what is there with a baseline.", maxComments, prefix),
					Subject:  r.place.Ptr(),
				})
			}
			c, more := r.parse(rules)
			diags = append(diags, more...)
			if c != nil && !more.HasErrors() {
				all = append(all, *c)
			}
		}
	}
	return all, diags
}

func hasSuffix(name string, suffixes ...string) bool {
	return slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(name, s) })
}

// parse reads a remark, nil where it is not meant for keyproof.
func (r *remark) parse(rules []string) (*Comment, hcl.Diagnostics) {
	if r.split {
		return nil, r.parseSplit()
	}
	rest, ok := strings.CutPrefix(strings.TrimSpace(r.text), prefix)
	if !ok {
		return nil, nil
	}
	word, rest, _ := strings.Cut(strings.Replace(rest, "\t", " ", 1), " ")
	switch word {
	case "": // prose, such as "keyproof: see the manual"
		return nil, nil
	case directive:
	default:
		return nil, hcl.Diagnostics{{
			Severity: hcl.DiagWarning,
			Summary:  "A comment that is not understood",
			Detail:   "There is no " + prefix + word + "; what silences a rule is " + usage,
			Subject:  r.place.Ptr(),
		}}
	}
	c := &Comment{Range: r.place, reach: r.reach}
	return c, c.parse(strings.Fields(rest), rules)
}

const usage = prefix + directive + " RULE until=2027-01-31 and why it is accepted, where until= may be left out."

// parseSplit refuses a directive in a comment of several lines, of which it would not be clear what it stands above.
func (r *remark) parseSplit() hcl.Diagnostics {
	for line := range strings.Lines(r.text) {
		if strings.HasPrefix(strings.Trim(line, "* \t\r\n"), prefix+directive) {
			return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "A comment of several lines",
				Detail: "Write " + prefix + directive + " in a comment of its own on one line.", Subject: r.place.Ptr()}}
		}
	}
	return nil
}

// parse reads what follows the directive.
func (c *Comment) parse(fields, rules []string) hcl.Diagnostics {
	var diags hcl.Diagnostics
	fail := func(summary, detail string) {
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: c.Range.Ptr()})
	}
	names, fields := takeRules(fields)
	if len(names) == 0 {
		fail("A comment without a rule", "Write "+usage)
		return diags
	}
	for _, name := range names {
		if d := config.UnknownRule(name, rules, c.Range); d != nil {
			diags = append(diags, d)
		} else if !slices.Contains(c.Rules, name) {
			c.Rules = append(c.Rules, name)
		}
	}
	var reason []string
	for _, f := range fields {
		date, ok := strings.CutPrefix(f, "until=")
		if !ok {
			reason = append(reason, f)
			continue
		}
		until, err := time.Parse(time.DateOnly, date)
		switch {
		case err != nil:
			fail("A comment with a malformed date", "until= takes year, month and day, such as until=2027-01-31.")
		case !c.Until.IsZero():
			fail("A comment with two dates", "Write until= once.")
		}
		c.Until = until
	}
	c.Reason = strings.TrimLeft(strings.Join(reason, " "), "-–—:; ")
	if c.Reason == "" {
		fail("A comment without a reason", "Say why this is accepted, for whoever reads it next: "+usage)
	}
	return diags
}

// takeRules takes the names at the front, which are separated by commas with or without spaces.
func takeRules(fields []string) (names, rest []string) {
	for i, more := 0, true; more && i < len(fields); i++ {
		if strings.HasPrefix(fields[i], "until=") {
			return names, fields[i:]
		}
		for n := range strings.SplitSeq(fields[i], ",") {
			if n != "" {
				names = append(names, n)
			}
		}
		rest = fields[i+1:]
		more = strings.HasSuffix(fields[i], ",") || len(rest) > 0 && strings.HasPrefix(rest[0], ",")
	}
	return names, rest
}
