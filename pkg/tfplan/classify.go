package tfplan

import "slices"

// foreign are JSON documents that are no plan, by names at their top. The first that fits counts, before plans and
// states, because some have members of the same names.
func foreign() []foreignDocument {
	return []foreignDocument{
		{wrongLog, []string{"@level", "@message"}},
		{wrongRedacted, []string{"plan_format_version"}},
		{wrongCloudPlan, []string{"remote_plan_format"}},
		{wrongEncrypted, []string{"encrypted_data", "encryption_version"}},
		{wrongSchemas, []string{"provider_schemas"}},
		{wrongFunctions, []string{"function_signatures"}},
		{wrongValidate, []string{"valid", "error_count"}},
		{wrongVersion, []string{"terraform_version", "provider_selections"}},
		{wrongRawState, []string{"lineage"}},
		{wrongModules, []string{"Modules"}},
		{wrongReport, []string{"tool", "inputs"}},
		{wrongReport, []string{"findings", "inputs"}},
		{wrongCloudFormation, []string{"AWSTemplateFormatVersion"}},
		{wrongCloudFormation, []string{"Resources"}},
		{wrongAWSPolicy, []string{"PolicyDocument"}},
		{wrongAWSPolicy, []string{"PolicyVersion"}},
		{wrongAWSPolicy, []string{"Policy"}},
		{wrongAWSPolicy, []string{"Role"}},
		{wrongConfig, []string{"root_module"}},
		{wrongConfig, []string{"provider_config"}},
	}
}

type foreignDocument struct {
	is    *wrongInput
	names []string
}

// planNames are the members that only a plan has. Terraform leaves out those that are empty.
func planNames() []string {
	return []string{
		"resource_changes", "planned_values", "configuration", "prior_state", "resource_drift", "output_changes",
		"relevant_attributes", "deferred_changes", "action_invocations", "deferred_action_invocations", "variables",
		"applyable", "complete", "errored",
	}
}

// sourceNames are the blocks of sources in JSON syntax.
func sourceNames() []string {
	return []string{"resource", "data", "module", "locals", "terraform", "variable", "provider", "output"}
}

// classify says what the names stand for. Other without a wrongInput means that they do not tell yet.
func (s *topNames) classify() (Kind, *wrongInput) {
	if s.start == '[' {
		if s.broken {
			return Other, wrongNotJSON
		}
		return Other, wrongList
	}
	if s.outputs && len(s.names) > 0 {
		return Other, wrongOutputs
	}
	for _, f := range foreign() {
		if s.all(f.names) {
			return Other, f.is
		}
	}
	switch {
	case s.names["Statement"]:
		return Policy, nil
	case s.any(planNames()):
		return Plan, nil
	case s.names["values"] && s.names["format_version"]:
		return State, nil
	case s.any(sourceNames()):
		return Other, wrongSourceJSON
	case s.broken && len(s.names) == 0:
		return Other, wrongNotJSON
	case !s.ended:
		return Other, nil
	case len(s.names) == 0:
		return Other, wrongEmptyObject
	case s.only("Version", "Id", "version", "id", "statement", "STATEMENT"):
		// A policy document with a mistake in it: who reads it says which.
		return Policy, nil
	case s.only("format_version", "terraform_version", "checks") && s.names["format_version"]:
		return Other, wrongNothingShown
	}
	return Other, wrongUnknownJSON
}

func (s *topNames) all(names []string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { return !s.names[n] })
}

func (s *topNames) any(names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return s.names[n] })
}

func (s *topNames) only(names ...string) bool {
	for n := range s.names {
		if !slices.Contains(names, n) {
			return false
		}
	}
	return true
}

// Kind is what an input is.
type Kind string

// The kinds that can be read. Everything else is of kind Other, and comes with a diagnostic.
const (
	Plan   Kind = "plan"   // plan JSON
	State  Kind = "state"  // state JSON
	Binary Kind = "binary" // what terraform plan -out writes: see OpenSnapshot
	Policy Kind = "policy" // a policy document
	Other  Kind = ""
)
