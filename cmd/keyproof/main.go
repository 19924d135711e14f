// Command keyproof says who can use the KMS keys of a Terraform plan, before it is applied.
//
// keyproof check judges plans and sources and is the gate; keyproof rules explains the rules; keyproof evaluate answers
// for single requests; keyproof comment posts a report to a pull request. The manual is README.md and docs/.
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args, os.Stdin, os.Stdout, os.Stderr))
}
