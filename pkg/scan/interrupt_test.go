package scan_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keyproof/keyproof/pkg/scan"
)

var errStop = errors.New("somebody pressed a key")

// endless is a plan whose list of changes never ends.
type endless struct {
	started chan struct{}
	rest    string
}

func (e *endless) Read(p []byte) (int, error) {
	if e.rest == "" {
		e.rest = `{"address":"random_pet.x","mode":"managed","type":"random_pet","name":"x","change":{"actions":["no-op"]}},`
		select {
		case e.started <- struct{}{}:
		default:
		}
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func TestEndOfContext(t *testing.T) {
	head := `{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[`
	t.Run("while a plan is read", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		defer cancel(nil)
		plan := &endless{started: make(chan struct{}), rest: head}
		go func() {
			<-plan.started
			cancel(errStop)
		}()
		stops(t, ctx, scan.Options{Paths: []string{"-"}, Stdin: plan})
	})
	t.Run("before anything", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(errStop)
		stops(t, ctx, scan.Options{Paths: []string{"-"}, Stdin: strings.NewReader(head + "]}")})
		stops(t, ctx, scan.Options{Paths: []string{"../../fixtures/plans/mistakes"}})
	})
	t.Run("nothing is written", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		baseline := filepath.Join(t.TempDir(), "baseline.json")
		plan := &endsWith{r: strings.NewReader(head + "]}"), last: func() { cancel(errStop) }}
		stops(t, ctx, scan.Options{Paths: []string{"-"}, Stdin: plan, WriteBaseline: baseline})
		if _, err := os.Stat(baseline); err == nil {
			t.Error("a baseline was written after the end of the context")
		}
	})
}

// endsWith does something when everything was read.
type endsWith struct {
	r    io.Reader
	last func()
}

func (e *endsWith) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if err == io.EOF {
		e.last()
	}
	return n, err
}

func stops(t *testing.T, ctx context.Context, opts scan.Options) {
	t.Helper()
	type outcome struct {
		result *scan.Result
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		result, err := scan.Run(ctx, opts)
		done <- outcome{result, err}
	}()
	select {
	case o := <-done:
		if !errors.Is(o.err, errStop) || o.result != nil {
			t.Errorf("Run returned %v and the error %v, not the cause alone", o.result, o.err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Run goes on after the end of its context")
	}
}
