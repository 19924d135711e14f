# What people try first. Everything that must hold is in .ci/run, which CI calls, too.
.PHONY: build test check golden

build: ## the binary, static
	CGO_ENABLED=0 go build -trimpath -tags urfave_cli_no_docs -o keyproof ./cmd/keyproof

test: ## what the README says
	go test ./...

check: ## what CI runs
	.ci/run

golden: ## rewrite what is generated: goldens, schema, rule pages, completions, man page; read the diff
	go test ./pkg/report ./pkg/extract ./pkg/finding ./rules ./cmd/keyproof -update
