package report

import (
	"html/template"
	"strings"

	"github.com/alecthomas/chroma/v2"
	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/alecthomas/chroma/v2/styles"
)

// A listing is one side's source.
type listing struct {
	Side string
	Name string
	HTML template.HTML
}

// highlight sets code in classes; listing.css gives them colours.
func highlight(name, code string) (template.HTML, error) {
	lexer := lexers.Match(name)
	if lexer == nil {
		lexer = lexers.Fallback
	}
	tokens, err := chroma.Coalesce(lexer).Tokenise(nil, strings.TrimRight(code, "\n")+"\n")
	if err != nil {
		return "", err
	}
	// Most tokens have no colour of their own; a span for each of them would
	// be most of the page.
	var plain []chroma.Token
	for _, t := range tokens.Tokens() {
		if !styled(t.Type) {
			t.Type = chroma.Text
		}
		if n := len(plain); n > 0 && plain[n-1].Type == t.Type {
			plain[n-1].Value += t.Value
			continue
		}
		plain = append(plain, t)
	}
	var b strings.Builder
	formatter := chromahtml.New(chromahtml.WithClasses(true), chromahtml.PreventSurroundingPre(true))
	if err := formatter.Format(&b, styles.Fallback, chroma.Literator(plain...)); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil // escaped by the formatter
}

// styled says whether the style sheet knows a token.
func styled(t chroma.TokenType) bool {
	switch t {
	case chroma.NameFunction, chroma.NameFunctionMagic, chroma.NameDecorator, chroma.NameClass, chroma.NameBuiltin, chroma.NameBuiltinPseudo, chroma.OperatorWord:
		return true
	}
	return t.InCategory(chroma.Comment) || t.InCategory(chroma.Keyword) || t.InSubCategory(chroma.LiteralString) || t.InSubCategory(chroma.LiteralNumber)
}
