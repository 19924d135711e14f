package report

import (
	"net/url"
	"strings"
)

const homepage = "https://github.com/keyproof/keyproof"

// webAddress says whether s is the address of a web page, and nothing more than that.
func webAddress(s string) bool {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("<>\"'`\\^{|}", r) }) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// rulesPage describes all rules that are built in.
const rulesPage = homepage + "/blob/main/rules/README.md"
