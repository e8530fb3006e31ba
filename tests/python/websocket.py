"""A WebSocket server, by hand (RFC 6455): websocket.py [CERT KEY]

At /upper it answers each message in capitals; "goodbye" it answers with a Close. Elsewhere is nothing.
"""

import base64
import hashlib
import socket
import ssl
import struct
import sys
import threading

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(opcode, payload):
    if len(payload) < 126:
        head = bytes([len(payload)])
    elif len(payload) < 65536:
        head = b"\x7e" + struct.pack(">H", len(payload))
    else:
        head = b"\x7f" + struct.pack(">Q", len(payload))
    return bytes([0x80 | opcode]) + head + payload


def frames(stream):
    while len(head := stream.read(2)) == 2:
        length = head[1] & 127
        if length >= 126:
            kind = ">H" if length == 126 else ">Q"
            (length,) = struct.unpack(kind, stream.read(struct.calcsize(kind)))
        assert head[1] & 128, "a client has to mask"
        mask = stream.read(4) * (length // 4 + 1)
        yield head[0] & 15, bytes(a ^ b for a, b in zip(stream.read(length), mask))


def serve(client):
    stream = client.makefile("rb")
    path = stream.readline().split()[1].decode()
    headers = {}
    while line := stream.readline().decode().strip():
        name, value = line.split(": ", 1)
        headers[name.lower()] = value
    if path != "/upper":
        client.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        return
    key = hashlib.sha1((headers["sec-websocket-key"] + GUID).encode()).digest()
    client.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + base64.b64encode(key) + b"\r\n\r\n"
    )
    # Whoever is asked is to answer.
    client.sendall(frame(PING, b"there?"))
    for opcode, payload in frames(stream):
        if opcode == PONG:
            print("pong", payload.decode())
            continue
        print("text" if opcode == TEXT else f"opcode {opcode}", len(payload))
        if opcode == CLOSE or payload == b"goodbye":
            client.sendall(frame(CLOSE, struct.pack(">H", 1000)))
            break
        text = payload.decode().upper().encode()
        # In two fragments, which are one message.
        client.sendall(bytes([TEXT]) + frame(0, text[:1])[1:] + frame(0, text[1:]))
    client.close()
    print("left")


server = socket.create_server(("127.0.0.1", 0))
scheme = "wss" if len(sys.argv) > 1 else "ws"
print(f"listening on {scheme}://127.0.0.1:{server.getsockname()[1]}")
if scheme == "wss":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sys.argv[1:])
    server = context.wrap_socket(server, server_side=True)
while True:
    client, _ = server.accept()
    threading.Thread(target=serve, args=[client], daemon=True).start()
