//go:build !linux

package main

import "errors"

func pin() (core int, err error) { return 0, errors.New("no thread can be tied to a core here") }
