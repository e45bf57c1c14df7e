package main

import (
	"bufio"
	"encoding/json"
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

type object map[string]interface{}

var (
	output     = bufio.NewWriter(os.Stdout)
	outputLock sync.Mutex
)

// CLOCK_MONOTONIC, the clock of Node's process.hrtime: the two can be compared on one machine.
func now() int64 {
	const clockMonotonic = 1
	var spec syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&spec)), 0)
	if nanoseconds := spec.Nano(); nanoseconds != 0 {
		return nanoseconds
	}
	return time.Now().UnixNano()
}

// One JSON object a line, written whole, whichever goroutine speaks.
func emit(what object) {
	what["at"] = now()
	line, err := json.Marshal(what)
	if err != nil {
		fail(err)
	}
	outputLock.Lock()
	defer outputLock.Unlock()
	output.Write(line)
	output.WriteByte('\n')
	output.Flush()
}

func emitError(call string, err error) {
	emit(object{"event": "error", "call": call, "errno": 0, "message": err.Error()})
}
