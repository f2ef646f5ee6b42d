package parallel_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tandem/go/parallel"
)

func parse(_ context.Context, word string) (int, error) { return strconv.Atoi(word) }

func ExampleDo() {
	numbers, err := parallel.Do(context.Background(), []string{"1", "2", "3"}, 2, parse)
	fmt.Println(numbers, err)
	_, err = parallel.Do(context.Background(), []string{"1", "two", "3"}, 2, parse)
	fmt.Println(err)
	// Output:
	// [1 2 3] <nil>
	// strconv.Atoi: parsing "two": invalid syntax
}

func ExampleEach() {
	for _, r := range parallel.Each(context.Background(), []string{"1", "two", "3"}, 2, parse) {
		fmt.Println(r.Index, r.Value, r.Err)
	}
	// Output:
	// 0 1 <nil>
	// 1 0 strconv.Atoi: parsing "two": invalid syntax
	// 2 3 <nil>
}

func ExampleInOrder() {
	lines := bufio.NewScanner(strings.NewReader("1\n2\n3\n")) // of any length
	words := func(yield func(string) bool) {
		for lines.Scan() && yield(lines.Text()) {
		}
	}
	for n, err := range parallel.InOrder(context.Background(), words, 2, parse) {
		fmt.Println(n, err)
	}
	// Output:
	// 1 <nil>
	// 2 <nil>
	// 3 <nil>
}

func ExamplePanic() {
	_, err := parallel.Do(context.Background(), []int{1, 0}, 2, func(_ context.Context, i int) (int, error) {
		return 1 / i, nil
	})
	var p *parallel.Panic
	fmt.Println(errors.As(err, &p), p.Value)
	// Output: true runtime error: integer divide by zero
}
