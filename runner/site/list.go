package site

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"

	"tandem/go/urlcheck"
)

// ReadList reads a list of URLs: one a line; blank lines and lines that begin
// with # do not count. The error names the file and the line that is wrong.
func ReadList(path string) ([]string, error) {
	text, err := readRegular(path)
	if err != nil {
		return nil, fmt.Errorf("reading the list of URLs: %w", err)
	}
	var urls []string
	number := 0
	for line := range strings.Lines(strings.TrimPrefix(string(text), "\ufeff")) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := validate(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %q: %w", path, number, shorten(line), err)
		}
		urls = append(urls, line)
	}
	if len(urls) == 0 {
		return nil, fmt.Errorf("%s: no URL in it: write one a line, such as https://example.org/", path)
	}
	return urls, nil
}

// maxList bounds a list: a million long URLs.
const maxList = 256 << 20 // bytes

// readRegular reads a file that has an end. What is none, such as a pipe, may
// never say anything.
func readRegular(path string) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // or a pipe is waited for here
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file: write the URLs into one", path)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxList+1))
	if err == nil && len(text) > maxList {
		err = fmt.Errorf("%s is longer than %d MiB", path, maxList>>20)
	}
	return text, err
}

// validate turns down what the languages' libraries would not all understand
// in the same way.
func validate(text string) error {
	for _, c := range text {
		if c <= ' ' || c >= 0x7f {
			return fmt.Errorf("%q in a URL: write other than plain characters as %%XX, and names of hosts in punycode", c)
		}
	}
	u, err := url.Parse(text)
	if err != nil {
		if inner := (*url.Error)(nil); errors.As(err, &inner) {
			err = inner.Err // it quotes the whole line once more
		}
		return err
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("want a URL that begins with http:// or https://")
	}
	host := u.Hostname()
	if host == "" {
		return errors.New("no host after " + u.Scheme + "://")
	}
	if u.User != nil {
		return errors.New("a user's name in a URL is not supported")
	}
	if strings.Contains(u.Host, "%") || strings.Contains(text, "\\") {
		return errors.New("a host's name holds only letters, digits, dots and hyphens")
	}
	if port := u.Port(); port != "" || strings.HasSuffix(u.Host, ":") {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return fmt.Errorf("port %q: want 1 to 65535", port)
		}
	}
	if !strings.Contains(host, ":") { // not IPv6
		for label := range strings.SplitSeq(strings.TrimSuffix(host, "."), ".") {
			if label == "" || len(label) > 63 {
				return fmt.Errorf("host %q: each part between dots has 1 to 63 characters", shorten(host))
			}
		}
	}
	// What a check could not even ask. That a name cannot exist is an answer.
	if _, err := urlcheck.Split(text); err != nil && !errors.As(err, new(*net.DNSError)) {
		return err
	}
	return nil
}

func shorten(text string) string {
	if len(text) > 100 {
		return text[:100] + "..."
	}
	return text
}
