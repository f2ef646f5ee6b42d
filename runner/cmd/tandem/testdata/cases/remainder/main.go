// Adds up the squares below a number in 32 blocks; "lossy" forgets what is left
// over.
package main

import (
	"fmt"
	"os"
	"strconv"
)

func main() {
	n, _ := strconv.Atoi(os.Args[2])
	size := n / 32
	results := make(chan int)
	for block := range 32 {
		from, to := block*size, (block+1)*size
		if os.Args[1] == "exact" && block == 31 {
			to = n
		}
		go func() {
			sum := 0
			for i := from; i < to; i++ {
				sum += i * i
			}
			results <- sum
		}()
	}
	sum := 0
	for range 32 {
		sum += <-results
	}
	fmt.Println("sum", sum)
}
