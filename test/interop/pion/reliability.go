package main

import (
	"errors"

	"github.com/pion/sctp"
)

// Partial reliability (RFC 3758, RFC 7496): pion has it by stream, for all that is under way on it.
func (p *peer) onSendPartial(c command) error {
	kinds := map[string]byte{"lifetime": sctp.ReliabilityTypeTimed, "retransmissions": sctp.ReliabilityTypeRexmit}
	kind, known := kinds[c.values["policy"]]
	if !known {
		return errors.New("pion has no such policy")
	}
	value := uint32(c.number("value", 0))
	if kind == sctp.ReliabilityTypeRexmit {
		// It counts transmissions, the first one too.
		value++
	}
	stream, err := p.stream(uint16(c.number("stream", 0)))
	if err != nil {
		return err
	}
	message := make([]byte, c.number("length", 1))
	fillPattern(message, c.number("offset", 0))
	return p.sendAs(stream, message, uint32(c.number("ppid", 0)), reliability{c.number("unordered", 0) != 0, kind, value})
}

type reliability struct {
	unordered bool
	kind      byte
	value     uint32
}
