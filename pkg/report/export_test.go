package report

import "github.com/keyproof/keyproof/pkg/finding"

// Sentence is the sentence about a witness who is no stranger.
func Sentence(w *finding.Witness) string { return sentence(w, false) }
