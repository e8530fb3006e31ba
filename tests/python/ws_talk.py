"""The `websockets` library as a client of the hub: ws_talk.py PORT

Talks in JSON and in fragments, is answered its pings, and is told why it is closed.
"""

import json
import sys

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

port = sys.argv[1]


def join():
    return connect(f"ws://127.0.0.1:{port}/-/ws", proxy=None, open_timeout=30)


def say(connection, **command):
    connection.send(json.dumps(command))


def hear(connection, ev):
    """The next event of this name; those before it are passed over."""
    while True:
        event = json.loads(connection.recv(timeout=30))
        if event["ev"] == ev:
            return event


def end(connection):
    """The code and reason the hub closes with."""
    try:
        while True:
            connection.recv(timeout=30)
    except ConnectionClosed as closed:
        return closed.rcvd.code, closed.rcvd.reason


with join() as ann, join() as bob:
    assert ann.protocol.extensions == [], "no extension was agreed on"
    for connection, nick in (ann, "ann"), (bob, "bob"):
        say(connection, op="hello", nick=nick, client="websockets")
        assert hear(connection, "welcome")["nick"] == nick
        say(connection, op="subscribe", room="lobby")
        hear(connection, "subscribed")
    command = json.dumps({"op": "publish", "room": "lobby", "text": "größer 🎮 " * 1000})
    # An iterable is sent in fragments.
    ann.send(command[at : at + 100] for at in range(0, len(command), 100))
    assert hear(bob, "message")["text"] == "größer 🎮 " * 1000
    assert ann.ping(b"there?").wait(30)
    say(bob, op="publish", room="lobby", data="AAEC", type="image/x", id=1)
    message = hear(ann, "message")
    assert (message["from"], message["data"], message["type"]) == ("bob", "AAEC", "image/x")
    assert hear(bob, "ack")["seq"] == 2
    say(bob, op="bye")
    assert end(bob) == (1000, "said goodbye")
    left = hear(ann, "left")
    assert (left["nick"], left["reason"]) == ("bob", "bye")
    ann.send("x" * (2 << 20))
    code, reason = end(ann)
    assert code == 1009 and "too large" in reason, (code, reason)

with join() as carl:
    carl.send(b"\x7b\xff\x7d", text=True)
    code, reason = end(carl)
    assert code == 1007 and "UTF-8" in reason, (code, reason)

print("told to its end")
