package iam

import (
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
)

// The provider keeps blocks in sets that are ordered by a checksum of their values, and the order shows where it appends
// one block's values to another's. The form that the checksum is made of is that of the Terraform plugin SDK: each
// attribute in the order of its name, "name:value;", lists in (), sets in {}.

func setCode(s string) string { return strconv.Itoa(int(crc32.ChecksumIEEE([]byte(s)))) }

func principalsHash(r *renderer, in argument) string {
	ids := r.plain(in.get("identifiers"))
	slices.SortFunc(ids, func(a, b string) int { return strings.Compare(setCode(a+";"), setCode(b+";")) })
	ids = slices.Compact(ids)
	return setCode("identifiers:{" + terminated(ids) + "};type:" + r.plainText(in.get("type")) + ";")
}

func conditionHash(r *renderer, in argument) string {
	return setCode("test:" + r.plainText(in.get("test")) +
		";values:(" + terminated(r.plain(in.get("values"))) +
		");variable:" + r.plainText(in.get("variable")) + ";")
}

func terminated(values []string) string {
	var b strings.Builder
	for _, v := range values {
		b.WriteString(v)
		b.WriteByte(';')
	}
	return b.String()
}

func (r *renderer) plain(in argument) []string {
	var out []string
	for _, e := range r.elements(in) {
		out = append(out, r.plainText(e))
	}
	return out
}

func (r *renderer) plainText(in argument) string {
	p, _ := r.text(in)
	return p.s
}
