package access_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
)

// TestFolders reads the key policies in folders that say whether they are public. Values that are not known are written
// as in TestDependsOn: ⟨any var.reader⟩.
func TestFolders(t *testing.T) {
	for folder, want := range map[string]access.Public{"public": access.Yes, "private": access.No, "unknown": access.Unsure} {
		files, err := filepath.Glob("../../fixtures/policies/" + folder + "/*.json")
		if err != nil || len(files) < 4 {
			t.Fatalf("%s has %d files, %v", folder, len(files), err)
		}
		for _, file := range files {
			t.Run(folder+"/"+filepath.Base(file), func(t *testing.T) {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				doc, s := iam.Parse(holed(t, string(text))), own(iam.Key)
				r := access.Analyze(doc, s)
				if r.Public != want || len(r.Problems) > 0 {
					t.Errorf("public %s (%s), problems %v", r.Public, r.Verdict, r.Problems)
				}
				if unsure := r.Public == access.Unsure; !unsure && len(r.DependsOn) > 0 || unsure && len(r.DependsOn) == 0 && r.Reason == "" {
					t.Errorf("public %s depends on %q (%s)", r.Public, r.DependsOn, r.Reason)
				}
				checkResult(t, doc, s, r)
			})
		}
	}
}
