package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// A server that one client finds well and the next one does not costs nobody
// the figures: it is a finding, with each one's words.
func TestAListOnWhichClientsDisagreeIsAFinding(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moody" && asked.Add(1)%2 == 0 {
			w.WriteHeader(http.StatusTeapot)
		}
	}))
	defer server.Close()
	dir := t.TempDir()
	list := filepath.Join(dir, "urls.txt")
	require.NoError(t, os.WriteFile(list, fmt.Appendf(nil, "%[1]s/even\n%[1]s/moody\n", server.URL), 0o666))
	out := filepath.Join(dir, "run")
	p := start(t, out, "run", "urlcheck", "--urls", list, "--side", "go", "--rounds", "2", "--patience", "0", "--out", out)
	require.Equal(t, exitOK, p.end(), &p.seen)

	show := start(t, out, "show", out, "--json")
	require.Equal(t, exitOK, show.end(), &show.seen)
	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	require.NoError(t, err)
	require.Contains(t, string(page), "clients disagree on 1 of 2 URLs")
	require.Contains(t, string(page), server.URL+"/moody: 200 ok or 418")
	require.NotContains(t, string(page), server.URL+"/even: ")
}
