package evaluate_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"

	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

type recorded struct {
	Policy   json.RawMessage   `json:"policy"`
	Request  evaluate.Request  `json:"request"`
	Decision evaluate.Decision `json:"decision"`
}

// TestDecisions holds Decide against the recorded decisions of an independent simulator of AWS.
func TestDecisions(t *testing.T) {
	f, err := os.Open("../../fixtures/decisions.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	scanner := bufio.NewScanner(z)
	scanner.Buffer(nil, 1<<20)
	n, bad := 0, 0
	for scanner.Scan() {
		var r recorded
		if err := json.Unmarshal(scanner.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		n++
		doc := iam.Parse(unknown.Known(string(r.Policy)))
		if got := evaluate.Decide(doc, &r.Request); got != r.Decision {
			if bad++; bad <= 10 {
				t.Errorf("line %d: got %s, want %s: %s", n, got, r.Decision, scanner.Bytes())
			}
		}
	}
	if scanner.Err() != nil || n < 10000 {
		t.Fatalf("%d decisions read, %v", n, scanner.Err())
	}
	if bad > 0 {
		t.Errorf("%d of %d decisions differ", bad, n)
	}
}
