package tf

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Plan is what one input holds: a plan, a state, or a directory of sources.
type Plan struct {
	// TerraformVersion and Timestamp are as the input gives them, "" where it does not.
	TerraformVersion string
	Timestamp        string
	// Errored says that planning failed and resources are missing; Deferred counts changes put off to a later plan;
	// Incomplete says that the plan does not cover everything (-target).
	Errored    bool
	Deferred   int
	Incomplete bool
	// RefreshOnly says that nothing is planned: objects are as they were found, whatever the configuration says.
	RefreshOnly bool
	// Variables are the values of the root module's variables, sensitive ones marked.
	Variables map[string]cty.Value
	// Resources are the instances of the wanted types that exist after apply, and the data sources read during apply,
	// in the order of the input.
	Resources []*Resource
	// Read are the data sources that were read while planning.
	Read []*Resource
	// Gone are the addresses of instances of wanted types that the plan deletes or forgets, with what they were in Before.
	Gone []*Resource
	// Accounts are the account ids in the arn attributes of managed resources in the prior state, each with the address
	// of one resource that has it.
	Accounts map[string]string
	// Owned are the same by the provider configuration of the resource, where the configuration tells.
	Owned map[string]map[string]string
	// Root is the configuration, nil where the input has none (states).
	Root *ModuleConfig
	// Providers are the provider configurations by the names that resources have in Provider: aws, aws.west,
	// module.kms:aws.west.
	Providers map[string]*ProviderConfig
}

// OpenTofu says whether OpenTofu made the plan, and not Terraform: the addresses of the providers tell.
func (p *Plan) OpenTofu() bool {
	for _, c := range p.Providers {
		if strings.HasPrefix(c.FullName, "registry.opentofu.org/") {
			return true
		}
	}
	return false
}

// ProviderConfig is a provider block, or a provider without one.
type ProviderConfig struct {
	// FullName is the provider's address: registry.terraform.io/hashicorp/aws.
	FullName string
	// Config is how the block is written.
	Config Config
}

// ModuleConfig is one module as the configuration writes it.
type ModuleConfig struct {
	// Variables have the default, cty.NilVal where there is none.
	Variables map[string]cty.Value
	Outputs   map[string]Expr
	// Resources are keyed by "type.name" and "data.type.name".
	Resources map[string]*Config
	// Others are the provider configurations of the resources of types that were not wanted, by the same keys.
	Others map[string]string
	Calls  map[string]*ModuleCall
}

// ModuleCall is a module block.
type ModuleCall struct {
	Source  string
	Args    map[string]Expr
	Count   *Expr
	ForEach *Expr
	Module  *ModuleConfig
}
