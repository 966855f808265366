// The client of `make bench-learning`: learners that report what they played, through the gateway.
//
// Standard library only, so that it builds without a network; HTTP by hand, so that it costs the machine that it
// shares with the servers a few microseconds a report.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	mode := flag.String("mode", "closed", "closed: as fast as answers come; open: at a pace, whatever comes")
	address := flag.String("address", "", "host:port of the gateway")
	file := flag.String("learners", "", "file of learners, one JSON object a line")
	out := flag.String("out", "", "file of the figures")
	connections := flag.Int("connections", 64, "of the closed loop")
	seconds := flag.Float64("seconds", 30, "how long")
	flag.Parse()
	learners, err := readLearners(*file)
	if err != nil || len(learners) == 0 {
		fail(fmt.Errorf("no learners: %v", err))
	}
	var done figures
	switch *mode {
	case "closed":
		done = closed(*address, learners, *connections, *seconds)
	default:
		fail(fmt.Errorf("no such mode: %s", *mode))
	}
	if err := write(*out, done); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
