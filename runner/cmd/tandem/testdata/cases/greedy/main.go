// How much has been taken from the source when the first result is there?
package main

import (
	"fmt"
	"sync/atomic"
	"time"
)

func main() {
	var taken atomic.Int64
	items, results := make(chan int), make(chan int)
	go func() {
		defer close(items)
		for i := range 30 {
			taken.Add(1)
			items <- i
		}
	}()
	for range 2 {
		go func() {
			for i := range items {
				time.Sleep(10 * time.Millisecond)
				results <- i
			}
		}()
	}
	sum := <-results
	fmt.Println("taken:", taken.Load())
	for range 29 {
		sum += <-results
	}
	fmt.Println("sum:", sum)
}
