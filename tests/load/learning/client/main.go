// The client of `make bench-learning`: learners that report what they played, through the gateway.
//
// Standard library only, so that it builds without a network; HTTP by hand, so that it costs the machine that it
// shares with the servers a few microseconds a report.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	mode := flag.String("mode", "closed", "closed: as fast as answers come; open: at a pace, whatever comes")
	address := flag.String("address", "", "host:port of the gateway")
	file := flag.String("learners", "", "file of learners, one JSON object a line")
	out := flag.String("out", "", "file of the figures")
	connections := flag.Int("connections", 64, "of the closed loop")
	seconds := flag.Float64("seconds", 30, "how long")
	period := flag.Float64("period", 15, "seconds between two reports of a learner, in the open loop")
	lively := flag.Float64("lively", 0, "share of reports after which somebody pauses, reloads or leaves")
	picture := flag.String("picture", "", "file of the JPEG that answers a face check; none: whoever is asked stops")
	flag.Parse()
	learners, err := readLearners(*file)
	if err != nil || len(learners) == 0 {
		fail(fmt.Errorf("no learners: %v", err))
	}
	var done figures
	switch *mode {
	case "closed":
		done = closed(*address, learners, *connections, *seconds)
	case "open":
		how := habits{period: time.Duration(*period * float64(time.Second)), frame: form(*picture)}
		how.pause, how.reload, how.leave = *lively/2, *lively/4, *lively/4
		done = open(*address, learners, how, *seconds)
	default:
		fail(fmt.Errorf("no such mode: %s", *mode))
	}
	if err := write(*out, done); err != nil {
		fail(err)
	}
}

// form is the body that uploads the picture.
func form(picture string) []byte {
	if picture == "" {
		return nil
	}
	content, err := os.ReadFile(picture)
	if err != nil {
		fail(err)
	}
	head := "--" + boundary + "\r\nContent-Disposition: form-data; name=\"frame\"; filename=\"frame.jpg\"\r\n" +
		"Content-Type: image/jpeg\r\n\r\n"
	return append(append([]byte(head), content...), "\r\n--"+boundary+"--\r\n"...)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
