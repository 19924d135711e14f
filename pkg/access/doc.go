// Package access decides whom a policy document lets in at all, and which documents let in more than others. It is
// symbolic: a statement is a set of requests, what a document allows is the union of its Allow statements without its
// Deny statements, and an audience is one more set. It knows nothing of Terraform.
//
// Every witness that [Analyze] finds is replayed through the plain evaluator, pkg/evaluate, before it is returned.
//
// No file uses one that stands after it here:
//
//   - actions, document, verdict, symbol, subject, claims: what is asked about, and what stands for what is not known
//   - domain, condition_text, comparison, dimension, resource: sets of values, and how condition keys are read out of them
//   - regions, shown, readings, unknown_leaves to unknown_fill, with unknown_rivals: the documents that one may be whose parts are not known
//   - classes, statement: classes of callers, and a statement in the form that every question asks
//   - question, question_new, request_form, callers, account_keys, tenant, free, federated, holder, request_form_keys: the forms of requests,
//     and which condition keys each has
//   - substitute, condition, resource_variable, box: a statement as a set of requests of one form
//   - ties: what keys have to do with each other that one request has
//   - search, request_forms, witness, identity, decide, unknown, analyze: the verdict
//   - held, everything, facts_accounts, facts, compare: what rules ask, and whether one document lets in more than another
//   - audience_row, names, audience_ground to audience: all whom a document lets in
//   - session, joint, reach: documents that have their say together
package access
