package main

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pion/logging"
	"github.com/pion/sctp"
)

// No larger message is sent or taken.
const maxMessage = 4 << 20

// One association, which is all that there is to a connection of pion's.
type peer struct {
	options options
	conn    *udpConn
	drained *sync.Cond
	// Closed when nothing is waited for any more.
	waited chan struct{}

	lock        sync.Mutex
	mode        string
	association *sctp.Association
	streams     map[uint16]*sctp.Stream
	sink        *sink
	// How it ends, once that has been asked for.
	ending string
}

func newPeer(o options, conn *udpConn) *peer {
	return &peer{
		options: o,
		conn:    conn,
		drained: sync.NewCond(&sync.Mutex{}),
		waited:  make(chan struct{}),
		mode:    o.mode,
		streams: map[uint16]*sctp.Stream{},
		sink:    newSink(),
	}
}

func (p *peer) config() sctp.Config {
	// Standard output is for events.
	loggers := logging.NewDefaultLoggerFactory()
	loggers.Writer = os.Stderr
	return sctp.Config{
		NetConn:              p.conn,
		MaxReceiveBufferSize: uint32(p.options.receiveBuffer),
		MaxMessageSize:       maxMessage,
		LoggerFactory:        loggers,
	}
}

// Is a server from the first datagram on: until then it may still become a client.
func (p *peer) accept() {
	first := p.conn.waitForFirst()
	close(p.waited)
	if first {
		association, err := sctp.Server(p.config())
		p.begin(association, err)
	}
}

func (p *peer) connect(remote *net.UDPAddr) {
	if p.options.listen {
		p.conn.stopWaiting()
		<-p.waited
		p.conn.SetReadDeadline(time.Time{})
	}
	p.conn.setRemote(remote)
	association, err := sctp.Client(p.config())
	p.begin(association, err)
}

func (p *peer) begin(association *sctp.Association, err error) {
	if err != nil {
		emit(object{"event": "assoc", "assoc": 1, "state": "CANT_STR_ASSOC", "error": 0, "in": 0, "out": 0, "info": ""})
		return
	}
	p.lock.Lock()
	p.association = association
	p.lock.Unlock()
	// Its queue of streams that nobody has accepted yet holds 16, and what begins a further one is dropped.
	for id := 0; id < p.options.streams; id++ {
		p.stream(uint16(id))
	}
	p.event("COMM_UP", "")
	for {
		stream, err := association.AcceptStream()
		if err != nil {
			return
		}
		p.adopt(stream)
	}
}

func (p *peer) event(state, info string) {
	streams := 65535
	emit(object{"event": "assoc", "assoc": 1, "state": state, "error": 0, "in": streams, "out": streams, "info": info})
}

// Gives a stream that is open, with a reader.
func (p *peer) stream(id uint16) (*sctp.Stream, error) {
	p.lock.Lock()
	stream, association := p.streams[id], p.association
	p.lock.Unlock()
	if stream != nil {
		return stream, nil
	}
	if association == nil {
		return nil, errors.New("no association")
	}
	stream, err := association.OpenStream(id, 0)
	if err != nil {
		return nil, err
	}
	p.adopt(stream)
	return stream, nil
}

func (p *peer) adopt(stream *sctp.Stream) {
	stream.SetBufferedAmountLowThreshold(uint64(p.options.sendBuffer / 2))
	stream.OnBufferedAmountLow(func() {
		p.drained.L.Lock()
		p.drained.Broadcast()
		p.drained.L.Unlock()
	})
	p.lock.Lock()
	p.streams[stream.StreamIdentifier()] = stream
	p.lock.Unlock()
	go p.read(stream)
}

func (p *peer) read(stream *sctp.Stream) {
	bytes := make([]byte, maxMessage)
	for {
		length, ppid, err := stream.ReadSCTP(bytes)
		if errors.Is(err, io.EOF) {
			// The other side has reset it, and so do we (RFC 8831 §6.7), unless we were the first.
			if err := stream.Close(); err != nil {
				emitError("close", err)
			}
			p.forget(stream)
			return
		}
		if err != nil {
			p.ended(err)
			return
		}
		p.take(stream, bytes[:length], uint32(ppid))
	}
}

// What is sent on it from now on goes over a new one.
func (p *peer) forget(stream *sctp.Stream) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.streams[stream.StreamIdentifier()] == stream {
		delete(p.streams, stream.StreamIdentifier())
	}
}

// Closes streams, which resets them, our direction first.
func (p *peer) resetStreams(ids []string) error {
	for _, text := range ids {
		id, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			return err
		}
		stream, err := p.stream(uint16(id))
		if err != nil {
			return err
		}
		if err := stream.Close(); err != nil {
			return err
		}
	}
	return nil
}

func (p *peer) take(stream *sctp.Stream, message []byte, ppid uint32) {
	p.lock.Lock()
	mode := p.mode
	p.lock.Unlock()
	id := stream.StreamIdentifier()
	switch mode {
	case "echo":
		// Whether it came unordered pion does not tell.
		if err := p.send(stream, message, ppid, false); err != nil {
			emitError("echo", err)
		}
	case "sink":
		p.sink.take(id, message)
	default:
		emit(object{"event": "message", "assoc": 1, "stream": id, "ppid": ppid, "length": len(message), "sha256": sha256Of(message)})
	}
}

// Hands a message to pion, once it holds little enough of this stream.
func (p *peer) send(stream *sctp.Stream, message []byte, ppid uint32, unordered bool) error {
	return p.sendAs(stream, message, ppid, reliability{unordered, sctp.ReliabilityTypeReliable, 0})
}

func (p *peer) sendAs(stream *sctp.Stream, message []byte, ppid uint32, how reliability) error {
	p.wait(func() bool { return stream.BufferedAmount() < uint64(p.options.sendBuffer) })
	p.lock.Lock()
	defer p.lock.Unlock()
	stream.SetReliabilityParams(how.unordered, how.kind, how.value)
	_, err := stream.WriteSCTP(message, sctp.PayloadProtocolIdentifier(ppid))
	return err
}

// Waits for a condition that acknowledgements bring about, or for the end.
func (p *peer) wait(condition func() bool) {
	p.drained.L.Lock()
	defer p.drained.L.Unlock()
	for !condition() && !p.over() {
		p.drained.Wait()
	}
}

func (p *peer) over() bool {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.ending == "told"
}

// Every stream ends with the association; the first that does speaks for all.
func (p *peer) ended(err error) {
	p.lock.Lock()
	told, asked := p.ending == "told", p.ending
	p.ending = "told"
	p.lock.Unlock()
	if told {
		return
	}
	p.drained.L.Lock()
	p.drained.Broadcast()
	p.drained.L.Unlock()
	switch {
	case asked == "abort" || errors.Is(err, sctp.ErrChunk):
		p.event("COMM_LOST", abortChunk(err))
	default:
		p.event("SHUTDOWN_COMP", "")
	}
}

// pion tells of an ABORT by an error that ends with the causes as text: "...: (User Initiated Abort: enough)". What the
// chunk was is put together again from that.
func abortChunk(err error) string {
	const before = "User Initiated Abort: "
	text := err.Error()
	at := strings.LastIndex(text, before)
	if at < 0 {
		return ""
	}
	reason := strings.TrimSuffix(text[at+len(before):], ")")
	length := 4 + len(reason)
	chunk := []byte{6, 0, byte((4 + length) >> 8), byte(4 + length), 0, 12, byte(length >> 8), byte(length)}
	return hex.EncodeToString(append(chunk, reason...))
}

func (p *peer) shutdown() error {
	p.lock.Lock()
	association := p.association
	p.ending = "shutdown"
	p.lock.Unlock()
	if association == nil {
		return errors.New("no association")
	}
	go func() {
		limit, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := association.Shutdown(limit); err != nil {
			emitError("shutdown", err)
		}
	}()
	return nil
}

func (p *peer) abort(reason string) error {
	p.lock.Lock()
	association := p.association
	p.ending = "abort"
	p.lock.Unlock()
	if association == nil {
		return errors.New("no association")
	}
	go association.Abort(reason)
	return nil
}
