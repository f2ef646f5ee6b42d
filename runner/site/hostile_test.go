package site

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A kind is one way to answer a request, or one way to write a URL.
type kind struct {
	name string
	says []string // what the server sends, each text by itself
	end  ending
	slow bool   // in time to come, or never
	url  string // where the oddity is the URL: with %d for the server's port
}

// ending is what the server does when it has said everything.
type ending int

const (
	closes ending = iota // says that no more comes
	resets               // breaks off
	waits                // for the client to leave
)

const (
	ok   = "HTTP/1.1 200 OK\r\n"
	two  = "Content-Length: 2\r\n"
	good = ok + two + "\r\nhi"

	trickle = 60 // pieces, which take longer than a hurried client waits
	te      = ok + "Transfer-Encoding: chunked\r\n"
)

// hostile lists everything that is tried. The names are parts of tests' output
// and of the table in README.md.
func hostile() []kind {
	var all []kind
	add := func(name string, says ...string) { all = append(all, kind{name: name, says: says}) }
	// each makes a kind of every odd text, by its place in a pattern.
	each := func(prefix, pattern string, odd ...string) {
		for i, text := range odd {
			label := strings.Trim(fmt.Sprintf("%.24q", text), `"`)
			add(fmt.Sprintf("%s %d %s", prefix, i, label), strings.ReplaceAll(pattern, "@", text))
		}
	}

	add("good", good)
	add("good in pieces", "HTTP/1.1 2", "00 OK\r", "\nContent-Le", "ngth: 2\r\n", "\r", "\nh", "i")
	add("good by bytes", strings.Split(good, "")...)
	add("chunked by bytes", strings.Split(te+"\r\n2\r\nhi\r\n0\r\n\r\n", "")...)
	add("chunked in two", te[:len(te)-2], "\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
	add("good with bare line feeds", strings.ReplaceAll(good, "\r", ""))
	add("good without a length", ok+"\r\nhi")
	add("good HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nhi")
	add("empty body", ok+"Content-Length: 0\r\n\r\n")

	each("version", "HTTP/@ 200 OK\r\n"+two+"\r\nhi",
		"0.9", "1.0", "1.1", "1.2", "1.9", "1.10", "1.", "1", ".1", "2", "2.0", "3.0", "9.9", "01.1", "1.01", "11.1",
		"-1.1", "1,1", "1.1\t", "1.1x", "1.x", "", " 1.1", "1.1.1", "\u0661.1")
	each("protocol", "@ 200 OK\r\n"+two+"\r\nhi",
		"http/1.1", "Http/1.1", "HTTPS/1.1", "HTTP", "ICY", "RTSP/1.0", "SIP/2.0", "xHTTP/1.1", " HTTP/1.1", "\tHTTP/1.1", "HTTP 1.1",
		"HTTP//1.1", "HTTP/1.1/", "\x00HTTP/1.1", "\ufeffHTTP/1.1", "HTT", "\xff\xfe", "220 ready", "SSH-2.0-x")
	each("status", "HTTP/1.1 @ OK\r\n"+two+"\r\nhi",
		"000", "001", "020", "042", "099", "1", "20", "0200", "2000", "2e2", "0x2", "-20", "+20", "-200", "20O", "200.0",
		"2 00", "\t200", "200\t", "\u0662\u0660\u0660", "999", "600", "700", "1000", "20\x00", "", "abc", "200,200", "٢00", "2_0", "99999999999999999999")
	for _, code := range []int{200, 201, 202, 203, 205, 206, 207, 226, 250, 299, 300, 301, 302, 303, 305, 306, 307, 308, 310, 399,
		400, 401, 402, 403, 405, 407, 408, 410, 414, 418, 421, 425, 426, 429, 431, 451, 499, 500, 501, 502, 504, 505, 511, 599} {
		add(fmt.Sprint("code ", code), fmt.Sprintf("HTTP/1.1 %d x\r\n"+two+"\r\nhi", code))
	}
	each("reason", "HTTP/1.1 200@\r\n"+two+"\r\nhi",
		"", " ", "  ", " OK OK", " \u00e9t\u00e9", " \xff", " a\tb", "\tOK", " a\rb", " \x00", " \x01", " \x1b[31m", " \x7f", "OK", "  OK", " OK ", " HTTP/1.1", " "+strings.Repeat("x", 9000), " "+strings.Repeat("x", 60_000), " "+strings.Repeat("x", 70_000))
	each("before", "@"+good, "\r\n", "\n", "\r\n\r\n", "\r", " ", "\t", "\x00", "junk\r\n", "junk\r\n\r\n", "\ufeff", "\x16\x03\x01\x00\x05hello", "*1\r\n$4\r\nPING\r\n", "<html>\r\n", "\x00\x00\x12\x04\x00\x00\x00\x00\x00", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	each("not HTTP", "@", "", "hi", "hi\n", "<html></html>", "\x00", "\r\n", "\n\n\n\n", "H", "HT", "HTTP/", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 200", "220 smtp ready\r\n", "SSH-2.0-OpenSSH_9.0\r\n",
		"\x15\x03\x03\x00\x02\x02\x28", "-ERR unknown\r\n", "{\"error\":1}\n", strings.Repeat("x", 70_000), strings.Repeat("x\n", 500), strings.Repeat("\r\n", 500), strings.Repeat("\x00", 5000))

	each("header", ok+two+"@\r\n\r\nhi",
		"X", "X y", ":", ": y", " : y", "X: y", "X:y", "X:", "X: ", "X :y", "X\t:y", " X: y", "\tX: y", "X y: z", "X(y): z", "X[y]: z", "X{y}: z", "X/y: z", "X\"y: z", "X@y: z", "X,y: z", "X;y: z", "X<y: z", "X=y: z", "X?y: z",
		"X\x00y: z", "X\x01y: z", "X\x7fy: z", "\xff: z", "\u00e9: z", "X: \x00", "X: a\x00b", "X: \x01", "X: \x08", "X: \x1b[0m", "X: \x7f", "X: \xff\xfe", "X: \u00e9", "X: a\tb", "X: \t y \t", "X: a\rb", "X: y\r", "X: y\r\r", "X: y\n",
		"X: y\r\n z", "X: y\r\n\tz", "X: y\r\n \r\n z", "X: y\n z", "X: y\r\n", "~!#$%&'*+-.^_`|: y", "1: y", "_x_: y", "From : y", "From x y", "X: "+strings.Repeat("y", 5000), strings.Repeat("X", 5000)+": y",
		"X: "+strings.Repeat("y", 9000), "X: "+strings.Repeat("y", 60_000), "X: "+strings.Repeat("y", 66_000), "X: "+strings.Repeat("y", 1_100_000), strings.Repeat("X", 70_000)+": y", strings.Repeat("X", 70_000), "X: y\r\n"+strings.Repeat(" z\r\n", 80))
	each("first header", ok+"@\r\n"+two+"\r\nhi", " X: y", "\tX: y", " ", "\t", "X", ": y", "X : y", "\x00", "X: y\r")
	for _, n := range []int{1, 10, 50, 80, 95, 99, 100, 101, 128, 150, 200, 256, 1000, 5000} {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "X-%d: y\r\n", i)
		}
		add(fmt.Sprint("headers ", n), ok+two+b.String()+"\r\nhi")
		add(fmt.Sprint("same header ", n), ok+two+strings.Repeat("X: y\r\n", n)+"\r\nhi")
	}
	each("long", ok+two+"@\r\nhi", strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 20), strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 60), strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 80), strings.Repeat("X: "+strings.Repeat("y", 9000)+"\r\n", 5), strings.Repeat("X: "+strings.Repeat("y", 9000)+"\r\n", 50))
	each("singleton", ok+two+"@\r\n\r\nhi", "Content-Type: a\r\nContent-Type: b", "Location: a\r\nLocation: b", "Date: x\r\nDate: y", "Server: a\r\nServer: b", "ETag: a\r\nETag: b", "Host: a\r\nHost: b", "Set-Cookie: a=b\r\nSet-Cookie: c=d",
		"Set-Cookie: \x80=;;;", "Connection: close", "Connection: keep-alive", "Connection: close, keep-alive", "Connection: upgrade\r\nUpgrade: h2c", "Upgrade: websocket", "Keep-Alive: timeout=x", "Content-Encoding: gzip", "Content-Encoding: br", "Content-Encoding: zstd, gzip",
		"Content-Encoding: \x01", "Content-Type: \xff", "Content-Type: text/html; charset=nope", "Trailer: X", "Trailer: Content-Length", "TE: trailers", "Pragma: no-cache", "Proxy-Connection: keep-alive", "Alt-Svc: h3=\":1\"", "Refresh: 0")

	each("length", ok+"Content-Length:@\r\n\r\nhi",
		"2", " 2", "\t2", "  2  ", " +2", " -2", " -0", " 02", " 002", " 2.0", " 2,", " 2,2", " 2, 2", " 2 2", " 0x2", " 2x", " x2", " 2;", " ", "", " 2_", " 1_0", " \u0662", " 1e1", " two", " \"2\"",
		" 99999999999999999999", " 18446744073709551616", " 9223372036854775808", " 9223372036854775807", " 4294967298", " -1", " -9223372036854775808", " 0", " 1", " 3", " 100", " "+strings.Repeat("0", 30)+"2", " "+strings.Repeat("9", 5000), " 2\r\n 2", " \r\n 2", " 2\x00", " 2\r", " null")
	each("lengths", ok+two+"@\r\n\r\nhi", "Content-Length: 2", "Content-Length: 3", "Content-Length: 1", "Content-Length: x", "Content-Length:", "content-length: 2", "CONTENT-LENGTH: 02", "Content-Length : 2", "Content_Length: 3", "X: 1\r\nContent-Length: 0", "Content-Length: 2\r\nContent-Length: 2")
	each("length then", good+"@", "\r\n", "\n", "x", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "\x00\x00", strings.Repeat("x", 5000))

	chunked := "2\r\nhi\r\n0\r\n\r\n"
	each("coding", ok+"Transfer-Encoding:@\r\n\r\n"+chunked,
		" chunked", "chunked", " Chunked", " CHUNKED", " chunked ", "\tchunked", " chunked,", " ,chunked", " chunked, chunked", " gzip, chunked", " chunked, gzip", " identity", " identity, chunked", " chunked, identity", " gzip", "", " ", " x", " chunkedx", " xchunked", " chunked;q=1", " \"chunked\"", " chun ked", " chunked\x0b", " chunked\x00", " compress", " trailers", "\r\n chunked", " ch\u00fanked", " c\u212aunked")
	each("codings", te+"@\r\n\r\n"+chunked, "Transfer-Encoding: chunked", "Transfer-Encoding: identity", "Transfer-Encoding: gzip", "Transfer-Encoding:", "transfer-encoding: CHUNKED", "Transfer-Encoding : chunked", "Content-Length: 2", "Content-Length: 12", "Content-Length: 999", "Content-Length: x", "Content-Length: -1", "Content-Length: 0", "Content-Length:", "Trailer: X", "Trailer: Content-Length", "Trailer: Transfer-Encoding", "Trailer: , ,")
	each("coding after length", ok+"Content-Length: 2\r\nTransfer-Encoding:@\r\n\r\nhi", " identity", " gzip", " x", "")
	each("coding of 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding:@\r\n\r\n"+chunked, " chunked", " x", " gzip, chunked")
	each("chunk", te+"\r\n@\r\nhi\r\n0\r\n\r\n",
		"2", "02", "002", "0000000000000002", "0x2", "0X2", "+2", "-2", "-0", " 2", "\t2", "2 ", "2\t", "2  ", "2;x", "2;x=y", "2;x=\"y\"", "2;x=\"y z\"", "2;x;y", "2;=", "2;x=", "2;"+strings.Repeat("x", 1000),
		"2,", "2x", "x", "g", "", " ", ";x", "2_0", "2.0", "2h", "\u0662", "2\x00", "\x002", "2 2", "2\r", "\r2", "5", "1", "FFFFFFFFFFFFFFFF", "7FFFFFFFFFFFFFFF", "FFFFFFFF", "10000000000000000", "fffffffffffffffff", "2\n")
	each("chunk end", te+"\r\n2\r\nhi@0\r\n\r\n", "\r\n", "\r", "", "x", "xx", "\n\r", "\r\r", "\r\n\r\n", "  \r\n", "\x00\x00", "hi\r\n")
	each("last chunk", te+"\r\n2\r\nhi\r\n@", "0\r\n\r\n", "0\r\n", "0", "", "00\r\n\r\n", "0000\r\n\r\n", "0\n\r\n", "0;x\r\n\r\n", "0 \r\n\r\n", "-0\r\n\r\n", "0x0\r\n\r\n", "\r\n", "0\r\n\r", "0\r\r\n", "0\r\n\r\nx", "0\r\n\r\n\r\n", "0\r\n\r\n"+good)
	each("trailer", te+"\r\n2\r\nhi\r\n0\r\n@\r\n", "X: y\r\n", "X:y\r\n", "X:\r\n", "X\r\n", "X y\r\n", ": y\r\n", " X: y\r\n", "X : y\r\n", "\xff: y\r\n", "X(: y\r\n", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Trailer: X\r\n", "X: y\r\n z\r\n", "X: "+strings.Repeat("y", 3000)+"\r\n", strings.Repeat("X: y\r\n", 50), strings.Repeat("X: y\r\n", 120), "HTTP/1.1 200 OK\r\n", "\x00\r\n")
	each("trailer cut", te+"\r\n2\r\nhi\r\n0\r\n@", "X", "X:", "X: y", "X: y\r", "X: y\r\n", "X: y\r\n\r")
	add("chunks of one", te+"\r\n"+strings.Repeat("1\r\nx\r\n", 5000)+"0\r\n\r\n")
	add("long words about short chunks", te+"\r\n"+strings.Repeat("1;"+strings.Repeat("x", 100)+"\r\nx\r\n", 500)+"0\r\n\r\n")
	add("chunks with some words", te+"\r\n"+strings.Repeat("1;"+strings.Repeat("x", 100)+"\r\nx\r\n", 50)+"0\r\n\r\n")
	add("chunks of zeros", te+"\r\n"+strings.Repeat("0001\r\nx\r\n", 50)+"0\r\n\r\n")
	add("chunks in pieces", te+"\r\n", "2", "\r\nh", "i\r", "\n0\r\n", "\r\n")
	add("chunk's line in pieces", te+"\r\n", "0", "2;x", "y\r", "\nhi\r\n0", "\r\n\r\n")

	// These README.md lists.
	end := "0\r\n\r\n"
	add("two spaces before the status", "HTTP/1.1  200 OK\r\n"+two+"\r\nhi")
	add("Sec-WebSocket-Key1", ok+two+"Sec-WebSocket-Key1: x\r\n\r\nhi")
	add("chunk's size of 101 digits", te+"\r\n"+strings.Repeat("0", 100)+"2\r\nhi\r\n"+end)
	add("space before a chunk's semicolon", te+"\r\n2 ;x\r\nhi\r\n"+end)
	add("space behind a chunk's semicolon", te+"\r\n2; x\r\nhi\r\n"+end)
	add("chunk's line of 5000 bytes", te+"\r\n2;"+strings.Repeat("x", 5000)+"\r\nhi\r\n"+end)
	add("line feed behind a chunk", te+"\r\n2\r\nhi\n"+end)
	add("line feeds behind the last chunk", te+"\r\n2\r\nhi\r\n0\n\n")
	add("line feed behind the trailer", te+"\r\n2\r\nhi\r\n0\r\n\n")
	add("line feed in the trailer", te+"\r\n2\r\nhi\r\n0\r\nX: y\n\r\n")
	add("control character in the trailer", te+"\r\n2\r\nhi\r\n0\r\nX: \x01\r\n\r\n")
	add("trailer of 9000 bytes", te+"\r\n2\r\nhi\r\n0\r\nX: "+strings.Repeat("y", 9000)+"\r\n\r\n")

	for _, code := range []int{204, 304, 205} {
		for i, rest := range []string{"\r\n", "\r\nhi", two + "\r\n", two + "\r\nhi", "Content-Length: 0\r\n\r\n", "Content-Length: 0\r\n\r\nhi", "Content-Length: x\r\n\r\n", "Content-Length: -1\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n" + chunked, "Transfer-Encoding: gzip\r\n\r\n", "Connection: close\r\n\r\n", "Connection: close\r\n\r\nhi"} {
			add(fmt.Sprintf("no body %d %d", code, i), fmt.Sprintf("HTTP/1.1 %d x\r\n%s", code, rest))
		}
	}
	for _, code := range []int{100, 101, 102, 103, 104, 110, 150, 199} {
		add(fmt.Sprint("interim ", code), fmt.Sprintf("HTTP/1.1 %d x\r\n\r\n", code)+good)
		add(fmt.Sprint("interim by itself ", code), fmt.Sprintf("HTTP/1.1 %d x\r\n\r\n", code), good)
		add(fmt.Sprint("interim alone ", code), fmt.Sprintf("HTTP/1.1 %d x\r\n\r\n", code))
	}
	for _, n := range []int{2, 4, 5, 6, 10, 100, 1000, 2000, 5000} {
		add(fmt.Sprint("interims ", n), strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", n)+good)
		add(fmt.Sprint("continues ", n), strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", n)+good)
	}
	each("interim header", "HTTP/1.1 103 x\r\n@\r\n"+good, "Link: </x>\r\n", "X\r\n", "X : y\r\n", "X: \x00\r\n", " X: y\r\n", "Content-Length: 2\r\n", "Content-Length: x\r\n", "Transfer-Encoding: chunked\r\n", strings.Repeat("X: y\r\n", 50), "X: "+strings.Repeat("y", 5000)+"\r\n", "X: "+strings.Repeat("y", 70_000)+"\r\n")
	add("interim with a body", "HTTP/1.1 103 x\r\nContent-Length: 2\r\n\r\nhi"+good)
	add("interim HTTP/1.0", "HTTP/1.0 103 x\r\n\r\n"+good)
	add("interim HTTP/2", "HTTP/2.0 103 x\r\n\r\n"+good)
	add("switches to something", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nhello")

	each("redirect", "HTTP/1.1 302 Found\r\nLocation:@\r\n"+two+"\r\nhi",
		" /", " //x", " http://localhost:1/", " relative", " ..", "", " ", " ?", " #", " ftp://localhost/", " javascript:0", " file:///etc/passwd", " http://", " http://[", " http://a]b/", " http://\xff/", " \x00", " http://localhost:99999/", " mailto:x", " /\r\nLocation: /y", " "+strings.Repeat("x", 5000))
	add("redirect without a location", "HTTP/1.1 301 x\r\n"+two+"\r\nhi")
	add("redirect without a body", "HTTP/1.1 307 x\r\nLocation: /\r\n\r\n")

	each("gzip", ok+"Content-Encoding: gzip\r\n"+two+"\r\n@", "hi", "\x1f\x8b", "\x00\x00")
	add("gzip cut", ok+"Content-Encoding: gzip\r\nContent-Length: 100\r\n\r\n\x1f\x8b\x08")
	add("deflate in chunks", te+"Content-Encoding: deflate\r\n\r\n"+chunked)

	add("long body", ok+"Content-Length: 3000000\r\n\r\n"+strings.Repeat("x", 3_000_000))
	add("long body in chunks", te+"\r\n"+strings.Repeat("2710\r\n"+strings.Repeat("x", 10_000)+"\r\n", 300)+"0\r\n\r\n")
	add("long body to the end", ok+"\r\n"+strings.Repeat("x", 3_000_000))
	add("too long a body", ok+"Content-Length: 20000000\r\n\r\n"+strings.Repeat("x", 17_000_000))
	add("too long a body to the end", ok+"\r\n"+strings.Repeat("x", 17_000_000))
	add("too long a body in chunks", te+"\r\n1036640\r\n"+strings.Repeat("x", 17_000_000))
	add("long body cut", ok+"Content-Length: 3000000\r\n\r\n"+strings.Repeat("x", 2_000_000))

	// An answer that breaks off anywhere.
	for name, whole := range map[string]string{"length": good, "chunked": te + "X: y\r\n\r\n" + "2;x\r\nhi\r\n0\r\n\r\n"} {
		for at := range len(whole) {
			if at < 20 || at > 32 || at%4 == 0 {
				all = append(all, kind{name: fmt.Sprintf("cut %s %d", name, at), says: []string{whole[:at]}},
					kind{name: fmt.Sprintf("reset %s %d", name, at), says: []string{whole[:at]}, end: resets})
			}
		}
	}
	all = append(all,
		kind{name: "reset to the end", says: []string{ok + "\r\nhi"}, end: resets},
		kind{name: "reset HTTP/1.0", says: []string{"HTTP/1.0 200 OK\r\n\r\nhi"}, end: resets},
		kind{name: "reset after 204", says: []string{"HTTP/1.1 204 x\r\n\r\n"}, end: resets},
		kind{name: "reset after length", says: []string{good}, end: resets},
		kind{name: "reset after chunks", says: []string{te + "\r\n" + chunked}, end: resets},
		kind{name: "reset after interim", says: []string{"HTTP/1.1 103 x\r\n\r\n"}, end: resets},
	)
	// The client need not wait where it is plain that this is no HTTP.
	for i, text := range []string{"hi\r\n", "HTTP/1.1 2000 OK\r\n", ok + "X\r\n", "\r\n", ok + "Content-Length: x\r\n\r\n", ok + "Transfer-Encoding: x\r\n\r\n", te + "\r\nx\r\n", te + "\r\n2\r\nhixx", te + "\r\n2\r\nhi\r\n0\r\nX\r\n\r\n", "HTTP/1.1 101 x\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n", ok + strings.Repeat("X: y\r\n", 200) + "\r\n"} {
		all = append(all, kind{name: fmt.Sprintf("plain while open %d", i), says: []string{text}, end: waits})
	}
	for i, text := range []string{good, te + "\r\n" + chunked, "HTTP/1.1 204 x\r\n\r\n", "HTTP/1.1 304 x\r\n\r\n", "HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", "HTTP/1.1 103 x\r\n\r\n" + good} {
		all = append(all, kind{name: fmt.Sprintf("whole while open %d", i), says: []string{text}, end: waits})
	}

	// The deadline comes first, whatever the server may say later.
	for i, says := range [][]string{
		{}, {"H"}, {ok}, {ok + "X: \x01\r\n"}, {ok + "Content-Length: 9\r\n\r\nhi"}, {te + "\r\n"}, {te + "\r\n2\r\nhi\r\n"}, {te + "\r\n0\r\n"}, {ok + "\r\nhi"}, {"HTTP/1.1 103 x\r\n\r\n"},
		slices.Repeat([]string{"H"}, trickle), slices.Repeat([]string{"HTTP/1.1 103 x\r\n\r\n"}, trickle), append([]string{ok}, slices.Repeat([]string{"X: y\r\n"}, trickle)...), append([]string{te + "\r\n"}, slices.Repeat([]string{"1\r\nx\r\n"}, trickle)...), append([]string{ok + "\r\n"}, slices.Repeat([]string{"x"}, trickle)...),
	} {
		all = append(all, kind{name: fmt.Sprintf("slow %d", i), says: says, end: waits, slow: true})
	}

	odd := func(name, url string) { all = append(all, kind{name: "URL " + name, says: []string{good}, url: url}) }
	for i, path := range []string{"/.", "/..", "/./x", "/x/../y", "/x/./y", "/%2e", "/%2e%2e/x", "/x/..", "//", "//x", "//x//y", "///", "/x?", "/x?y", "?x", "?", "#x", "/#", "/x#y", "/x?#y", "/%", "/%z", "/%zz", "/%00", "/%ff", "/x%20y", "/x+y", "/a|b", "/{x}", "/\"x\"", "/<x>", "/^", "/`", "/[x]", "/x;y=z", "/x:y", "/@", "/x@y", "/\\", "/x\\y", "/*", "/~x", "/$&,=", "/?x=%zz", "/?x=|", "/?x={", "/?x?y", "/?x=/../y", "//x?a|b", "//a|b", "/http://x/", "/:80", "/x&y", "/'", "/!", "/(x)", "/" + strings.Repeat("x", 2000), "/?" + strings.Repeat("x", 2000), "/\u00e9", "/x y", "/\x00", "/\n", "/\t", "/\x7f", "/\r\nX: y", "/\ud7ff", " ", "/ ", "\n", "/%u0041", "/;", "/,", "/x..", "/...", "/.x"} {
		odd(fmt.Sprintf("path %d %.12q", i, path), "http://127.0.0.1:%d"+path)
	}
	for i, host := range []string{"127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.0.0.01", "127.0.0.001", "127.0.0.1.", "127.0.0.1..", "127.0.0", "127.0.0.256", "127.0.0.1.1", "127.0.0.", "1", "0", "0.0.0.0", "127.0.0.0x1", "localhost", "LOCALHOST", "LocalHost.", "localhost.", "localhost..", ".localhost", "a.localhost", "a.localhost.", "a..localhost", "a_b.localhost", "-a.localhost", "a-.localhost", "--.localhost", "xn--.localhost", "xn--a.localhost", "xn--zca.localhost", "a b.localhost", "a%20b.localhost", "%6c%6f%63alhost", "a]b", "a[b", "[", "]", "[]", "[::1", "::1", "[::1]x", "[x]", "[::g]", "[1.2.3.4]", "[::1%%25lo]", "[::1%%lo]", "[fe80::1%%25]", "[v1.x]", "[:::1]", "[::1::]", "[0:0:0:0:0:0:0:0:1]", "[::00001]", "[::ffff:127.0.0.1]", "[::ffff:127.0.0.01]", "[::ffff:127.1]", "[::ffff:7f00:1]", "[::FFFF:127.0.0.1]", "a,b", "a;b", "a!b", "a$b", "a&b", "a'b", "a(b)", "a*b", "a+b", "a=b", "a~b", "a|b", "a^b", "a`b", "a{b}", "a\"b", "a<b>", "a\\b", "localhost\\@x", "user@127.0.0.1", "user:pass@127.0.0.1", "@127.0.0.1", ":@127.0.0.1", "a@b@127.0.0.1", "\u00e9.localhost", "\u0131.localhost", "\u3002", "\uff11\uff12\uff17.0.0.1", "localhost\u3002", "\u00ad", "\u200d.localhost", "a\x00b", "a\nb", "a\tb", " localhost", "localhost ", "\x7f", "\xff", "no.invalid", "invalid", "x.INVALID.", "invalid..", strings.Repeat("x", 63) + ".localhost", strings.Repeat("x", 64) + ".localhost", strings.Repeat("x.", 125) + "localhost", strings.Repeat("x.", 122) + "localhost", "..", ".", "...", "_.localhost", "*.localhost", "%%00", "%%"} {
		odd(fmt.Sprintf("host %d %.24q", i, host), "http://"+host+":%d/")
	}
	for i, port := range []string{"", ":", ":0", ":00", ":65536", ":99999", ":-1", ":+1", ":1.0", ": 1", ":x", ":0x50", ":%[1]d0000", ":0%[1]d", ":000000%[1]d", ":%[1]d:", "::%[1]d", ":%[1]d:%[1]d", ":\u0661", ":" + strings.Repeat("9", 30), ":" + strings.Repeat("9", 5000), ":" + strings.Repeat("0", 5000), ":%[1]dx", ":%[1]d "} {
		odd(fmt.Sprintf("port %d %.12q", i, port), "http://no.invalid"+port+"/%.0[1]d")
		odd(fmt.Sprintf("port of an address %d %.12q", i, port), "http://127.0.0.9"+port+"/%.0[1]d")
	}
	for i, text := range []string{"", " ", "http", "http:", "http:/", "http://", "http:///", "http:///x", "http://?", "http://#", "http:127.0.0.1", "http:/127.0.0.1", "//127.0.0.1", "127.0.0.1", "HTTP://127.0.0.1:%d/", "hTTps://127.0.0.1:1/", "Http://127.0.0.1:%d", "ftp://127.0.0.1/", "file:///etc/passwd", "data:,x", "ws://127.0.0.1/", "httpx://127.0.0.1/", "http+unix://x", " http://127.0.0.1:%d/", "http://127.0.0.1:%d/ ", "<http://127.0.0.1:%d/>", "URL:http://127.0.0.1:%d/", "<URL:http://127.0.0.1:%d/>", "http\\://127.0.0.1", "http://\\", "://127.0.0.1", ":", "/", "?", "#", "\x00", "\xff\xfe", "\ufeffhttp://127.0.0.1:%d/", "h\u0131ttp://x", "http://http://127.0.0.1", "https:/\\127.0.0.1", "http://127.0.0.1:%d", "http:\n//127.0.0.1", "\u2028", "\U0001f600", "javascript:alert(1)", "%%", "http:%%2f%%2f127.0.0.1", strings.Repeat("x", 100_000), "http://" + strings.Repeat("x", 100_000), "http://" + strings.Repeat("[", 1000), "http://" + strings.Repeat("@", 1000) + "/", "http://" + strings.Repeat(":", 1000)} {
		odd(fmt.Sprintf("text %d %.12q", i, text), text+"%.0[1]d")
	}
	return all
}

// A hostileServer answers in all ways: a path's number says in which.
type hostileServer struct {
	kinds    []kind
	listener net.Listener
	port     int
	all      sync.WaitGroup
	mu       sync.Mutex
	open     map[net.Conn]bool
}

func startHostile(t *testing.T, kinds []kind) *hostileServer {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	s := &hostileServer{kinds: kinds, listener: listener, port: listener.Addr().(*net.TCPAddr).Port, open: map[net.Conn]bool{}}
	s.accept(t, s.serve)
	return s
}

func (s *hostileServer) accept(t *testing.T, serve func(*net.TCPConn)) {
	s.all.Go(func() {
		for {
			conn, err := s.listener.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.open[conn] = true
			s.mu.Unlock()
			s.all.Go(func() {
				serve(conn.(*net.TCPConn))
				conn.Close()
				s.mu.Lock()
				delete(s.open, conn)
				s.mu.Unlock()
			})
		}
	})
	t.Cleanup(func() {
		s.listener.Close()
		s.mu.Lock()
		for conn := range s.open {
			conn.Close()
		}
		s.mu.Unlock()
		s.all.Wait()
	})
}

// url is where a kind is met. Each has a host of its own, or a connection that
// is kept would have one kind spoil the next.
func (s *hostileServer) url(i int) string {
	if k := s.kinds[i]; k.url != "" {
		return strings.ReplaceAll(fmt.Sprintf(k.url, s.port), "%!(EXTRA int="+fmt.Sprint(s.port)+")", "")
	}
	return fmt.Sprintf("http://k%d.localhost:%d/kind/%d", i, s.port, i)
}

func (s *hostileServer) serve(conn *net.TCPConn) {
	conn.SetDeadline(time.Now().Add(time.Minute)) // whatever a client does
	r := bufio.NewReader(conn)
	for {
		number, ok := 0, false
		for first := true; ; first = false {
			line, err := r.ReadBytes('\n')
			if err != nil {
				return
			}
			if first {
				_, err := fmt.Fscanf(bytes.NewReader(line), "GET /kind/%d ", &number)
				ok = err == nil && number < len(s.kinds)
			}
			if len(bytes.TrimSpace(line)) == 0 {
				break
			}
		}
		k := kind{says: []string{good}}
		if ok {
			k = s.kinds[number]
		}
		for i, text := range k.says {
			if k.slow && i > 0 {
				time.Sleep(20 * time.Millisecond)
			}
			if _, err := conn.Write([]byte(text)); err != nil {
				return
			}
		}
		switch k.end {
		case closes:
			conn.CloseWrite()
		case resets:
			conn.SetLinger(0)
			return
		}
	}
}
