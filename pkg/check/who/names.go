package who

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/spelling"
)

// principalForm tells what a name of a principal is, by its looks; "" for what is none.
func principalForm(name string) string {
	of, isARN := aws.ParseARN(name)
	kind, _, _ := strings.Cut(of.Resource, "/")
	switch {
	case name == "stranger":
		return "stranger"
	case aws.IsAccountID(name), isARN && of.Resource == "root":
		return "account"
	case kind == "oidc-provider", kind == "saml-provider":
		return "provider"
	case kind == "assumed-role" && isARN:
		return "session"
	case isARN && aws.IsAccountID(of.Account) && slices.Contains([]string{"user", "role", "federated-user"}, kind):
		return map[bool]string{true: "user", false: "role"}[kind == "user"]
	case strings.HasSuffix(name, ".amazonaws.com"), strings.HasSuffix(name, ".amazonaws.com.cn"):
		return "service"
	}
	return ""
}

// partyCalled is the role or user with an ARN or address; that of the input where several have the address, else the first one.
func (w *world) partyCalled(name string, input int) *party {
	if p := w.byARN[name]; p != nil {
		return p
	}
	if p := w.byAddress[managed{input, name}]; p != nil {
		return p
	}
	for _, s := range w.sides {
		if p := w.byAddress[managed{s.in.Number, name}]; p != nil {
			return p
		}
	}
	return nil
}

func (w *world) partyNames() []string {
	var out []string
	for _, p := range w.parties {
		if p.address != "" {
			out = append(out, p.address)
		}
	}
	return out
}

// pattern says whether a name holds a wildcard, which no name of one thing does.
func pattern(name string) bool { return strings.ContainsAny(name, "*?") }

func (m *Map) keyNames() []string {
	var out []string
	for _, k := range m.Keys {
		out = append(out, k.Address)
	}
	return out
}

// actionNamed is the permission with a name, without regard to case and with or without "kms:".
func actionNamed(name string) (string, error) {
	full := fullAction(name)
	var names []string
	for i := range aws.KeyActions {
		if a := aws.KeyActions[i]; strings.EqualFold(a.Name, full) {
			if !a.OnKey {
				return "", fmt.Errorf("%s is a permission on no key: IAM policies alone decide it, and who may call it is the same whatever the key", a.Name)
			}
			return a.Name, nil
		}
		names = append(names, aws.KeyActions[i].Name)
	}
	return "", fmt.Errorf("%q is no permission of AWS KMS that is known%s", name, suggest(full, names))
}

// suggest is a hint at the name that was meant, or at some that there are.
func suggest(name string, names []string) string {
	best := spelling.Nearest(name, names)
	switch {
	case best != "":
		return fmt.Sprintf("; did you mean %q?", best)
	case len(names) == 0:
		return "; the input has none"
	case len(names) > 5:
		return fmt.Sprintf("; some of the %d are %s", len(names), strings.Join(names[:5], ", "))
	}
	return "; there are " + strings.Join(names, ", ")
}

func (m *Map) other(w *world) *world {
	if w == m.after && m.before != nil {
		return m.before
	}
	return m.after
}

// Called says whether callers have a name: an address, an ARN, an account or organization, a service, or their kind.
func Called(name string, w finding.Who) bool {
	if w.Address != "" && spelling.Like(name, w.Address) || spelling.Like(name, w.Name) || name == w.Kind {
		return true
	}
	if w.Name == openName {
		return strings.Contains(name, "aws_iam_") || strings.HasPrefix(name, "arn:") // it may be one of them
	}
	if host, _ := aws.ProviderHost(w.Name); w.Kind == string(access.WhoProvider) && (host == strings.ToLower(name) || w.Name == "("+name+".arn)") {
		return true
	}
	account, isRoot := strings.CutSuffix(name, ":root")
	return isRoot && w.Kind == "account" && strings.HasSuffix(account, "::"+w.Name)
}

func fullAction(p string) string {
	if strings.Contains(p, ":") {
		return p
	}
	return "kms:" + p
}

func (p *party) called() string {
	if p.address != "" {
		return p.address
	}
	return p.ARN
}
