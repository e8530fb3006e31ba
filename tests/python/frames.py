"""Messages behind their length, by hand: frames.py FRAMING PORT, or frames.py FRAMING listen

Sends each line of its input as one message, and prints each message that comes as one line.
"""

import socket
import struct
import sys
import threading

framing, where = sys.argv[1:3]
formats = {"u8": "B", "u16": ">H", "u32": ">I", "u16le": "<H", "u32le": "<I"}


def encode(message):
    if framing == "line":
        return message + b"\n"
    if framing.startswith("fixed:"):
        return message.ljust(int(framing[6:]))
    if framing == "varint":
        head, length = b"", len(message)
        while length > 127:
            head, length = head + bytes([length & 127 | 128]), length >> 7
        return head + bytes([length]) + message
    return struct.pack(formats[framing], len(message)) + message


def decode(stream):
    """The next message of a file-like stream; None at its end."""
    if framing == "line":
        return stream.readline()[:-1] or None
    if framing.startswith("fixed:"):
        return stream.read(int(framing[6:])) or None
    if framing == "varint":
        length = shift = 0
        while byte := stream.read(1):
            length |= (byte[0] & 127) << shift
            shift += 7
            if byte[0] < 128:
                return stream.read(length)
        return None
    head = stream.read(struct.calcsize(formats[framing]))
    return stream.read(*struct.unpack(formats[framing], head)) if head else None


if where == "listen":
    server = socket.create_server(("127.0.0.1", 0))
    print(f"listening on tcp://127.0.0.1:{server.getsockname()[1]}")
    connection, _ = server.accept()
else:
    connection = socket.create_connection(("127.0.0.1", int(where)))


def send():
    for line in sys.stdin.buffer:
        connection.sendall(encode(line[:-1]))
    connection.shutdown(socket.SHUT_WR)


threading.Thread(target=send, daemon=True).start()
stream = connection.makefile("rb")
while (message := decode(stream)) is not None:
    sys.stdout.buffer.write(message + b"\n")
    sys.stdout.flush()
print("end")
