package site

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// trusted is what all clients of these tests trust, and nobody else.
var trusted authority

type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "tandem-site-")
	if err != nil {
		panic(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	trusted.key = key
	template := certificate()
	template.Subject.CommonName = "whom tandem's tests trust"
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	trusted.certificate, err = x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	// Both languages read it, and each of them once.
	path := filepath.Join(dir, "trusted.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		panic(err)
	}
	os.Setenv("SSL_CERT_FILE", path)
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		os.RemoveAll(dir)
		os.Exit(code)
	}))
}

// certificate is what a good certificate says.
func certificate() *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "tandem's tests"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost", "a.localhost"},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
}

// A tlsKind is one way to behave on a port for HTTPS.
type tlsKind struct {
	name  string
	host  string // empty: 127.0.0.1
	serve func(net.Conn)
	slow  bool
}

func hostileTLS(t *testing.T) []tlsKind {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	issue := func(key crypto.Signer, change func(*x509.Certificate)) tls.Certificate {
		template := certificate()
		if change != nil {
			change(template)
		}
		der, err := x509.CreateCertificate(rand.Reader, template, trusted.certificate, key.Public(), trusted.key)
		require.NoError(t, err)
		return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	}
	plainRSA, plainEC := issue(rsaKey, nil), issue(p256, nil)
	selfMade, err := selfSigned()
	require.NoError(t, err)

	// speak is a server that says something once a request has come.
	speak := func(config *tls.Config, text string, end func(*tls.Conn)) func(net.Conn) {
		return func(raw net.Conn) {
			conn := tls.Server(raw, config)
			if conn.Handshake() != nil {
				return
			}
			if _, err := conn.Read(make([]byte, 4096)); err != nil {
				return
			}
			io.WriteString(conn, text)
			end(conn)
		}
	}
	orderly := func(conn *tls.Conn) { conn.Close() }
	cut := func(conn *tls.Conn) { conn.NetConn().(*net.TCPConn).CloseWrite(); io.Copy(io.Discard, conn.NetConn()) }
	broken := func(conn *tls.Conn) { conn.NetConn().(*net.TCPConn).SetLinger(0) }
	answers := func(config *tls.Config) func(net.Conn) { return speak(config, good, orderly) }
	with := func(certificate tls.Certificate) func(net.Conn) {
		return answers(&tls.Config{Certificates: []tls.Certificate{certificate}})
	}
	version := func(least, most uint16, suites ...uint16) func(net.Conn) {
		return answers(&tls.Config{Certificates: []tls.Certificate{plainRSA}, MinVersion: least, MaxVersion: most, CipherSuites: suites})
	}
	says := func(text string) func(net.Conn) {
		return func(conn net.Conn) {
			conn.Read(make([]byte, 4096))
			io.WriteString(conn, text)
			conn.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, conn)
		}
	}
	whole := &tls.Config{Certificates: []tls.Certificate{plainEC}}
	return []tlsKind{
		{name: "good", serve: with(plainEC)},
		{name: "good RSA", serve: with(plainRSA)},
		{name: "good name", serve: with(plainEC), host: "a.localhost"},
		{name: "good name in capitals", serve: with(plainEC), host: "A.LOCALHOST."},
		{name: "other name", serve: with(plainEC), host: "b.localhost"},
		{name: "self-signed", serve: with(selfMade)},
		{name: "expired", serve: with(issue(p256, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }))},
		{name: "not yet", serve: with(issue(p256, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(24*time.Hour), time.Now().Add(48*time.Hour)
		}))},
		{name: "no address", serve: with(issue(p256, func(c *x509.Certificate) { c.IPAddresses = nil }))},
		{name: "a common name alone", serve: with(issue(p256, func(c *x509.Certificate) {
			c.IPAddresses, c.DNSNames, c.Subject.CommonName = nil, nil, "a.localhost"
		})), host: "a.localhost"},
		{name: "wildcard", serve: with(issue(p256, func(c *x509.Certificate) { c.DNSNames = []string{"*.b.localhost"} })), host: "a.b.localhost"},
		{name: "wildcard too far", serve: with(issue(p256, func(c *x509.Certificate) { c.DNSNames = []string{"*.b.localhost"} })), host: "a.a.b.localhost"},
		{name: "for clients", serve: with(issue(p256, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }))},
		{name: "no key usage", serve: with(issue(p256, func(c *x509.Certificate) { c.KeyUsage, c.ExtKeyUsage = 0, nil }))},
		{name: "TLS 1.0", serve: version(tls.VersionTLS10, tls.VersionTLS10)},
		{name: "TLS 1.1", serve: version(tls.VersionTLS11, tls.VersionTLS11)},
		{name: "TLS 1.2", serve: version(tls.VersionTLS12, tls.VersionTLS12)},
		{name: "TLS 1.3", serve: version(tls.VersionTLS13, tls.VersionTLS13)},
		{name: "key exchange by RSA", serve: version(tls.VersionTLS12, tls.VersionTLS12, tls.TLS_RSA_WITH_AES_128_GCM_SHA256)},
		{name: "RC4", serve: version(tls.VersionTLS12, tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA)},
		{name: "3DES", serve: version(tls.VersionTLS12, tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA)},
		{name: "CBC and SHA-1", serve: version(tls.VersionTLS12, tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA)},
		{name: "CBC and SHA-256", serve: version(tls.VersionTLS12, tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256)},
		{name: "ChaCha", serve: version(tls.VersionTLS12, tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256)},
		{name: "a client's certificate wanted, 1.2", serve: answers(&tls.Config{Certificates: []tls.Certificate{plainEC}, MaxVersion: tls.VersionTLS12, ClientAuth: tls.RequireAnyClientCert})},
		{name: "a client's certificate wanted, 1.3", serve: answers(&tls.Config{Certificates: []tls.Certificate{plainEC}, ClientAuth: tls.RequireAnyClientCert})},
		{name: "plain HTTP", serve: says("HTTP/1.1 400 Bad Request\r\n\r\n")},
		{name: "junk", serve: says("junk junk junk junk")},
		{name: "a byte", serve: says("\x16")},
		{name: "nothing", serve: says("")},
		{name: "part of a record", serve: says("\x16\x03\x03\x00\x40\x02")},
		{name: "an empty record", serve: says("\x16\x03\x03\x00\x00")},
		{name: "a long record", serve: says("\x16\x03\x03\xff\xff" + good)},
		{name: "SSL 3 alert", serve: says("\x15\x03\x00\x00\x02\x02\x28")},
		{name: "alert: handshake failure", serve: says("\x15\x03\x03\x00\x02\x02\x28")},
		{name: "alert: version", serve: says("\x15\x03\x01\x00\x02\x02\x46")},
		{name: "alert: no such name", serve: says("\x15\x03\x03\x00\x02\x02\x70")},
		{name: "alert: unknown", serve: says("\x15\x03\x03\x00\x02\x02\xfa")},
		{name: "alert: close", serve: says("\x15\x03\x03\x00\x02\x01\x00")},
		{name: "data before a handshake", serve: says("\x17\x03\x03\x00\x02hi")},
		{name: "SSL 2", serve: says("\x80\x0b\x04\x00\x01\x00\x02\x00\x00\x00\x03\x01\x02")},
		{name: "an odd hello", serve: says("\x16\x03\x03\x00\x04\x02\x00\x00\x00")},
		{name: "closes at once", serve: func(net.Conn) {}},
		{name: "resets at once", serve: func(conn net.Conn) { conn.(*net.TCPConn).SetLinger(0) }},
		{name: "resets after hello", serve: func(conn net.Conn) { conn.Read(make([]byte, 4096)); conn.(*net.TCPConn).SetLinger(0) }},
		{name: "cut before an answer", serve: speak(whole, "", cut)},
		{name: "closed before an answer", serve: speak(whole, "", orderly)},
		{name: "reset before an answer", serve: speak(whole, "", broken)},
		{name: "cut in the head", serve: speak(whole, ok, cut)},
		{name: "closed in the head", serve: speak(whole, ok, orderly)},
		{name: "cut in the body", serve: speak(whole, ok+"Content-Length: 5\r\n\r\nhi", cut)},
		{name: "closed in the body", serve: speak(whole, ok+"Content-Length: 5\r\n\r\nhi", orderly)},
		{name: "closed after a body to the end", serve: speak(whole, ok+"\r\nhi", orderly)},
		{name: "cut after a body to the end", serve: speak(whole, ok+"\r\nhi", cut)},
		{name: "cut after a body", serve: speak(whole, good, cut)},
		{name: "not HTTP", serve: speak(whole, "hi\r\n\r\n", orderly)},
		{name: "hangs", serve: func(conn net.Conn) { io.Copy(io.Discard, conn) }, slow: true},
		{name: "hangs in the handshake", serve: func(conn net.Conn) { io.WriteString(conn, "\x16\x03\x03\x00\x40\x02"); io.Copy(io.Discard, conn) }, slow: true},
		{name: "hangs before an answer", serve: speak(whole, "", func(conn *tls.Conn) { io.Copy(io.Discard, conn) }), slow: true},
	}
}

// listen serves a kind and returns its port.
func listen(t *testing.T, serve func(net.Conn)) int {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	s := &hostileServer{listener: listener, open: map[net.Conn]bool{}}
	s.accept(t, func(conn *net.TCPConn) {
		conn.SetDeadline(time.Now().Add(time.Minute))
		serve(conn)
	})
	return listener.Addr().(*net.TCPAddr).Port
}
