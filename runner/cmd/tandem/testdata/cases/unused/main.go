// Adds up square roots; "dropped" uses none of them, so they are not computed.
package main

import (
	"fmt"
	"math"
	"os"
)

const n = 30_000_000

func main() {
	if os.Args[1] == "dropped" {
		for i := range n {
			_ = math.Sqrt(float64(i))
		}
		return
	}
	sum := 0.0
	for i := range n {
		sum += math.Sqrt(float64(i)) / (1 + math.Sqrt(float64(i+1)))
	}
	fmt.Printf("%.0f\n", sum)
}
