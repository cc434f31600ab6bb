"""A mail server that delivers nothing and keeps everything: ``python -m tests.sink <folder> <port>``."""

import asyncio
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP


class Keeper:
    def __init__(self, place: Path) -> None:
        self.place = place
        self.count = 0

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        head = f"X-Sink-From: {envelope.mail_from}\r\nX-Sink-To: {', '.join(envelope.rcpt_tos)}\r\n".encode()
        name = f"{time.time_ns()}-{self.count:06}"
        draft = self.place / f"{name}.part"
        draft.write_bytes(head + envelope.content)
        draft.rename(self.place / f"{name}.eml")  # whoever reads the folder sees whole letters only
        return "250 Kept"


async def serve(place: Path, port: int) -> None:
    keeper = Keeper(place)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(keeper, enable_SMTPUTF8=True), host="127.0.0.1", port=port
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
