// A peer over pion's SCTP, for tests: it takes commands on its standard input, and tells events and replies on its
// standard output, as the usrsctp peer does. It ends with its standard input, at once and without a word to its peers.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"strings"
)

// Addresses of one option that may be said more than once.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}

type options struct {
	local         list
	port, udpPort int
	listen        bool
	mode          string
	streams       int
	sendBuffer    int
	receiveBuffer int
	udpBuffer     int
}

func readOptions() options {
	var o options
	flag.Var(&o.local, "local", "local address; pion has one")
	flag.IntVar(&o.port, "port", 5000, "SCTP port; pion's is 5000 whatever this says")
	flag.IntVar(&o.udpPort, "udp-port", 0, "UDP port")
	flag.BoolVar(&o.listen, "listen", false, "takes an association")
	flag.StringVar(&o.mode, "mode", "report", "report, echo or sink")
	flag.IntVar(&o.streams, "streams", 16, "streams that are read from the beginning")
	flag.IntVar(&o.sendBuffer, "send-buffer", 512<<10, "bytes of one stream that pion may hold before a sender waits")
	flag.IntVar(&o.receiveBuffer, "receive-buffer", 1<<20, "bytes")
	flag.IntVar(&o.udpBuffer, "udp-buffer", 0, "bytes")
	flag.Parse()
	return o
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func main() {
	o := readOptions()
	if len(o.local) != 1 {
		fail(fmt.Errorf("pion has one local address, and %d were given", len(o.local)))
	}
	conn, err := listenUDP(o.local[0], o.udpPort, o.udpBuffer)
	if err != nil {
		fail(err)
	}
	peer := newPeer(o, conn)
	if o.listen {
		go peer.accept()
	}
	emit(object{"event": "ready", "port": o.port, "udpPort": o.udpPort, "pid": os.Getpid()})
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		peer.run(lines.Text())
	}
	os.Exit(0)
}
