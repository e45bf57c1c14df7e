package main

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"sort"
	"sync"
)

func sha256Of(bytes []byte) string {
	sum := sha256.Sum256(bytes)
	return hex.EncodeToString(sum[:])
}

type streamCount struct {
	bytes, messages int
	hash            hash.Hash
}

// Counts and hashes what comes, a stream each.
type sink struct {
	lock            sync.Mutex
	bytes, messages int
	expected        int
	first, last     int64
	hashing         bool
	streams         map[uint16]*streamCount
}

func newSink() *sink { return &sink{hashing: true, streams: map[uint16]*streamCount{}} }

func (s *sink) take(id uint16, message []byte) {
	s.lock.Lock()
	defer s.lock.Unlock()
	stream := s.streams[id]
	if stream == nil {
		stream = &streamCount{hash: sha256.New()}
		s.streams[id] = stream
	}
	s.last = now()
	if s.first == 0 {
		s.first = s.last
	}
	s.bytes += len(message)
	s.messages++
	stream.bytes += len(message)
	stream.messages++
	if s.hashing {
		stream.hash.Write(message)
	}
	s.reached()
}

// Says `sunk` once that many bytes have come, perhaps at once.
func (s *sink) expect(bytes int) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.expected = bytes
	s.reached()
}

func (s *sink) reached() {
	if s.expected == 0 || s.bytes < s.expected {
		return
	}
	s.expected = 0
	emit(object{"event": "sunk", "assoc": 1, "bytes": s.bytes, "messages": s.messages, "ns": s.last - s.first})
}

func (s *sink) report(reset bool) object {
	s.lock.Lock()
	defer s.lock.Unlock()
	ids := make([]int, 0, len(s.streams))
	for id := range s.streams {
		ids = append(ids, int(id))
	}
	sort.Ints(ids)
	streams := make([]object, 0, len(ids))
	for _, id := range ids {
		stream := s.streams[uint16(id)]
		digest := ""
		if s.hashing {
			digest = hex.EncodeToString(stream.hash.Sum(nil))
		}
		streams = append(streams, object{"stream": id, "bytes": stream.bytes, "messages": stream.messages, "sha256": digest})
	}
	report := object{"assoc": 1, "bytes": s.bytes, "messages": s.messages, "ns": s.last - s.first, "streams": streams}
	if reset {
		s.bytes, s.messages, s.first, s.last = 0, 0, 0, 0
		s.streams = map[uint16]*streamCount{}
	}
	return report
}
