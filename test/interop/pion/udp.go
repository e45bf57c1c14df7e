package main

import (
	"net"
	"sync"
	"time"
)

// What pion is given for a connection: a UDP socket with one remote address, a packet a datagram (RFC 6951). It is that
// of the first datagram that comes, unless `connect` names it.
type udpConn struct {
	*net.UDPConn
	lock   sync.Mutex
	remote *net.UDPAddr
	// What came before anybody read.
	first []byte
}

func listenUDP(address string, port, buffer int) (*udpConn, error) {
	socket, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(address), Port: port})
	if err != nil {
		return nil, err
	}
	if buffer > 0 {
		socket.SetReadBuffer(buffer)
		socket.SetWriteBuffer(buffer)
	}
	return &udpConn{UDPConn: socket}, nil
}

func (c *udpConn) setRemote(remote *net.UDPAddr) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.remote = remote
}

// Says whether a datagram is of the one remote address.
func (c *udpConn) takes(from *net.UDPAddr) bool {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.remote == nil {
		c.remote = from
	}
	return c.remote.Port == from.Port && c.remote.IP.Equal(from.IP)
}

// Waits for the first datagram, which the next Read gives. False when `stopWaiting` was called before.
func (c *udpConn) waitForFirst() bool {
	bytes := make([]byte, 65536)
	length, from, err := c.ReadFromUDP(bytes)
	if err != nil {
		return false
	}
	c.setRemote(from)
	c.first = bytes[:length]
	return true
}

func (c *udpConn) stopWaiting() { c.SetReadDeadline(time.Unix(1, 0)) }

func (c *udpConn) Read(into []byte) (int, error) {
	if c.first != nil {
		length := copy(into, c.first)
		c.first = nil
		return length, nil
	}
	for {
		length, from, err := c.ReadFromUDP(into)
		if err != nil || c.takes(from) {
			return length, err
		}
	}
}

func (c *udpConn) Write(bytes []byte) (int, error) {
	c.lock.Lock()
	remote := c.remote
	c.lock.Unlock()
	if remote == nil {
		return 0, net.ErrClosed
	}
	return c.WriteToUDP(bytes, remote)
}

func (c *udpConn) RemoteAddr() net.Addr {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.remote
}
