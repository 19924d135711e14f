package aws

// ManagedPolicies is the whole copy.
func ManagedPolicies() string { return managedPolicies }
