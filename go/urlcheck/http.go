package urlcheck

// What comes of one check, by rules that both languages keep. It is
// read beside python/tandem/urlcheck_http.py: same names, same order.
//
// Its one decision: net/http reads the answer, and the rules only look
// at what it has read. They turn down what a library elsewhere would.

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// What can come of a check.
const (
	OK          = "ok"             // 2xx, and the whole body
	Redirect    = "redirect"       // 3xx, which was not followed
	ClientError = "client-error"   // 4xx
	ServerError = "server-error"   // 5xx
	Refused     = "refused"        // nobody listens there
	Timeout     = "timeout"        // the deadline passed first
	DNS         = "dns"            // the name was not found
	TLS         = "tls"            // no trust, or no common language
	Reset       = "reset"          // broke off before the answer's end
	Protocol    = "protocol-error" // what came is not HTTP
	Failed      = "failed"         // anything else
)

// Outcomes lists what can come of a check, as Answer counts it.
var Outcomes = []string{
	OK, Redirect, ClientError, ServerError, Refused,
	Timeout, DNS, TLS, Reset, Protocol, Failed,
}

// What an answer may have. More than that is no HTTP to us, but of a
// body only the first part is read, and the rest does not matter.
const (
	MaxHead   = 64 << 10 // bytes, interim answers and all
	MaxFields = 90       // http.client stops at a hundred
	MaxBody   = 16 << 20 // bytes
)

// MaxWords bounds what an answer says of each URL.
const MaxWords = 64 << 10 // bytes

// A Result is what came of one check.
type Result struct {
	Status  int // HTTP's; 0 unless the whole answer came
	Outcome string
}

func (r Result) String() string {
	return strconv.Itoa(r.Status) + " " + r.Outcome
}

// Answer sums results up: a line that says how many there are of each
// outcome, with a checksum of all of them in the order of the URLs.
// Then, unless that is long, a line of all different results, and a
// line that says whose they are: each time the place of a result in
// the line above, and for how many URLs on end.
func Answer(results []Result) string {
	counts := map[string]int{}
	sum := crc32.NewIEEE()
	for _, r := range results {
		counts[r.Outcome]++
		fmt.Fprintln(sum, r)
	}
	var line strings.Builder
	for _, outcome := range Outcomes {
		if counts[outcome] > 0 {
			fmt.Fprintf(&line, "%s=%d ", outcome, counts[outcome])
		}
	}
	fmt.Fprintf(&line, "crc=%08x", sum.Sum32())
	if each := words(results); each != "" && len(each) <= MaxWords {
		line.WriteString("\n" + each)
	}
	return line.String()
}

func words(results []Result) string {
	places := map[Result]int{}
	var known, runs []string
	for i := 0; i < len(results); {
		r, from := results[i], i
		for i < len(results) && results[i] == r {
			i++
		}
		if _, ok := places[r]; !ok {
			places[r] = len(known)
			known = append(known, r.String())
		}
		run := strconv.Itoa(places[r])
		if i-from > 1 {
			run += "*" + strconv.Itoa(i-from)
		}
		if runs = append(runs, run); 2*len(runs) > MaxWords {
			break // too long, whatever follows
		}
	}
	if runs == nil {
		return ""
	}
	return strings.Join(known, ", ") + "\n" + strings.Join(runs, " ")
}

// Name is what a timeline calls a URL: its host, or, on this machine,
// where all have the same host, what its path begins with.
func Name(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	host, path, _ := strings.Cut(rest, "/")
	path, _, _ = strings.Cut(path, "?")
	if strings.HasPrefix(host, "127.0.0.1:") && path != "" {
		return path
	}
	return host
}

// Split takes a URL apart that begins with http or https and names a
// host. Its path is sent as it is written. The error is a *net.DNSError
// for a host that cannot exist, so nobody need be asked.
func Split(text string) (*url.URL, error) {
	for _, c := range []byte(text) {
		if c <= ' ' || c >= 0x7f {
			return nil, errors.New("a URL holds only plain characters")
		}
	}
	scheme, rest, _ := strings.Cut(text, "://")
	scheme = strings.ToLower(scheme)
	if scheme != "http" && scheme != "https" {
		return nil, errors.New("want a URL that begins with http:// or https://")
	}
	rest, _, _ = strings.Cut(rest, "#")
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	host, target := strings.ToLower(rest[:end]), rest[end:]
	port := ""
	if at := strings.LastIndex(host, ":"); at > strings.LastIndex(host, "]") {
		host, port = host[:at], strings.TrimLeft(host[at+1:], "0")
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, fmt.Errorf("port %q: want 1 to 65535", port)
		}
		if scheme == "http" && port == "80" || scheme == "https" && port == "443" {
			port = ""
		}
	}
	host, err := existing(host)
	if err != nil {
		return nil, err
	}
	if port != "" {
		host += ":" + port
	}

	target = strings.TrimSuffix(target, "?") // aiohttp drops it too
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	u := &url.URL{Scheme: scheme, Host: host, Opaque: target}
	if strings.HasPrefix(target, "//") {
		// Here Opaque would mean another host.
		u.Opaque = ""
		u.RawPath, u.RawQuery, _ = strings.Cut(target, "?")
		if u.Path, err = url.PathUnescape(u.RawPath); err != nil {
			u.Path = u.RawPath
		}
	}
	return u, nil
}

// existing returns a host as it is asked for, or why it cannot be.
func existing(host string) (string, error) {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		ip, err := netip.ParseAddr(inner)
		if !ok || err != nil || !ip.Is6() || ip.Zone() != "" {
			return "", fmt.Errorf("host %q: want an IPv6 address in brackets", host)
		}
		return host, nil
	}
	for _, c := range []byte(host) {
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '.', c == '-', c == '_':
		default:
			return "", errors.New("a host's name holds only letters, digits, dots and hyphens")
		}
	}
	if host == "" {
		return "", errors.New("no host after ://")
	}
	name := strings.TrimSuffix(host, ".")
	last := name[strings.LastIndexByte(name, '.')+1:]
	cannot := len(name) > 253 || last == "invalid"
	for label := range strings.SplitSeq(name, ".") {
		cannot = cannot || label == "" || len(label) > 63
	}
	// Some resolvers take 127.1 and 0x7f000001 for addresses.
	if !cannot && (strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x")) {
		ip, err := netip.ParseAddr(name)
		cannot = err != nil || !ip.Is4()
	}
	if cannot {
		return "", &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return name, nil
}

// lookup is the name by which a host is looked up: whatever.localhost
// is this machine, which resolvers do not all know.
func lookup(addr string) string {
	host, port, _ := strings.Cut(addr, ":")
	if strings.HasSuffix(host, ".localhost") {
		return "localhost:" + port
	}
	return addr
}

// What a request says, so that no server answers one language another
// thing than the other.
var header = http.Header{
	"User-Agent":      {"tandem"},
	"Accept-Encoding": {"identity"},
}

// A Client opens connections and keeps those that may serve again. It
// does one exchange for each request: no proxy, no redirect, HTTP/1.
type Client = http.Transport

// NewClient returns a Client for so many checks at once. Whoever makes
// it calls CloseIdleConnections at the end.
func NewClient(workers int) *Client {
	return &http.Transport{
		// By default two connections a host are kept, and all the
		// others are opened anew for each request.
		MaxIdleConns:           workers,
		MaxIdleConnsPerHost:    workers,
		DisableCompression:     true,
		MaxResponseHeaderBytes: MaxHead,
		DialContext:            dial,
		DialTLSContext:         dialTLS,
	}
}

// Check asks for one URL and reads the answer to its end.
func Check(ctx context.Context, client *Client, url string,
	timeout time.Duration) Result {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return fetch(ctx, client, url)
}

// fetch is a check whose deadline is the context's.
func fetch(ctx context.Context, client *Client, url string) Result {
	status, err := get(ctx, client, url)
	if err != nil {
		return Result{0, failure(ctx, err)}
	}
	return Result{status, answered(status)}
}

func get(ctx context.Context, client *Client, url string) (int, error) {
	u, err := Split(url)
	if err != nil {
		return 0, err
	}
	req := &http.Request{Method: "GET", URL: u, Host: u.Host, Header: header}
	resp, err := client.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return 0, headError(err)
	}
	defer resp.Body.Close()
	if err := sound(resp); err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, MaxBody))
	if err = bodyError(err); err == nil {
		err = soundTrailer(resp.Trailer)
	}
	return resp.StatusCode, err
}

func answered(status int) string {
	switch status / 100 {
	case 2:
		return OK
	case 3:
		return Redirect
	case 4:
		return ClientError
	case 5:
		return ServerError
	}
	return Failed
}

// A notHTTP says why what came is not HTTP.
type notHTTP struct{ error }

func (e notHTTP) Unwrap() error { return e.error }

// sound turns down what net/http lets pass, and another library does
// not.
func sound(r *http.Response) error {
	no := func(why string) error { return notHTTP{errors.New(why)} }
	lengths := r.Header["Content-Length"]
	chunked := len(r.TransferEncoding) > 0
	switch {
	case r.ProtoMajor != 1 || r.ProtoMinor > 1:
		return no("the version is neither HTTP/1.0 nor HTTP/1.1")
	case r.StatusCode < 200 || r.StatusCode > 599:
		return no("no status is such a number, or nobody asked for it")
	case r.StatusCode == 204 && len(lengths) > 0 && lengths[0] != "0",
		(r.StatusCode == 204 || r.StatusCode == 304) && chunked:
		return no("no body can follow such a status")
	case strings.ContainsFunc(r.Status, isControl):
		return no("a control character is in the status line")
	}
	fields := 0
	for name, values := range r.Header {
		if strings.Contains(name, " ") { // all that net/http lets pass
			return no("the name of a header holds a space")
		}
		fields += len(values)
	}
	if fields > MaxFields {
		return no("the headers are too many")
	}
	return nil
}

// soundTrailer does so for the headers behind a body in chunks.
func soundTrailer(trailer http.Header) error {
	for name := range trailer {
		if strings.Contains(name, " ") || name == "Content-Length" {
			return notHTTP{errors.New("no trailer can be called " + name)}
		}
	}
	return nil
}

func isControl(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }

// headError names an error of RoundTrip's notHTTP where an answer's
// head had begun. net/http has no type for that.
func headError(err error) error {
	var network *net.OpError
	if strings.HasPrefix(err.Error(), "net/http: HTTP/1.x transport connection broken: ") &&
		!(errors.As(err, &network) && network.Op == "write") {
		return notHTTP{err}
	}
	return err
}

// bodyError does so for an error within the body: what broke off is no
// breach, and anything else is.
func bodyError(err error) error {
	var network net.Error // in TLS, too
	if err == nil {
		return nil
	}
	switch err.Error() {
	case "http: unexpected EOF reading trailer",
		// Or no end of it: net/http looks no further than 4 KiB.
		"http: suspiciously long trailer after chunked body":
		return io.ErrUnexpectedEOF
	}
	if errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return notHTTP{err}
}

// failure names what went wrong. The deadline comes first: a check that
// it cut off fails in many ways.
func failure(ctx context.Context, err error) string {
	var dns *net.DNSError
	var network net.Error
	var op *net.OpError
	var breach notHTTP
	var trust tlsError
	is := func(target error) bool { return errors.Is(err, target) }
	switch {
	case context.Cause(ctx) == context.DeadlineExceeded:
		return Timeout
	case errors.As(err, &dns):
		return DNS
	case errors.As(err, &breach):
		return Protocol
	case is(syscall.ECONNREFUSED):
		return Refused
	case is(syscall.ECONNRESET), is(syscall.EPIPE),
		is(io.EOF), is(io.ErrUnexpectedEOF),
		// The server hung up before it was asked; net/http has no
		// exported name for it.
		err.Error() == "http: server closed idle connection":
		return Reset
	case errors.As(err, &trust),
		// In TLS 1.3 a server may only say no after the handshake.
		errors.As(err, &op) && strings.HasSuffix(op.Op, " error"):
		return TLS
	case errors.As(err, &network) && network.Timeout():
		return Timeout
	}
	return Failed
}

// A tlsError is anything that went wrong in a TLS handshake.
type tlsError struct{ error }

func (e tlsError) Unwrap() error { return e.error }

func dial(ctx context.Context, network, addr string) (
	net.Conn, error) {
	var dialer net.Dialer
	return dialer.DialContext(ctx, network, lookup(addr))
}

func dialTLS(ctx context.Context, network, addr string) (
	net.Conn, error) {
	conn, err := dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	host, _, _ := net.SplitHostPort(addr)
	secure := tls.Client(conn, &tls.Config{
		ServerName: host, MinVersion: tls.VersionTLS12, CipherSuites: suites,
	})
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, tlsError{err}
	}
	return secure, nil
}

// What both languages' libraries offer in TLS 1.2, unless told to offer
// more.
var suites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305,
	tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305,
}
