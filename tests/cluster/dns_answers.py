"""dns_answers.py SERVER NAME ADDRESS: whether the name server says that NAME (an A record) is ADDRESS."""

import socket
import struct
import sys


def answers(server: str, name: str, address: str) -> bool:
    """One UDP question; False for any other answer, TimeoutError for none within a second."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    question = struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(1)
        client.sendto(question, (server, 53))
        return client.recv(512).endswith(socket.inet_aton(address))


if __name__ == "__main__":
    try:
        sys.exit(not answers(*sys.argv[1:]))
    except OSError:
        sys.exit(1)
