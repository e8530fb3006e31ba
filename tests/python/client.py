"""Clients as a sockets course writes them: client.py STYLE PORT|PATH [HOST] [CAFILE]

STYLE is blocking (says a line, waits for the answer, prints it, until its input ends), threaded (a
thread prints what comes) or selectors (both at once, without a thread). With CAFILE, over TLS.
"""

import os
import selectors
import socket
import ssl
import sys
import threading

style, where, *rest = sys.argv[1:]
host = rest[0] if rest else "127.0.0.1"
if where.isdigit():
    connection = socket.create_connection((host, int(where)))
else:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(where)
if len(rest) > 1:
    context = ssl.create_default_context(cafile=rest[1])
    connection = context.wrap_socket(connection, server_hostname=host)
    print(connection.version())


def show():
    """Prints what one read gives, and says whether there was anything."""
    data = connection.recv(4096)
    sys.stdout.write(data.decode())
    sys.stdout.flush()
    if not data:
        print("the server has closed")
    return bool(data)


if style == "blocking":
    for line in sys.stdin:
        connection.sendall(line.encode())
        show()
elif style == "threaded":

    def receive():
        while show():
            pass

    receiver = threading.Thread(target=receive)
    receiver.start()
    for line in sys.stdin:
        connection.sendall(line.encode())
    connection.shutdown(socket.SHUT_WR)
    receiver.join()
else:
    selector = selectors.DefaultSelector()
    selector.register(connection, selectors.EVENT_READ)
    selector.register(sys.stdin, selectors.EVENT_READ)
    goes_on = True
    while goes_on:
        for key, _ in selector.select():
            if key.fileobj is connection:
                goes_on = show()
            elif data := os.read(0, 4096):
                connection.sendall(data)
            else:
                selector.unregister(sys.stdin)
                connection.shutdown(socket.SHUT_WR)
connection.close()
