// Package sets holds sets of values that are too many to list: regular languages with what a policy language can say of texts
// (patterns with runs and choices of characters), and sets of addresses. Whether a sample of some sets and of the complements of
// others exists is decided exactly, within a budget of work.
//
// The files go from the small to the large: chars, pattern, builder and escape, language, then find, which looks for a sample,
// with product and nfa, the automata that it falls back on; addresses are for themselves.
//
// What the texts mean is not known here.
//
// It is no API: it may change in any version.
package sets
