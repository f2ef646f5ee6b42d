package catalog

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// aRandomNumbers is how a line may have the word "seed".
var aRandomNumbers = regexp.MustCompile(`(?i)random|TANDEM_SEED|seed, err = strconv|order seeded|func Order|draw from|seeded,|hashseed|plan, seed|run's seed|has no seed|depends on the seed|--seed` +
	`|[(,] ?"?seed"?[,)]|\.seed\b|\bseed(: (int|seed|\d)|=st\.| in range|\s+uint64)|const seed = \d`)

// A document is a source, and called by its author. A seed is a random number's
// and nothing else, in code, data and texts.
func TestASeedIsARandomNumbers(t *testing.T) {
	root, read := filepath.Join("..", ".."), 0
	for _, at := range []string{"README.md", "Makefile", "results/README.md", "results/published", "go", "python", "runner"} {
		require.NoError(t, filepath.WalkDir(filepath.Join(root, at), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Base(path) == "words_test.go" || !regexp.MustCompile(`(\.(go|py|toml|md|tmpl|css|js|txtar|golden)|Makefile)$`).MatchString(path) {
				return err
			}
			text, err := os.ReadFile(path)
			for i, line := range strings.Split(string(text), "\n") {
				if strings.Contains(strings.ToLower(line), "seed") && !aRandomNumbers.MatchString(line) {
					t.Errorf("%s:%d: %s", path, i+1, strings.TrimSpace(line))
				}
			}
			read++
			return err
		}))
	}
	require.Greater(t, read, 100)
}
