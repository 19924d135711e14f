// Package iam reads policy documents: every element and leaf, known or not, with its place in the text.
//
// It knows the grammar of the IAM policy language and nothing of its meaning, which is pkg/access. A document that AWS
// would refuse is still read as far as it goes: its [Problem]s say what is wrong with it.
//
// The grammar is that of https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.
package iam

import (
	"iter"
	"slices"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// Document is one policy document. The zero value is an empty document that grants nothing.
type Document struct {
	// Text is what was read; all offsets count in Text.S.
	Text       unknown.Text
	Version    String
	ID         String
	Statements []Statement
	// Opaque says that the text could not be read because what is not known before apply decides its shape.
	// Statements is empty then.
	Opaque bool
	// Problems are what is wrong with the document whatever it governs; Validate adds what depends on that.
	Problems []Problem
	// Readings are the document with the first of all repeated names, and with the last; nil where no name is repeated.
	// They have no Problems.
	Readings []*Document
}

// All are the statements.
func (d *Document) All() iter.Seq[*Statement] {
	return func(yield func(*Statement) bool) {
		for i := range d.Statements {
			if !yield(&d.Statements[i]) {
				return
			}
		}
	}
}

// Statement is the statement with an index, nil where there is none.
func (d *Document) Statement(index int) *Statement {
	for s := range d.All() {
		if s.Index == index {
			return s
		}
	}
	return nil
}

// Statement is one statement. A nil element is one that is not written.
type Statement struct {
	// Index counts from 0.
	Index      int
	Start, End int
	// Hole is the token of a statement, or of any number of statements, of which nothing is known; "" otherwise.
	Hole                    string
	Sid                     String
	Effect                  String
	Principal, NotPrincipal *Principals
	Action, NotAction       *List
	Resource, NotResource   *List
	Conditions              []Condition
	// ConditionHole is the token of a Condition element, or of operators in it, of which nothing is known.
	ConditionHole string
	// more is the token of a member of which not even the name is known: any element may be there that is not shown.
	more String
}

// String is a leaf. A value that is written as a number or boolean is its text.
type String struct {
	// S is the decoded value; unknown parts are tokens (see unknown.Hole).
	S string
	// Start and End are the offsets of the JSON value, quotes included.
	Start, End int
	// Set says that the leaf is there at all.
	Set bool
	// Bare says that the token stands for a whole JSON value that may as well be a list, or nothing.
	Bare bool
	// Quoted says that the value is written as a string, not as a number or boolean.
	Quoted bool
}

// Known says whether no part of the leaf is unknown.
func (s String) Known() bool { return !unknown.HasHole(s.S) }

// List is the value of an element that takes one string or a list of them.
type List struct {
	Items      []String
	Start, End int
	// Single says that it is written without brackets.
	Single bool
}

// All are the items; none where there is no element.
func (l *List) All() []String {
	if l == nil {
		return nil
	}
	return l.Items
}

// Principals is the value of Principal and NotPrincipal.
type Principals struct {
	Start, End int
	// Text is the value where it is a bare string, such as "*"; or the token where nothing is known of it.
	Text String
	// Entries are the members where it is an object.
	Entries []Entry
}

// Entry is one kind of principals: AWS, Service, Federated, CanonicalUser, or something that AWS refuses.
type Entry struct {
	Type   String
	Values List
}

// Values are the principals with their kinds; none where there is no element.
func (p *Principals) Values() iter.Seq2[String, String] {
	return func(yield func(kind, value String) bool) {
		for i := 0; p != nil && i < len(p.Entries); i++ {
			for _, v := range p.Entries[i].Values.Items {
				if !yield(p.Entries[i].Type, v) {
					return
				}
			}
		}
	}
}

// Condition is one key under one operator. Its values are alternatives.
type Condition struct {
	Operator String
	Key      String
	Values   List
	// Start and End span key and values.
	Start, End int
}

// Problem is something that AWS refuses, or ignores without a word.
type Problem struct {
	// Refused says that AWS refuses the document; otherwise it stores it and never applies the statement.
	Refused bool
	// Perhaps says that AWS may as well accept it, although its documentation says otherwise.
	Perhaps bool
	// Syntax says that the text is not a JSON object, so that nothing of it could be read.
	Syntax bool
	// NotPrincipal says that the problem is an Allow with NotPrincipal, which AWS once gave a meaning.
	NotPrincipal bool
	Message      string
	// Statement is the index of the statement, -1 for the document as a whole.
	Statement  int
	Start, End int
}

// Refused says whether AWS would refuse the document, of what Problems holds.
func Refused(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Refused })
}
