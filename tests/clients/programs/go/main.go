// Go's net/http. With `h2`: HTTP/2 with prior knowledge. With `off`: no connection is used twice.
// What it is told and how it says what it saw: see ../python/protocol.py.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

type plan struct {
	id, method, before, url, after, body string
	count                                int
}

var out sync.Mutex

func say(p plan, what, status string, head, body []byte) {
	out.Lock()
	defer out.Unlock()
	encode := base64.StdEncoding.EncodeToString
	fmt.Println(strings.Join([]string{p.id, what, status, encode(head), encode(body)}, "\t"))
}

func fail(p plan, what string, err error) {
	kind := err
	for next := errors.Unwrap(kind); next != nil; next = errors.Unwrap(kind) {
		kind = next
	}
	// Without what differs from call to call.
	text, _, _ := strings.Cut(kind.Error(), `"`)
	text, _, _ = strings.Cut(text, ": stream ID")
	say(p, what, "error", []byte(strings.TrimSpace(text)), []byte(err.Error()))
}

func attempt(client *http.Client, p plan, what, url string) {
	var body io.Reader
	if p.body != "" {
		body = strings.NewReader(p.body)
	}
	request, err := http.NewRequest(p.method, url, body)
	if err != nil {
		fail(p, what, err)
		return
	}
	if p.body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	answer, err := client.Do(request)
	if err != nil {
		fail(p, what, err)
		return
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	if err != nil {
		fail(p, what, err)
		return
	}
	var head bytes.Buffer
	_ = answer.Header.Write(&head)
	say(p, what, fmt.Sprint(answer.StatusCode), bytes.ReplaceAll(head.Bytes(), []byte("\r"), nil), read)
}

func transport() *http.Transport {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.MaxIdleConnsPerHost = 8
	transport.DisableKeepAlives = slices.Contains(os.Args, "off")
	if slices.Contains(os.Args, "h2") {
		transport.Protocols = new(http.Protocols)
		transport.Protocols.SetUnencryptedHTTP2(true)
	}
	return transport
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		field := strings.Split(lines.Text(), "\t")
		p := plan{id: field[0], method: field[1], before: field[2], url: field[4], after: field[5], body: field[6]}
		_, _ = fmt.Sscan(field[3], &p.count)
		transport := transport()
		client := &http.Client{Transport: transport, Timeout: time.Second}
		var before sync.WaitGroup
		for range p.count {
			before.Go(func() { attempt(client, p, "before", p.before) })
		}
		before.Wait()
		attempt(client, p, "call", p.url)
		attempt(client, p, "after", p.after)
		transport.CloseIdleConnections()
	}
}
