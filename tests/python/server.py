"""Servers as a sockets course writes them: server.py STYLE ANSWER [ENDPOINT]

STYLE is blocking (one client after the other), threaded or selectors; ANSWER is echo, upper,
rude (echo, and over TLS no goodbye) or relay (selectors only). ENDPOINT is tcp (the default), tcp6, unix:PATH or tls:CERT:KEY, on any free port.
"""

import selectors
import socket
import ssl
import sys
import threading

style, answer = sys.argv[1:3]
kind, *files = (sys.argv[3] if len(sys.argv) > 3 else "tcp").split(":")

if kind == "unix":
    server = socket.socket(socket.AF_UNIX)
    server.bind(files[0])
    server.listen()
    print(f"listening on unix:{files[0]}")
else:
    v6 = kind == "tcp6"
    server = socket.create_server(
        ("::1" if v6 else "127.0.0.1", 0),
        family=socket.AF_INET6 if v6 else socket.AF_INET,
    )
    place = f"{'[::1]' if v6 else '127.0.0.1'}:{server.getsockname()[1]}"
    print(f"listening on {'tls' if kind == 'tls' else 'tcp'}://{place}")

if kind == "tls":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)


def answer_to(data):
    # Python's bytes know the capitals of ASCII only.
    return data.upper() if answer == "upper" else data


def serve(client):
    try:
        if kind == "tls":
            client = context.wrap_socket(client, server_side=True)
        while data := client.recv(4096):
            client.sendall(answer_to(data))
        if kind == "tls" and answer != "rude":
            client.unwrap()
    except (ssl.SSLError, ConnectionError) as error:
        print(type(error).__name__)
    client.close()
    print("left")


def select():
    selector = selectors.DefaultSelector()
    server.setblocking(False)
    selector.register(server, selectors.EVENT_READ)
    clients = []

    def leave(client):
        selector.unregister(client)
        clients.remove(client)
        client.close()
        print("left")

    while True:
        for key, _ in selector.select():
            client = key.fileobj
            if client is server:
                client, _ = server.accept()
                clients.append(client)
                selector.register(client, selectors.EVENT_READ)
                print("connected")
                continue
            data = client.recv(4096)
            if not data:
                leave(client)
                continue
            for to in clients:
                if (to is client) != (answer == "relay"):
                    to.sendall(answer_to(data))


if style == "selectors":
    select()
while True:
    client, _ = server.accept()
    print("connected")
    if style == "threaded":
        threading.Thread(target=serve, args=[client], daemon=True).start()
    else:
        serve(client)
