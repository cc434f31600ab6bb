"""A mail server that does as it is told, step by step: refuses, hangs up, or falls silent at the worst
moment.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

HANG_UP = "hang up"
SILENCE = "silence"


class Scripted:
    """`script` maps a step (CONNECT, EHLO, MAIL, RCPT, DATA, BODY, RSET, NOOP) to a reply, HANG_UP or
    SILENCE.

    BODY is the answer after the final dot.  A list is used up one by one; then the step goes well.
    """

    GOOD = {"CONNECT": "220 ready", "EHLO": "250 fine", "DATA": "354 go on", "QUIT": "221 bye"}

    def __init__(self, **script) -> None:
        self.script = script
        self.received: list[bytes] = []
        self.commands: list[str] = []
        self.over = threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def serve(self) -> None:
        while True:
            try:
                line, _address = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=[line], daemon=True).start()

    def talk(self, line: socket.socket) -> None:
        with suppress(OSError), line, line.makefile("rb") as words:
            if not self.answer(line, "CONNECT"):
                return
            for command in words:
                said = command.decode("latin-1").split() or [""]
                step = said[0].upper()
                self.commands.append(" ".join([step, *said[1:]]))
                if not self.answer(line, step):
                    return
                if step == "DATA" and self.went_on:
                    body = b""
                    while not body.endswith(b"\r\n.\r\n"):
                        part = words.readline()
                        if not part:
                            return
                        body += part
                    self.received.append(body)
                    if not self.answer(line, "BODY"):
                        return

    def answer(self, line: socket.socket, step: str) -> bool:
        reply = self.script.get(step)
        if isinstance(reply, list):
            reply = reply.pop(0) if reply else None
        reply = reply or self.GOOD.get(step, "250 fine")
        self.went_on = reply.startswith("354")
        if reply == SILENCE:
            self.over.wait(10)
            return False
        if reply == HANG_UP:
            return False
        line.sendall(reply.encode() + b"\r\n")
        return True


@contextmanager
def mail_server(settings, **script) -> Iterator[Scripted]:
    server = Scripted(**script)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    settings.DEMO, settings.EMAIL_URL = False, "smtp://"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 0.5
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    try:
        yield server
    finally:
        server.over.set()
        server.socket.shutdown(socket.SHUT_RDWR)
        server.socket.close()
        thread.join(5)
