"""A joystick's buttons, each message preceded by one character that is its length: buttons.py PORT

A new line of input presses the next button.
"""

import socket
import sys

PRESSED = ["No Button is Pressed", "Button A", "Taste für Größe", "Left trigger at 0.53"]

connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
for number, _ in enumerate(sys.stdin):
    message = PRESSED[number % len(PRESSED)].encode()
    connection.send(chr(len(message)).encode("latin-1") + message)
connection.close()
