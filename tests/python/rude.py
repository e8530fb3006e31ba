"""The other side nobody wishes for: rude.py HOW PORT, or rude.py HOW listen

Says a line (unless HOW is mute) and reads nothing of what comes. At a line of input it closes the
connection; if HOW is reset, with a reset. As a server that is full, it takes no connection at all.
"""

import socket
import struct
import sys

how, where = sys.argv[1:3]


def listen():
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    address = server.getsockname()
    waiting = []
    try:
        while how == "full":
            waiting.append(socket.create_connection(address, timeout=0.5))
    except TimeoutError:
        pass
    print(f"listening on tcp://127.0.0.1:{address[1]}")
    if how == "full":
        sys.stdin.readline()
    return server.accept()[0]


def connect():
    connection = socket.socket()
    # What is not read is to fill up soon.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", int(where)))
    return connection


connection = listen() if where == "listen" else connect()
if how != "mute":
    connection.sendall(b"here I am\n")
print("connected")
sys.stdin.readline()
if how == "reset":
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
connection.close()
print("closed")
