// Command empty speaks the protocol and does no work.
package main

import (
	"bufio"
	"os"
	"time"
)

func main() {
	in, out := bufio.NewReader(os.Stdin), os.NewFile(3, "TANDEM_FD")
	in.ReadSlice('\n')
	out.WriteString(`{"ready":{"language":"go","version":"0"}}` + "\n")
	in.ReadSlice('\n')
	begin := time.Now()
	out.WriteString(`{"done":{"elapsed_ns":` + decimal(time.Since(begin)) + `,"answer":""}}` + "\n")
	in.ReadSlice('\n')
}

func decimal(d time.Duration) string {
	digits := [20]byte{}
	i := len(digits)
	for {
		i--
		digits[i] = byte('0' + d%10)
		if d /= 10; d == 0 {
			return string(digits[i:])
		}
	}
}
