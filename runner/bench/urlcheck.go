package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"tandem/runner/runtimes"
)

// urlChecks is a program of its own, which prints its own table: its
// candidates share a site with the program that serves it.
var urlChecks = benchmark{
	name: "urlcheck", rounds: 2,
	doc: "URL checks of both languages beside wrk, hey and asyncio streams (a table of its own)",
	setUp: func(ctx context.Context, b *bench) error {
		python, err := runtimes.Default(ctx, b.root) // the one that tandem run takes, with aiohttp
		if err != nil {
			return err
		}
		cmd := b.command(ctx, "go", "run", "./runner/bench/urlcheck", "-rounds", strconv.Itoa(b.rounds), "-python", python.Path)
		cmd.Stdout, cmd.Stderr = b.out, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("go run ./runner/bench/urlcheck: %w", err)
		}
		return nil
	},
}
