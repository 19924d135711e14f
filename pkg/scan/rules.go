package scan

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/file"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/rules"
)

// loadRules reads the built-in rules and the user's own.
func (r *run) loadRules() {
	all, diags := builtin()
	r.problem(diags)
	if r.RulesDir != "" && r.rulesStay() {
		own, diags := check.Load(os.DirFS(r.RulesDir))
		files, diags := r.ruleFiles(diags)
		for name, src := range files {
			r.files[r.name(name)] = src
		}
		r.problem(diags)
		all, diags = check.Merge(all, own)
		r.problem(diags)
	}
	r.all = all
	r.problem(r.config.Check(r.ruleIDs()))
	for _, rule := range all {
		if _, chosen := r.config.Severity[rule.ID]; r.config.Disabled(rule.ID) || rule.Off && !chosen {
			continue
		}
		r.lowered(rule)
		one := *rule
		one.Severity = r.config.SeverityOf(rule.ID, rule.Severity)
		r.rules = append(r.rules, &one)
	}
}

func (r *run) ruleIDs() []string {
	var ids []string
	for _, rule := range r.all {
		ids = append(ids, rule.ID)
	}
	return ids
}

// rulesStay says whether no own rule is a link that leads out of its repository.
func (r *run) rulesStay() bool {
	entries, _ := os.ReadDir(r.RulesDir) // whatever else is wrong with it, loading the rules says
	for _, e := range entries {
		if err := r.stays(filepath.Join(r.RulesDir, e.Name())); err != nil && filepath.Ext(e.Name()) == ".hcl" {
			r.errorf("Rule file cannot be read", "%s.", sentence(err))
			return false
		}
	}
	return true
}

// ruleFiles gives diagnostics about own rules the path of the file, and returns those files for excerpts.
func (r *run) ruleFiles(diags hcl.Diagnostics) (map[string][]byte, hcl.Diagnostics) {
	files := map[string][]byte{}
	for _, d := range diags {
		if r.RulesDir == "" || d.Subject == nil {
			if d.Summary == check.NoRules {
				d.Detail = fmt.Sprintf("The directory %s holds no .hcl file with rules.", r.RulesDir)
				if info, err := os.Stat(r.RulesDir); err != nil || !info.IsDir() {
					d.Detail = fmt.Sprintf("There is no directory %s.", r.RulesDir)
				}
			}
			continue
		}
		name := filepath.Join(r.RulesDir, d.Subject.Filename)
		if src, err := file.Read(name, check.MaxRuleFile); err == nil {
			at := *d.Subject
			at.Filename = name
			d.Subject, files[name] = &at, src
		}
	}
	return files, diags
}

// builtin reads the rules of the program, once: they are the same in every run.
var builtin = sync.OnceValues(func() ([]*check.Rule, hcl.Diagnostics) { return check.LoadKnown(rules.FS) })

// lowered notes a rule whose severity the configuration lowers. The rule still has its own severity.
func (r *run) lowered(rule *check.Rule) {
	if now := r.config.SeverityOf(rule.ID, rule.Severity); now < rule.Severity {
		r.loweredRules = append(r.loweredRules, finding.Setting{
			What: fmt.Sprintf("severity %s = %s (%s by itself)", rule.ID, now, rule.Severity),
			From: fmt.Sprintf("%s:%d", r.name(r.config.Path), r.config.SeverityAt[rule.ID].Start.Line),
		})
	}
}
