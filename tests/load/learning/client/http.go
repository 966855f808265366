package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"strconv"
	"time"
)

// A connection that is kept, and the buffers that every request on it uses again. Not a general client: it knows
// the gateway's answers, which always give their length.
type connection struct {
	address string
	net     net.Conn
	reader  *bufio.Reader
	request []byte
	body    []byte
}

const answerTimeout = 30 * time.Second

var errMalformed = errors.New("malformed answer")

func newConnection(address string) *connection {
	return &connection{address: address, body: make([]byte, 0, 1024)}
}

// ask sends one request and gives status and body; the body is good until the next call. A kept connection may
// have been closed by the gateway while nothing was under way: only what failed before any byte of an answer, on a
// connection that had been used before, is sent once more. (A report that comes twice is answered twice the same.)
func (c *connection) ask(method, path, token string, contentType string, content []byte) (int, []byte, error) {
	c.request = c.request[:0]
	c.request = append(c.request, method...)
	c.request = append(c.request, ' ')
	c.request = append(c.request, path...)
	c.request = append(c.request, " HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer "...)
	c.request = append(c.request, token...)
	if method != "GET" {
		c.request = append(c.request, "\r\nContent-Type: "...)
		c.request = append(c.request, contentType...)
		c.request = append(c.request, "\r\nContent-Length: "...)
		c.request = strconv.AppendInt(c.request, int64(len(content)), 10)
	}
	c.request = append(c.request, "\r\n\r\n"...)
	c.request = append(c.request, content...)
	kept := c.net != nil
	status, body, err := c.exchange()
	if err != nil && kept && errors.Is(err, errClosedIdle) {
		status, body, err = c.exchange()
	}
	return status, body, err
}

var errClosedIdle = errors.New("closed while idle")

func (c *connection) exchange() (int, []byte, error) {
	if c.net == nil {
		opened, err := net.DialTimeout("tcp", c.address, 5*time.Second)
		if err != nil {
			return 0, nil, err
		}
		c.net, c.reader = opened, bufio.NewReaderSize(opened, 2048)
	}
	c.net.SetDeadline(time.Now().Add(answerTimeout))
	if _, err := c.net.Write(c.request); err != nil {
		c.close()
		return 0, nil, errClosedIdle
	}
	status, err := c.statusLine()
	if err != nil {
		c.close()
		return 0, nil, err
	}
	body, err := c.rest()
	if err != nil {
		c.close()
	}
	return status, body, err
}

func (c *connection) statusLine() (int, error) {
	line, err := c.reader.ReadSlice('\n')
	if err != nil {
		if len(line) == 0 && !isTimeout(err) {
			return 0, errClosedIdle
		}
		return 0, err
	}
	if len(line) < 12 {
		return 0, errMalformed
	}
	return strconv.Atoi(string(line[9:12]))
}

func (c *connection) rest() ([]byte, error) {
	length, last := -1, false
	for {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		if len(line) <= 2 {
			break
		}
		if value, found := headerValue(line, "content-length:"); found {
			length, _ = strconv.Atoi(string(value))
		}
		if value, found := headerValue(line, "connection:"); found {
			last = bytes.EqualFold(value, []byte("close"))
		}
	}
	if length < 0 {
		return nil, errMalformed
	}
	if cap(c.body) < length {
		c.body = make([]byte, length)
	}
	c.body = c.body[:length]
	_, err := io.ReadFull(c.reader, c.body)
	if last {
		c.close()
	}
	return c.body, err
}

func (c *connection) close() {
	if c.net != nil {
		c.net.Close()
		c.net = nil
	}
}

func headerValue(line []byte, name string) ([]byte, bool) {
	if len(line) < len(name) || !bytes.EqualFold(line[:len(name)], []byte(name)) {
		return nil, false
	}
	return bytes.TrimSpace(line[len(name):]), true
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// number finds `"name":123` in a JSON object without nesting of that name; false where it is missing or null.
func number(body []byte, name string) (int64, bool) {
	at := bytes.Index(body, []byte(`"`+name+`":`))
	if at < 0 {
		return 0, false
	}
	rest := bytes.TrimLeft(body[at+len(name)+3:], " ")
	end := 0
	for end < len(rest) && (rest[end] == '-' || rest[end] >= '0' && rest[end] <= '9') {
		end++
	}
	value, err := strconv.ParseInt(string(rest[:end]), 10, 64)
	return value, err == nil
}

// text finds `"name":"value"` in a JSON object.
func text(body []byte, name string) string {
	at := bytes.Index(body, []byte(`"`+name+`":`))
	if at < 0 {
		return ""
	}
	rest := bytes.TrimLeft(body[at+len(name)+3:], " ")
	if len(rest) == 0 || rest[0] != '"' {
		return ""
	}
	end := bytes.IndexByte(rest[1:], '"')
	if end < 0 {
		return ""
	}
	return string(rest[1 : end+1])
}
