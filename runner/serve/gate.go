package serve

import (
	"container/list"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
)

// A gate decides who may ask for anything at all.
type gate struct {
	token string
	port  string // the cookie's name has it, for all ports of a host share cookies
	local bool   // only names of this machine's loopback are answered to

	mu   sync.Mutex
	idle *list.List                 // of net.Conn that ask for nothing, the longest first
	at   map[net.Conn]*list.Element // all that are open; nil where it asks for something
}

const (
	// mostIdle is how many connections may be open that ask for nothing. One
	// more closes the one that has been idle the longest, so that whoever holds
	// a thousand of them keeps nobody out.
	mostIdle = 64
	// mostOpen leaves enough files for the run, whoever asks at a crawl.
	mostOpen = 400
	mostBody = 64 << 10
	// What a page of this package may do: nothing that did not come from here.
	policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	// A report brings its own scripts and style. They may draw, and talk to
	// nobody, this server included.
	reportPolicy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)

func newGate(addr net.Addr) *gate {
	g := &gate{token: rand.Text(), idle: list.New(), at: map[net.Conn]*list.Element{}}
	host, port, _ := net.SplitHostPort(addr.String())
	ip, err := netip.ParseAddr(host)
	g.port, g.local = port, err == nil && ip.IsLoopback()
	return g
}

// check answers requests that may not pass, and lets the others.
func (g *gate) check(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin") // with none, a form's Origin would be null
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, mostBody)
		refuse := func(why string) { http.Error(w, why, http.StatusForbidden) }
		origin := r.Header.Get("Origin")
		switch {
		case !g.answersTo(r.Host):
			refuse("this address is not the one that was printed")
		case origin != "" && origin != "http://"+r.Host:
			refuse("asked by a page of another origin")
		case r.Method != http.MethodGet && r.Method != http.MethodHead && origin == "":
			refuse("asked by no page of this server")
		case r.URL.Query().Has("token"):
			if !g.same(r.URL.Query().Get("token")) {
				refuse("the token is wrong: open the address that tandem printed last")
				return
			}
			http.SetCookie(w, &http.Cookie{Name: g.cookie(), Value: g.token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
			// The page asks again by itself: a redirect would still be the
			// other site's request, if one has the link, and lack the cookie.
			page := "/"
			if r.URL.Path == "/live" {
				page = r.URL.Path
			}
			h.Set("Refresh", "0; url="+page)
			h.Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, "<!doctype html><title>Tandem</title><link rel=icon href=data:,><a href=%q>go on</a>", page)
		default:
			if c, err := r.Cookie(g.cookie()); err != nil || !g.same(c.Value) {
				refuse("no token: open the address that tandem printed")
				return
			}
			next.ServeHTTP(w, r)
		}
	})
}

func (g *gate) cookie() string { return "tandem-" + g.port }

// same compares in constant time, whatever the length.
func (g *gate) same(token string) bool {
	a, b := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(g.token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// answersTo says whether a Host is a name of this server. Another site's name
// can be made to lead here; an address cannot.
func (g *gate) answersTo(hostport string) bool {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		host, port = hostport, "80"
	}
	if port != g.port {
		return false
	}
	if host == "localhost" {
		return true
	}
	if ip, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return ip.IsLoopback() || !g.local
	}
	name, err := os.Hostname()
	return err == nil && !g.local && strings.EqualFold(host, name)
}

// watch keeps account of connections; it is the server's ConnState.
func (g *gate) watch(c net.Conn, state http.ConnState) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if e := g.at[c]; e != nil {
		g.idle.Remove(e)
	}
	switch state {
	case http.StateNew, http.StateIdle:
		g.at[c] = g.idle.PushBack(c)
	case http.StateActive:
		g.at[c] = nil
	default:
		delete(g.at, c)
	}
	for g.idle.Len() > mostIdle {
		_ = g.idle.Front().Value.(net.Conn).Close() // it is over for it, however that ends
		g.at[g.idle.Remove(g.idle.Front()).(net.Conn)] = nil
	}
	if state == http.StateNew && len(g.at) > mostOpen {
		_ = c.Close()
	}
}
