package report_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/report"
)

var screenshots = flag.String("screenshots", "", "save screenshots of the HTML report in this directory")

// browser is a headless Chromium, driven through its DevTools protocol over a pipe.
type browser struct {
	t       *testing.T
	in      io.Writer
	out     *bufio.Reader
	last    int
	session string
	events  []devtools
}

type devtools struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct{ Message string }
}

// startBrowser starts Chromium with an empty page, or skips the test where there is none.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("Chromium is not installed")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	args := []string{
		"--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--remote-debugging-pipe", "--user-data-dir=" + t.TempDir(),
	}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox")
	}
	toBrowser, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, fromBrowser, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.ExtraFiles = []*os.File{toBrowser, fromBrowser} // file descriptors 3 and 4
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	toBrowser.Close()
	fromBrowser.Close()
	b := &browser{t: t, in: in, out: bufio.NewReader(out)}
	t.Cleanup(func() {
		b.session = ""
		io.WriteString(in, `{"id":1000000,"method":"Browser.close"}`+"\x00")
		done := make(chan struct{})
		go func() { cmd.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			cancel()
			<-done
		}
		cancel()
		in.Close()
		out.Close()
	})
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

// call sends a command and waits for its answer, keeping the events that come before it.
func (b *browser) call(method string, params map[string]any, result any) {
	b.t.Helper()
	b.last++
	m := map[string]any{"id": b.last, "method": method}
	if params != nil {
		m["params"] = params
	}
	if b.session != "" {
		m["sessionId"] = b.session
	}
	text, err := json.Marshal(m)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.in.Write(append(text, 0)); err != nil {
		b.t.Fatal(err)
	}
	for {
		got := b.receive()
		if got.ID != b.last {
			b.events = append(b.events, got)
			continue
		}
		if got.Error != nil {
			b.t.Fatalf("%s: %s", method, got.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(got.Result, result); err != nil {
				b.t.Fatal(err)
			}
		}
		return
	}
}

func (b *browser) receive() devtools {
	b.t.Helper()
	text, err := b.out.ReadBytes(0)
	if err != nil {
		b.t.Fatalf("Chromium went away: %v", err)
	}
	var m devtools
	if err := json.Unmarshal(bytes.TrimSuffix(text, []byte{0}), &m); err != nil {
		b.t.Fatal(err)
	}
	return m
}

// open shows a page and waits until it is loaded.
func (b *browser) open(page []byte) {
	b.t.Helper()
	file := filepath.Join(b.t.TempDir(), "report.html")
	if err := os.WriteFile(file, page, 0o644); err != nil {
		b.t.Fatal(err)
	}
	b.events = nil
	b.call("Page.navigate", map[string]any{"url": (&url.URL{Scheme: "file", Path: file}).String()}, nil)
	for !b.saw("Page.loadEventFired") {
		b.events = append(b.events, b.receive())
	}
}

func (b *browser) saw(method string) bool {
	for _, e := range b.events {
		if e.Method == method {
			return true
		}
	}
	return false
}

// eval runs a script in the page and reads its value.
func (b *browser) eval(script string, value any) {
	b.t.Helper()
	var got struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Text string }
	}
	b.call("Runtime.evaluate", map[string]any{"expression": script, "returnByValue": true, "awaitPromise": true}, &got)
	if got.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", script, got.ExceptionDetails.Text)
	}
	if value != nil {
		if err := json.Unmarshal(got.Result.Value, value); err != nil {
			b.t.Fatalf("%s: %v", script, err)
		}
	}
}

// checkCalm holds that the page ran without errors, asked for nothing, and opened nothing.
func (b *browser) checkCalm() {
	b.t.Helper()
	b.eval("new Promise(done => setTimeout(done, 50))", nil)
	requests := 0
	for _, e := range b.events {
		switch e.Method {
		case "Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled", "Page.javascriptDialogOpening":
			b.t.Errorf("%s: %s", e.Method, e.Params)
		case "Network.requestWillBeSent":
			if requests++; requests > 1 {
				b.t.Errorf("a request besides the page: %s", e.Params)
			}
		}
	}
}

// screen sets the size of the screen and the colour scheme.
func (b *browser) screen(width, height int, scheme string) {
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}, nil)
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

func (b *browser) save(name string) {
	if *screenshots == "" {
		return
	}
	var shot struct{ Data string }
	b.call("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true, "format": "png"}, &shot)
	data, err := base64.StdEncoding.DecodeString(shot.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screenshots, name+".png"), data, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func TestHTMLInBrowser(t *testing.T) {
	b := startBrowser(t)
	for name, r := range samples(t) {
		page := write(t, "html", r, report.Options{})
		for _, size := range [][2]int{{390, 844}, {1280, 900}} {
			for _, scheme := range []string{"light", "dark"} {
				b.screen(size[0], size[1], scheme)
				b.open(page)
				b.save(fmt.Sprintf("%s-%d-%s", name, size[0], scheme))
				var wide bool
				b.eval("document.documentElement.scrollWidth > document.documentElement.clientWidth", &wide)
				if wide {
					t.Errorf("%s at %d pixels scrolls sideways", name, size[0])
				}
				if size[0] < 500 { // nor does a part of the page, with all of it open
					var parts []string
					b.eval("document.querySelectorAll('details').forEach(d => d.open = true), [...document.querySelectorAll('body *')]"+
						".filter(e => e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== 'visible').map(e => e.outerHTML.slice(0, 80))", &parts)
					for _, part := range parts {
						t.Errorf("%s at %d pixels has a part that scrolls sideways: %s", name, size[0], part)
					}
				}
				b.checkCalm()
			}
		}
		var title string
		b.eval("document.querySelector('h1').textContent", &title)
		if title == "" {
			t.Errorf("%s has no verdict", name)
		}
	}
}

func TestHTMLFilters(t *testing.T) {
	b := startBrowser(t)
	b.screen(1280, 900, "light")
	b.open(write(t, "html", full(t), report.Options{}))
	shown := func() []string {
		var ids []string
		b.eval("[...document.querySelectorAll('article')].filter(a => a.offsetHeight > 0).map(a => a.dataset.severity)", &ids)
		return ids
	}
	want := func(list string) {
		t.Helper()
		if got := strings.Join(shown(), " "); got != list {
			t.Errorf("shown %q, want %q", got, list)
		}
	}
	set := func(field, value string) {
		b.eval(fmt.Sprintf("{ const i = document.querySelector(%q); %s; i.dispatchEvent(new Event('input', {bubbles: true})) }", field, value), nil)
	}
	want("critical critical critical high high low")
	set("input[value=critical]", "i.checked = false")
	want("high high low")
	set("input[name=text]", "i.value = 'PARTNER window'")
	want("low")
	var status string
	b.eval("document.getElementById('shown').textContent", &status)
	if status != "1 of 6 shown" {
		t.Errorf("status %q", status)
	}
	set("input[name=text]", "i.value = 'no such thing'")
	want("")
	b.eval("document.querySelector('button[type=reset]').click()", nil)
	b.eval("new Promise(done => setTimeout(done, 20))", nil)
	want("critical critical critical high high low")
	set("input[value=existing]", "i.checked = false")
	want("critical critical high")
	set("input[value=existing]", "i.checked = true")
	set("input[name=text]", `i.value = '["us"]'`)
	want("critical") // an instance that is not the first of its group
	b.checkCalm()
}

// TestHTMLKeyboard holds that the page can be used without a mouse: tabbing reaches the filter and each source.
func TestHTMLKeyboard(t *testing.T) {
	b := startBrowser(t)
	b.screen(1280, 900, "light")
	b.open(write(t, "html", full(t), report.Options{}))
	reached := map[string]bool{}
	for range 60 {
		for _, kind := range []string{"keyDown", "keyUp"} {
			b.call("Input.dispatchKeyEvent", map[string]any{"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}, nil)
		}
		var at string
		b.eval("{ const e = document.activeElement; e.tagName.toLowerCase() + '.' + (e.name || e.className) }", &at)
		reached[at] = true
	}
	for _, want := range []string{"a.skip", "input.severity", "input.text", "pre.source", "summary.", "div.scroll picture"} {
		if !reached[want] {
			t.Errorf("%s is not reached: %v", want, reached)
		}
	}
	var unnamed []string
	b.eval(`[...document.querySelectorAll('section, article, svg, form, [role=region]')]
		.filter(e => !(e.getAttribute('aria-label') || document.getElementById(e.getAttribute('aria-labelledby')))).map(e => e.outerHTML.slice(0, 80))`, &unnamed)
	if len(unnamed) > 0 {
		t.Errorf("without a name: %q", unnamed)
	}
}

// TestHTMLStaysText holds that a name which is HTML is shown as its characters and runs nothing.
func TestHTMLStaysText(t *testing.T) {
	b := startBrowser(t)
	b.screen(1280, 900, "light")
	const name = `aws_kms_key.x["<img src=x onerror=alert(1)>"]`
	r := full(t)
	r.Findings[2].Address = name
	r.Paths = append(r.Paths, finding.Path{Key: name, Steps: []finding.Step{{From: "any AWS account", Label: "</text><script>alert(1)</script>", To: name}}})
	for _, r := range []*finding.Report{r, hostile()} {
		b.open(write(t, "html", r, report.Options{}))
		var images, scripts int
		b.eval("document.querySelectorAll('img, iframe, object, embed').length", &images)
		b.eval("document.scripts.length", &scripts)
		if images != 0 || scripts != 1 {
			t.Errorf("%d foreign elements, %d scripts", images, scripts)
		}
		b.checkCalm()
	}
	b.open(write(t, "html", r, report.Options{}))
	var found bool
	b.eval(fmt.Sprintf("[...document.querySelectorAll('.addresses code')].some(e => e.textContent === %q)", name), &found)
	if !found {
		t.Error("the name is not shown")
	}
}
