"""UDP, as a course writes it: datagrams.py listen [HOST], or datagrams.py PORT [HOST]

The server answers each datagram in capitals. The client sends each line of its input, waits for the
answer and prints it.
"""

import socket
import sys

where = sys.argv[1]
host = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
udp = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
if where == "listen":
    udp.bind((host, 0))
    place = f"[{host}]" if ":" in host else host
    print(f"listening on udp://{place}:{udp.getsockname()[1]}")
    while True:
        data, client = udp.recvfrom(65536)
        print(f"got {len(data)} bytes: {data[:40].decode().rstrip()}")
        udp.sendto(data.upper(), client)
for line in sys.stdin:
    udp.sendto(line.rstrip("\n").encode(), (host, int(where)))
    data, _ = udp.recvfrom(65536)
    print(data.decode())
