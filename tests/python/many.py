"""Many clients at once: many.py COUNT PORT

Each says who it is, piece by piece, and is to hear the same.
"""

import selectors
import socket
import sys

count, port = map(int, sys.argv[1:3])
selector = selectors.DefaultSelector()
waits_for = {}
for number in range(count):
    client = socket.create_connection(("127.0.0.1", port))
    selector.register(client, selectors.EVENT_READ)
    waits_for[client] = f"I am number {number}\n".encode()
for part in range(0, 4):
    for client, words in waits_for.items():
        client.sendall(words[part * 5 : part * 5 + 5 if part < 3 else None])
answered = 0
while answered < count:
    for key, _ in selector.select():
        client = key.fileobj
        data = client.recv(4096)
        if not data or not waits_for[client].startswith(data):
            sys.exit(f"not echoed: {data}")
        waits_for[client] = waits_for[client][len(data) :]
        if not waits_for[client]:
            answered += 1
            selector.unregister(client)
            client.close()
print(f"{answered} of {count} answered")
