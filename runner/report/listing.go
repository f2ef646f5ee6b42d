package report

import (
	"html/template"
	"strings"

	"github.com/alecthomas/chroma/v2"
	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/alecthomas/chroma/v2/styles"

	"tandem/runner/catalog"
)

// A listing is one side's source.
type listing struct {
	Side string
	Name string
	HTML template.HTML
}

// highlight sets code in classes; listing.css gives them colours.
func highlight(side, name, code string) (template.HTML, error) {
	language := "python"
	if side == catalog.Go {
		language = "go"
	}
	lexer := lexers.Get(language)
	if lexer == nil {
		lexer = lexers.Fallback
	}
	tokens, err := chroma.Coalesce(lexer).Tokenise(nil, strings.TrimRight(code, "\n")+"\n")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	formatter := chromahtml.New(chromahtml.WithClasses(true), chromahtml.PreventSurroundingPre(true))
	if err := formatter.Format(&b, styles.Fallback, tokens); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil // escaped by the formatter
}
