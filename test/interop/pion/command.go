package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// "12 send length=100 stream=3"
type command struct {
	id     int
	verb   string
	values map[string]string
}

func parseCommand(line string) (command, error) {
	words := strings.Fields(line)
	if len(words) < 2 {
		return command{}, fmt.Errorf("no command: %q", line)
	}
	id, err := strconv.Atoi(words[0])
	if err != nil {
		return command{}, err
	}
	c := command{id: id, verb: words[1], values: map[string]string{}}
	for _, word := range words[2:] {
		name, value, _ := strings.Cut(word, "=")
		c.values[name] = value
	}
	return c, nil
}

func (c command) number(name string, otherwise int) int {
	value, err := strconv.Atoi(c.values[name])
	if err != nil {
		return otherwise
	}
	return value
}

func (c command) reply(with object, err error) {
	if with == nil {
		with = object{}
	}
	with["reply"] = c.id
	if err != nil {
		with["error"] = err.Error()
		with["errno"] = 0
	}
	emit(with)
}

// Commands are done one after the other, as they come; those that take their time go on by themselves.
func (p *peer) run(line string) {
	c, err := parseCommand(line)
	if err != nil {
		emitError("command", err)
		return
	}
	switch c.verb {
	case "connect":
		go p.onConnect(c)
	case "send":
		c.reply(nil, p.onSend(c))
	case "send-partial":
		c.reply(nil, p.onSendPartial(c))
	case "source":
		c.reply(nil, nil)
		go p.onSource(c)
	case "mode":
		p.lock.Lock()
		p.mode = c.values["name"]
		p.lock.Unlock()
		p.sink.lock.Lock()
		p.sink.hashing = c.number("hash", 1) != 0
		p.sink.lock.Unlock()
		c.reply(nil, nil)
	case "expect":
		c.reply(nil, nil)
		p.sink.expect(c.number("bytes", 1))
	case "sink":
		c.reply(p.sink.report(c.number("reset", 0) != 0), nil)
	case "reset-streams":
		c.reply(nil, p.resetStreams(strings.Split(c.values["streams"], ",")))
	case "shutdown":
		c.reply(nil, p.shutdown())
	case "abort":
		c.reply(nil, p.abort(c.values["reason"]))
	default:
		c.reply(nil, errors.New("pion has no such thing"))
	}
}

func (p *peer) onConnect(c command) {
	remote := &net.UDPAddr{IP: net.ParseIP(c.values["to"]), Port: c.number("udp", 9899)}
	if remote.IP == nil {
		c.reply(nil, errors.New("pion connects to one address"))
		return
	}
	c.reply(object{"assoc": 1}, nil)
	p.connect(remote)
}

func (p *peer) onSend(c command) error {
	stream, err := p.stream(uint16(c.number("stream", 0)))
	if err != nil {
		return err
	}
	message := make([]byte, c.number("length", 1))
	fillPattern(message, c.number("offset", 0))
	return p.send(stream, message, uint32(c.number("ppid", 0)), c.number("unordered", 0) != 0)
}

// Ends with the event `sourced` when everything is acknowledged.
func (p *peer) onSource(c command) {
	total, size := c.number("bytes", 0), c.number("size", 1024)
	streams, first := c.number("streams", 1), c.number("stream", 0)
	offsets := make([]int, streams)
	message := make([]byte, size)
	start := now()
	failed, done, messages := 0, 0, 0
	for ; done < total && failed == 0; messages++ {
		turn := messages % streams
		length := size
		if total-done < size {
			length = total - done
		}
		fillPattern(message[:length], offsets[turn])
		stream, err := p.stream(uint16(first + turn))
		if err == nil {
			err = p.send(stream, message[:length], uint32(c.number("ppid", 0)), c.number("unordered", 0) != 0)
		}
		if err != nil {
			emitError("source", err)
			failed = 5
			break
		}
		offsets[turn] += length
		done += length
	}
	handed := now()
	if failed == 0 && !p.settle(first, streams) {
		failed = 104
	}
	emit(object{"event": "sourced", "command": c.id, "assoc": 1, "bytes": done, "messages": messages,
		"ns": now() - start, "handedNs": handed - start, "error": failed})
}

// Waits until nothing of these streams is left to be acknowledged.
func (p *peer) settle(first, count int) bool {
	for id := first; id < first+count; id++ {
		stream, err := p.stream(uint16(id))
		if err != nil {
			return false
		}
		stream.SetBufferedAmountLowThreshold(0)
		p.wait(func() bool { return stream.BufferedAmount() == 0 })
		stream.SetBufferedAmountLowThreshold(uint64(p.options.sendBuffer / 2))
	}
	return !p.over()
}
