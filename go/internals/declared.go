package internals

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"
	"sync"
)

// wrong has three mistakes: each uses a channel against its direction.
const wrong = `package wrong

func wrong(receive <-chan int, send chan<- int) {
	receive <- 1
	<-send
	close(receive)
}`

// directions is how many of these mistakes the type checker finds,
// which is the compiler's own.
func directions() Facts {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "wrong.go", wrong, 0)
	if err != nil {
		return nil
	}
	lines := map[int]bool{}
	checker := types.Config{Error: func(err error) {
		mistake, _ := err.(types.Error)
		lines[files.Position(mistake.Pos).Line] = true
	}}
	checker.Check("wrong", files, []*ast.File{file}, nil)
	return Facts{"direction_mistakes_found": float64(len(lines))}
}

// methods counts the exported methods of types in package sync.
func methods() Facts {
	waitGroup := reflect.TypeFor[*sync.WaitGroup]()
	mutex := reflect.TypeFor[*sync.Mutex]()
	return Facts{
		"waitgroup_methods": float64(waitGroup.NumMethod()),
		"mutex_methods":     float64(mutex.NumMethod()),
	}
}
