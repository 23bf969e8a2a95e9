"""A VICI client of the lab's own: how scenarios ask a daemon in a host, without a process start each time.

Packets are a length (u32) and a type (u8), named ones a name with its length (u8). The message is a sequence of
elements: sections, key-value pairs (u16 length) and lists.
"""

import socket

CMD_REQUEST, CMD_RESPONSE, CMD_UNKNOWN = 0, 1, 2
EVENT_REGISTER, EVENT_UNREGISTER, EVENT_CONFIRM, EVENT_UNKNOWN, EVENT = 3, 4, 5, 6, 7
SECTION_START, SECTION_END, KEY_VALUE, LIST_START, LIST_ITEM, LIST_END = 1, 2, 3, 4, 5, 6
TIMEOUT = 45


class CommandFailed(Exception):
    """The daemon's own words why it did not."""


class Control:
    """The control socket of a daemon; each command has a connection of its own, so a restart is no matter."""

    def __init__(self, path):
        self.path = path

    def ready(self):
        """True when the daemon answers."""
        try:
            self.call("version")
            return True
        except (OSError, CommandFailed):
            return False

    def call(self, command, request=None):
        """One command, one answer."""
        return self.stream(command, None, request)[1]

    def stream(self, command, event, request=None):
        """One command: the events that it sends before its answer, and the answer."""
        connection = Connection(self.path)
        try:
            if event:
                connection.register(event)
            connection.send(CMD_REQUEST, command, request)
            events = []
            while True:
                kind, name, content = connection.receive()
                if kind == EVENT:
                    events.append(content)
                elif kind == CMD_RESPONSE:
                    break
                else:
                    raise CommandFailed(f"{command}: packet of type {kind} instead of an answer")
            if content.get("success", "yes") != "yes":
                raise CommandFailed(content.get("errmsg", "no reason given"))
            return events, content
        finally:
            connection.close()

    def subscribe(self, *names):
        """Collects events from now on."""
        connection = Connection(self.path)
        for name in names:
            connection.register(name)
        return Events(connection)


class Events:
    """What happened since the subscription: a list of (event, content) that grows with each `poll`."""

    def __init__(self, connection):
        self.connection = connection
        self.seen = connection.early

    def poll(self):
        while (packet := self.connection.receive_pending()) is not None:
            self.seen.append(packet[1:])
        return self.seen

    def close(self):
        self.connection.close()


class Connection:
    """Packets over the Unix socket."""

    def __init__(self, path):
        self.early = []
        self._buffer = b""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(TIMEOUT)
        try:
            self._socket.connect(path)
        except BaseException:
            self._socket.close()
            raise

    def register(self, event):
        self.send(EVENT_REGISTER, event)
        while True:
            kind, name, content = self.receive()
            if kind == EVENT_CONFIRM:
                return
            if kind != EVENT:
                raise CommandFailed(f"event {event} is unknown")
            self.early.append((name, content))

    def send(self, kind, name, content=None):
        packet = bytes([kind]) + _named(name) + _encode(content or {})
        self._socket.sendall(len(packet).to_bytes(4, "big") + packet)

    def receive(self):
        """The next packet: (type, event name, content)."""
        while (packet := self._next()) is None:
            self._fill()
        return packet

    def receive_pending(self):
        """The next packet if it has arrived, else None."""
        self._socket.setblocking(False)
        try:
            while (packet := self._next()) is None:
                self._fill()
            return packet
        except BlockingIOError:
            return None
        finally:
            self._socket.settimeout(TIMEOUT)

    def _fill(self):
        chunk = self._socket.recv(65536)
        if not chunk:
            raise ConnectionResetError("the daemon closed the control connection")
        self._buffer += chunk

    def _next(self):
        length = int.from_bytes(self._buffer[:4], "big") if len(self._buffer) >= 4 else None
        if length is None or len(self._buffer) < 4 + length:
            return None
        packet, self._buffer = self._buffer[4:4 + length], self._buffer[4 + length:]
        kind, name, body = packet[0], "", packet[1:]
        if kind == EVENT:
            name, body = body[1:1 + body[0]].decode(), body[1 + body[0]:]
        return kind, name, _decode(body)

    def close(self):
        self._socket.close()


def _named(name):
    return bytes([len(name.encode())]) + name.encode()


def _value(value):
    raw = value if isinstance(value, bytes) else str(value).encode()
    return len(raw).to_bytes(2, "big") + raw


def _encode(content):
    result = b""
    for key, value in content.items():
        if isinstance(value, dict):
            result += bytes([SECTION_START]) + _named(key) + _encode(value) + bytes([SECTION_END])
        elif isinstance(value, (list, tuple)):
            items = b"".join(bytes([LIST_ITEM]) + _value(item) for item in value)
            result += bytes([LIST_START]) + _named(key) + items + bytes([LIST_END])
        else:
            result += bytes([KEY_VALUE]) + _named(key) + _value(value)
    return result


def _decode(body):
    """A message as nested dictionaries of str; what is not UTF-8 is shown as far as it goes."""
    place = 0
    stack = [{}]
    items = None

    def take(width):
        nonlocal place
        length = int.from_bytes(body[place:place + width], "big")
        text = body[place + width:place + width + length].decode(errors="replace")
        place += width + length
        return text

    while place < len(body):
        kind = body[place]
        place += 1
        if kind == SECTION_START:
            section = stack[-1][take(1)] = {}
            stack.append(section)
        elif kind == SECTION_END:
            stack.pop()
        elif kind == KEY_VALUE:
            key = take(1)
            stack[-1][key] = take(2)
        elif kind == LIST_START:
            items = stack[-1][take(1)] = []
        elif kind == LIST_ITEM:
            items.append(take(2))
        elif kind != LIST_END:
            raise CommandFailed(f"element of type {kind} in a message")
    return stack[0]
