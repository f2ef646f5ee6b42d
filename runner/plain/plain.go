// Package plain makes text harmless that others wrote: messages of children,
// names and numbers of a run's files, paths, URLs.
//
// Its one decision: nothing is asked about where a text came from. Everything
// that goes to a terminal passes a Writer, everything that goes into a page
// passes Page, and what does more there than to be read is taken out.
package plain

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// acts says whether c does something instead of being seen: the controls (C0,
// DEL, C1), the marks that reorder what stands around them, and the line ends
// that only some programs know. Newlines and tabs are text.
func acts(c rune) bool {
	switch {
	case c == '\n', c == '\t':
		return false
	case c < ' ', 0x7f <= c && c < 0xa0:
		return true
	case c == 0x061c, 0x200e <= c && c <= 0x200f, 0x2028 <= c && c <= 0x202e, 0x2066 <= c && c <= 0x2069, c == 0xfeff:
		return true
	}
	return false
}

// clean replaces each rune that acts, and every byte that is not UTF-8.
func clean(text []byte, replace func(out []byte, c rune) []byte) []byte {
	var out []byte // nil as long as nothing had to be replaced
	for i := 0; i < len(text); {
		c, n := rune(text[i]), 1
		if c >= utf8.RuneSelf {
			c, n = utf8.DecodeRune(text[i:])
		}
		switch bad := c == utf8.RuneError && n == 1; {
		case bad || acts(c):
			if out == nil {
				out = append(make([]byte, 0, len(text)+16), text[:i]...)
			}
			if bad {
				out = utf8.AppendRune(out, utf8.RuneError)
			} else {
				out = replace(out, c)
			}
		case out != nil:
			out = append(out, text[i:i+n]...)
		}
		i += n
	}
	if out == nil {
		return text
	}
	return out
}

// escaped writes a rune as \u001b. JSON means the same by it, so a program that
// reads what was printed for it gets the text as it was.
func escaped(out []byte, c rune) []byte {
	const hex = "0123456789abcdef"
	return append(out, '\\', 'u', hex[c>>12&15], hex[c>>8&15], hex[c>>4&15], hex[c&15])
}

// Terminal is text as it may be shown on a terminal.
func Terminal(text string) string { return string(clean([]byte(text), escaped)) }

// Page is a document as it may be shown by a browser or another viewer: what
// was taken out leaves U+FFFD.
func Page(document []byte) []byte {
	return clean(document, func(out []byte, _ rune) []byte { return utf8.AppendRune(out, utf8.RuneError) })
}

// A Writer passes text on as Terminal makes it.
type Writer struct {
	To   io.Writer
	rest []byte // the beginning of a rune whose end is still to come
}

// Write passes text on, and reports all of it as written or none.
func (w *Writer) Write(text []byte) (int, error) {
	whole := append(w.rest, text...)
	end := len(whole)
	for back := 1; back < utf8.UTFMax && back <= len(whole); back++ {
		if c := whole[len(whole)-back]; utf8.RuneStart(c) {
			if !utf8.FullRune(whole[len(whole)-back:]) {
				end = len(whole) - back
			}
			break
		}
	}
	w.rest = bytes.Clone(whole[end:])
	if _, err := w.To.Write(clean(whole[:end], escaped)); err != nil {
		return 0, err
	}
	return len(text), nil
}
