// Package access decides whom a policy document lets in at all, and which documents let in more than others. It is
// symbolic: a statement is a set of requests, what a document allows is the union of its Allow statements without its
// Deny statements, and an audience is one more set. It knows nothing of Terraform.
//
// Every witness that [Analyze] finds is replayed through the plain evaluator, pkg/evaluate, before it is returned.
package access
