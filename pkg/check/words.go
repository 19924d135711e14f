package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
)

// who says who is let in by the witness, in words. It speaks of all only where each of them is let in.
func (j *judged) who() string {
	r := &j.result
	if r.Witness == nil || r.Public != access.Yes && r.Verdict != access.ServiceOpen {
		return ""
	}
	what, when := doing(j.shownActions(r.Open), j.shownActions([]string{r.Witness.Action})[0]), ""
	if j.subject.Kind == iam.Trust {
		what = "assume the role"
	}
	if at := j.later(r.Witness); at != "" {
		when = "at such times as " + at + ", "
	}
	either := func(all, some string) string {
		if r.Everybody {
			return when + all
		}
		return when + some
	}
	switch {
	case r.Verdict == access.ServiceOpen:
		return when + "AWS services may " + what + " for anybody's resources"
	case r.Token:
		return either("anybody", "strangers") + " with a token of " + provider(j.witness(r.Witness).Principal) + " may " + what
	case !r.Usable:
		return either("everyone is allowed to ", "strangers are allowed to ") + what + ", which today works only from inside of the own account"
	}
	return either("any AWS account may ", "strangers may ") + what
}

func provider(name string) string {
	if _, host, ok := strings.Cut(name, "oidc-provider/"); ok {
		return host
	}
	return name
}

// doing names a few of the actions.
func doing(actions []string, first string) string {
	const few = 3
	names := []string{first}
	for _, a := range actions {
		if len(names) < few && !slices.Contains(names, a) {
			names = append(names, a)
		}
	}
	more := len(actions) - len(names)
	text := "call " + strings.Join(names, ", ")
	if more > 0 {
		text += fmt.Sprintf(" and %d more actions", more)
	}
	return text
}

// label names a statement.
func (j *judged) label(index int, sid iam.String) string {
	if name := j.text(sid); name != "" && name != hidden {
		return fmt.Sprintf("statement %q", name)
	}
	return fmt.Sprintf("statement %d", index+1)
}

// labels names statements by their indexes.
func (j *judged) labels(indexes []int) []string {
	var out []string
	for _, i := range indexes {
		sid := iam.String{}
		if s := j.doc.Statement(i); s != nil {
			sid = s.Sid
		}
		out = append(out, j.label(i, sid))
	}
	return out
}

// external names the principals of untrusted accounts that a statement lets in, as they may be shown: an account as a
// whole, or those that it lists.
func (j *judged) external(f *access.StatementFacts) string {
	var out []string
	let, told, written := map[string]bool{}, map[string]bool{}, j.asWritten(f.Statement.Index)
	for _, a := range f.Accounts {
		let[a] = true
	}
	for kind, v := range f.Statement.Principal.Values() {
		account := access.AccountOf(v.S)
		if kind.S != "AWS" || !let[account] {
			continue
		}
		name := j.text(written(v))
		if v.S == account || strings.HasSuffix(v.S, ":root") {
			name = "account " + j.shownAccount(written(v))
		}
		if !told[name] {
			out, told[name] = append(out, name), true
		}
	}
	if more := len(out) - mostJoined; more > 0 {
		return fmt.Sprintf("%s, and %d more", strings.Join(out[:mostJoined], " and "), more)
	}
	return strings.Join(out, " and ")
}

// undecidedWhy says what an undecided verdict waits for.
func (j *judged) undecidedWhy() string {
	switch names := j.shownNames(); {
	case len(names) > 0:
		return "it depends on " + strings.Join(j.result.DependsOn, ", ") + "; keyproof does not know " + strings.Join(names, ", ") +
			" as a condition key of such requests: update it, or say in the configuration whether it restricts who calls"
	case len(j.result.DependsOn) > 0:
		return "it depends on " + strings.Join(j.result.DependsOn, ", ")
	case strings.HasPrefix(j.result.Reason, "it depends on") && j.hides(0, len(j.doc.Text.S)):
		return "it depends on a part of the document that is sensitive"
	case j.result.Reason != "":
		return j.result.Reason
	}
	return "it depends on a value that is not known before apply"
}

// shownNames are the names in no table that decide.
func (j *judged) shownNames() []string {
	return slices.DeleteFunc(slices.Clone(j.result.Names), func(name string) bool { return name == hidden })
}

// problem says what is wrong with the document, the first thing first.
func (j *judged) problem() string {
	var list []iam.Problem
	for _, p := range j.result.Problems {
		if !p.NotPrincipal {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return ""
	}
	text := list[0].Message
	if j.hides(list[0].Start, max(list[0].End, list[0].Start+1)) || j.quotes(text) {
		text = "a part that is sensitive is not valid"
	}
	if n := len(list) - 1; n > 0 {
		text += fmt.Sprintf(" (and %d more)", n)
	}
	return text
}

// later is the time of a request that is only let in at some other time than now, "" for others.
func (j *judged) later(r *evaluate.Request) string {
	for key := range r.Context {
		if !clock(strings.ToLower(key)) {
			continue
		}
		v := j.strangers(key, r)
		if at, ok := iam.ParseDate(v); ok && at.Sub(j.subject.Now).Abs() > time.Minute {
			return v
		}
	}
	return ""
}

// strangers is the value that the request has for a key, as it may be shown.
func (j *judged) strangers(key string, r *evaluate.Request) string {
	for k, v := range j.witness(r).Context {
		if !strings.EqualFold(k, key) {
			continue
		}
		switch v := v.(type) {
		case string:
			return v
		case []string:
			return strings.Join(v, ", ")
		}
	}
	return hidden
}

func clock(key string) bool { return key == aws.KeyCurrentTime || key == aws.KeyEpochTime }

// words tells the way in one sentence.
func (r *reach) words() string {
	text := r.way()
	if j := r.refused(); j != nil {
		text += " (taken literally: AWS refuses the policy of " + j.policy.Address + " as it is written)"
	}
	return text
}

func (r *reach) way() string {
	role := r.role.policy.Address
	actions := r.actions()
	what := doing(actions, actions[0])
	text, that := r.role.who()+" "+role, "that role"
	for _, next := range r.chain {
		text += ", which may assume " + next.policy.Address
		that = next.policy.Address
	}
	if r.grant != nil {
		return text + ", and the grant " + r.grant.policy.Address + " lets " + that + " " + what
	}
	text += ", and the key policy "
	if r.reach.Direct {
		return text + "lets " + that + " " + what
	}
	giver := r.by
	if r.grants != nil {
		giver = r.grants.policy.Address
	}
	return text + "delegates to the account, whose policy " + giver + " lets " + that + " " + what
}

// actions are those that the way opens, as they may be printed.
func (r *reach) actions() []string {
	out := r.key.shownActions(r.reach.Actions)
	for _, o := range r.others {
		out = o.shownActions(out)
	}
	return out
}

// mostJoined is how many elements of a list a text names; the others are counted.
const mostJoined = 20
