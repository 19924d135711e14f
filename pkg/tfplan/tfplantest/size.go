package tfplantest

import "fmt"

// Plan is a plan to make. The same Plan gives the same bytes.
type Plan struct {
	// Resources is how many resources it has, about 4 KB each; it is rounded up to whole modules of twenty.
	Resources int
	// Varied gives each policy a text of its own, lets a stranger use one key in five, and leaves the policies of
	// roles unknown where their key is yet to be created.
	Varied bool
}

// Resources is how many resources make a plan of about that many bytes.
func Resources(bytes int64) int { return int(max(1, bytes/4285)) }

// perModule is how many resources one module instance holds.
const perModule = 20

// modules is how many module instances the plan has.
func (p Plan) modules() int { return (p.Resources + perModule - 1) / perModule }

// resource is the k-th resource of a module instance: a key, a role, its policy, then instances.
type resource struct{ module, k int }

func (r resource) typ() string { return resourceType(r.k) }

func resourceType(k int) string {
	if k < len(policyTypes) {
		return policyTypes[k]
	}
	return "aws_instance"
}

// number tells resources of all modules apart.
func (r resource) number() int { return r.module*perModule + r.k }

// exists says whether the module instance is in the state before the plan: two of five are.
func exists(module int) bool { return module%5 < 2 }

func team(module int) string { return fmt.Sprintf("team.%d", module) }

func address(module int) string { return fmt.Sprintf("module.service[%q]", team(module)) }

// late says whether the resource's policy is known after apply only.
func (p Plan) late(r resource) bool { return p.Varied && !exists(r.module) && r.k == 2 }

// policyTypes are the first resources of every module instance.
var policyTypes = [...]string{"aws_kms_key", "aws_iam_role", "aws_iam_role_policy"}
