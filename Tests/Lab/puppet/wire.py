"""The puppet's UDP sockets: in a host's namespaces, and with the marker of port 4500."""

import select
import socket

MARKER = bytes(4)


class Wire:
    """One address and port of ours, toward one address of the daemon."""

    def __init__(self, host, own, other, port=500, marked=None):
        self.own, self.other, self.port = own, other, port
        self.marked = port == 4500 if marked is None else marked
        with host.namespaces.inside():
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind((own, port))
        self.socket.setblocking(False)
        # Where the daemon was last heard, for answers.
        self.heard = (other, port)

    def send(self, datagram, port=None, marked=None):
        marked = self.marked if marked is None else marked
        port = port or (4500 if self.marked else 500)
        self.socket.sendto((MARKER if marked else b"") + datagram, (self.other, port))

    def answer(self, datagram):
        """To where the daemon's last message came from."""
        self.socket.sendto((MARKER if self.marked else b"") + datagram, self.heard)

    def pending(self):
        """Everything that has arrived."""
        found = []
        while True:
            try:
                datagram, self.heard = self.socket.recvfrom(65536)
            except (BlockingIOError, ConnectionRefusedError):
                return found
            if self.marked:
                if datagram[:4] != MARKER:
                    continue
                datagram = datagram[4:]
            found.append(datagram)

    def receive(self, timeout=10):
        """The next datagram, or None."""
        ready, _, _ = select.select([self.socket], [], [], timeout)
        if not ready:
            return None
        found = self.pending()
        return found[0] if found else None

    def close(self):
        self.socket.close()
