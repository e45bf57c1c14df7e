package main

// The pattern of every stream is one block over and over. Its length is a prime, so that a message lost, doubled or
// swapped changes the hash whatever the message size.
const patternLength = 65521

var patternBlock = makePattern()

func makePattern() []byte {
	block := make([]byte, patternLength)
	x := uint32(0x9e3779b9)
	for i := range block {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		block[i] = byte(x >> 24)
	}
	return block
}

func fillPattern(into []byte, offset int) {
	for len(into) > 0 {
		done := copy(into, patternBlock[offset%patternLength:])
		into = into[done:]
		offset += done
	}
}
