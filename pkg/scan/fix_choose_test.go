package scan_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/keyproof/keyproof/pkg/scan"
)

// TestEverythingIsMended answers every question about a plan full of mistakes, and about its sources, until nothing is left: a
// grant, too, which somebody has to give up by name.
func TestEverythingIsMended(t *testing.T) {
	from, err := filepath.Abs("../../fixtures/plans/mistakes")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{"OWNER": "acme", "REPOSITORY": "site", "ROLE": "reader", "EXTERNAL_ID": "8f14e45f"}
	for _, input := range []string{"plan.json", "."} {
		t.Run(input, func(t *testing.T) {
			copied(t, from)
			if input == "." { // the sources alone
				if err := os.Remove("plan.json"); err != nil {
					t.Fatal(err)
				}
			}
			was := formatted(t)
			grants := 0
			choose := func(o *scan.Offer) (int, error) {
				if o.Finding.Rule == "kms-grant-external" {
					grants++
				}
				if len(o.Fixes[0].Placeholders) > 0 && !o.Fill(0, known) {
					t.Errorf("%s, %s: what is filled in does not end it", o.Finding.Address, o.Finding.Rule)
				}
				return 0, nil
			}
			out, err := scan.Fix(context.Background(), scan.Options{Paths: []string{input}}, scan.FixOptions{Choose: choose})
			if err != nil || len(out.Left) > 0 || out.Mended < 15 || grants != 1 {
				t.Fatalf("%v; %d findings are mended, %d grants; left: %+v", err, out.Mended, grants, out.Left)
			}
			write(t, out.Files)
			if input == "." && len(judged(t, ".")) > 0 {
				t.Errorf("the sources have findings: %+v", judged(t, "."))
			}
			if formatted(t) != was {
				t.Error("terraform fmt -check says something else than before")
			}
		})
	}
	t.Run("referred to", func(t *testing.T) {
		copied(t, from)
		if err := os.WriteFile("outputs.tf", []byte("output \"grant\" {\n  value = aws_kms_grant.vendor.grant_id\n}\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := scan.Fix(context.Background(), scan.Options{Paths: []string{"."}}, scan.FixOptions{Rule: "kms-grant-external", Choose: func(o *scan.Offer) (int, error) { return 0, nil }})
		if err != nil || len(out.Left) != 1 || len(out.Files) > 0 {
			t.Errorf("%v: a grant that something refers to is taken out: %+v", err, out.Files)
		}
	})
}
