"""A mail server that delivers nothing and keeps everything: ``python -m tests.sink <folder> <port>``.

A file ``behaviour.json`` in the folder makes it misbehave; it is read at each step, so a server can fall ill and
get well again while letters are on their way:

``greylists``      the first time that an address is named it is told to come back (421 and 451 in turn)
``refuses``        the reply to every receiver, such as "550 no such user"
``refuses_odd``    the same for every second address, by the number in its name
``hangs_up``       the letter is kept, and the line drops before anybody hears of it
``delay``          seconds between keeping a letter and saying so
"""

import asyncio
import json
import re
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult

BEHAVIOUR = "behaviour.json"


class Keeper:
    def __init__(self, place: Path) -> None:
        self.place = place
        self.count = 0
        self.named: set[str] = set()

    def behaves(self) -> dict:
        try:
            return json.loads((self.place / BEHAVIOUR).read_text())
        except FileNotFoundError:
            return {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        said = self.refusal(address)
        if said:
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def refusal(self, address: str) -> str:
        behaves = self.behaves()
        if behaves.get("greylists") and address not in self.named:
            self.named.add(address)
            return "421 come back later" if len(self.named) % 2 else "451 greylisted"
        number = re.search(r"(\d+)@", address)
        if number and int(number[1]) % 2:
            return behaves.get("refuses_odd") or behaves.get("refuses", "")
        return behaves.get("refuses", "")

    async def handle_DATA(self, server, session, envelope):
        self.keep(envelope)
        behaves = self.behaves()
        if behaves.get("hangs_up"):
            server.transport.abort()
        await asyncio.sleep(behaves.get("delay", 0))
        return "250 Kept"

    def keep(self, envelope) -> None:
        self.count += 1
        head = f"X-Sink-From: {envelope.mail_from}\r\nX-Sink-To: {', '.join(envelope.rcpt_tos)}\r\n".encode()
        name = f"{time.time_ns()}-{self.count:06}"
        draft = self.place / f"{name}.part"
        draft.write_bytes(head + envelope.content)
        draft.rename(self.place / f"{name}.eml")  # whoever reads the folder sees whole letters only


def knows_nobody(*_) -> AuthResult:
    return AuthResult(success=False, handled=False)


async def serve(place: Path, port: int) -> None:
    keeper = Keeper(place)
    options = {"enable_SMTPUTF8": True, "authenticator": knows_nobody, "auth_require_tls": False}
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(keeper, **options), host="127.0.0.1", port=port
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
