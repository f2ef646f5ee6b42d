package report

import (
	"fmt"
	"html"
	"html/template"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/alecthomas/chroma/v2"

	"tandem/runner/figure"

	"github.com/alecthomas/chroma/v2/lexers"
)

// A listing is a part of a pair's programs, a side each: a function beside its
// twin, or what one language has alone.
type listing []template.HTML

// A block is a top-level declaration with the comment above it.
type block struct{ name, text string }

var (
	declares = regexp.MustCompile(`^[\p{L}_@]`)
	named    = regexp.MustCompile(`^(?:func (?:\([^)]*\) )?|type |(?:async )?def |class )(\w+)`)
)

// blocks cuts a program at its top-level declarations. What has no name, such as
// imports, is one block, the last.
func blocks(code string) (out []block) {
	var rest, above []string
	current := -1 // in out; -1: what has no name
	decorated := false
	flush := func() {
		if current < 0 {
			rest = append(rest, above...)
		} else {
			out[current].text += strings.Join(above, "\n") + "\n"
		}
		above = nil
	}
	for _, line := range strings.Split(strings.TrimRight(code, "\n"), "\n") {
		comment := strings.HasPrefix(line, "//") || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "@")
		switch m := named.FindStringSubmatch(line); {
		case comment:
			decorated = decorated || line[0] == '@'
			above = append(above, line)
			continue
		case m != nil:
			current = slices.IndexFunc(out, func(b block) bool { return b.name == m[1] })
			if current < 0 {
				current = len(out)
				out = append(out, block{name: m[1]})
			} else {
				out[current].text += "\n"
			}
		case declares.MatchString(line):
			current = -1
		case line == "" && len(above) > 0 && !decorated:
			current = -1 // a comment of its own
			flush()
		}
		above = append(above, line)
		flush()
		decorated = false
	}
	flush()
	return append(out, block{text: strings.TrimSpace(strings.Join(rest, "\n"))})
}

// twins sets the blocks of the sides beside each other: those that the variants
// are named after first, then what all have.
func twins(variants, codes []string) (out [][]string) {
	key := func(name string) string {
		return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
	}
	var names []string
	has := map[string][]string{} // by name, the text of each side
	for side, code := range codes {
		for _, b := range blocks(code) {
			k := key(b.name)
			if has[k] == nil {
				has[k] = make([]string, len(codes))
				names = append(names, k)
			}
			has[k][side] = strings.Trim(has[k][side]+"\n"+b.text, "\n")
		}
	}
	rank := func(k string) int {
		switch {
		case k == "":
			return 3
		case slices.ContainsFunc(variants, func(v string) bool { return key(v) == k }):
			return 0
		case !slices.Contains(has[k], ""):
			return 1
		}
		return 2
	}
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	for _, k := range names {
		if slices.ContainsFunc(has[k], func(text string) bool { return text != "" }) {
			out = append(out, has[k])
		}
	}
	return out
}

// known are the lexers by the endings of files: to look one up takes longer than
// to highlight a program.
var known sync.Map

func lexerOf(name string) chroma.Lexer {
	ending := filepath.Ext(name)
	if l, ok := known.Load(ending); ok && ending != "" {
		return l.(chroma.Lexer)
	}
	lexer := lexers.Match(name)
	if lexer == nil {
		lexer = lexers.Fallback
	}
	known.Store(ending, lexer)
	return lexer
}

// escape escapes what stands between elements.
var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// highlight marks up what the style sheet colours.
func highlight(name, code string) (template.HTML, error) {
	if code == "" {
		return "", nil
	}
	tokens, err := chroma.Coalesce(lexerOf(name)).Tokenise(nil, strings.TrimRight(code, "\n")+"\n")
	if err != nil {
		return "", err
	}
	// Keywords and comments are so many that the shortest elements save a tenth
	// of a page. Neighbours of one type are one element.
	var b strings.Builder
	end, last := "", chroma.None
	for _, t := range tokens.Tokens() {
		begin, ends := markup(t.Type)
		if begin == "" {
			t.Type = chroma.None
		}
		if t.Type != last {
			b.WriteString(end + begin)
			end, last = ends, t.Type
		}
		_, _ = escape.WriteString(&b, t.Value)
	}
	return template.HTML(b.String() + end), nil
}

// markup is what marks a token up; none where it has no colour.
func markup(t chroma.TokenType) (begin, end string) {
	switch {
	case t.InCategory(chroma.Comment) || t == chroma.LiteralStringDoc:
		return "<i>", "</i>"
	case t.InCategory(chroma.Keyword) && t != chroma.KeywordType && t != chroma.KeywordConstant:
		return "<b>", "</b>"
	case t == chroma.NameFunction || t == chroma.NameFunctionMagic || t == chroma.NameDecorator || t == chroma.NameClass:
		return `<span class="` + chroma.StandardTypes[t] + `">`, "</span>"
	}
	return "", ""
}

// coloured sets text in HTML; runs of a worker's letters in its colour, where
// there is nothing but capital letters.
func coloured(lines []string) template.HTML {
	text := strings.Join(lines, "\n")
	if strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ\n") != "" {
		return template.HTML(html.EscapeString(text))
	}
	var b strings.Builder
	for rs := []rune(text); len(rs) > 0; {
		n := 1
		for n < len(rs) && rs[n] == rs[0] {
			n++
		}
		if rs[0] == '\n' {
			b.WriteString(string(rs[:n]))
		} else {
			fmt.Fprintf(&b, `<span class="t-%s">%s</span>`, figure.WorkerColour(int(rs[0]-'A')).Name, string(rs[:n]))
		}
		rs = rs[n:]
	}
	return template.HTML(b.String())
}
