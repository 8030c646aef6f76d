"""The embedded broker between real processes: every message once, whole."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

from kombu import Connection

WRITER = """
import sys
from kombu import Connection
from config.filebroker import Transport
folder, writer, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with Connection(transport=Transport, transport_options={"folder": folder}) as connection:
    producer = connection.Producer()
    for number in range(count):
        # Long enough for a write that takes more than one system call.
        body = {"writer": writer, "number": number, "padding": "x" * 20_000}
        producer.publish(body, routing_key="nudges", exchange="", serializer="json")
"""

READER = """
import sys
from kombu import Connection
from config.filebroker import Transport
folder, last = sys.argv[1], "the end"
options = {"folder": folder, "polling_interval": 0.005}
with Connection(transport=Transport, transport_options=options) as connection:
    queue = connection.SimpleQueue("nudges")
    while True:
        message = queue.get(timeout=60)
        message.ack()
        if message.payload == last:
            break
        print(message.payload["writer"], message.payload["number"])
"""


def test_several_processes_deliver_every_message_once(tmp_path: Path) -> None:
    folder = tmp_path / "broker"
    writers, readers, each = 3, 2, 100
    reading = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(folder)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(readers)
    ]
    writing = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(folder), str(writer), str(each)])
        for writer in range(writers)
    ]
    try:
        assert [process.wait(timeout=60) for process in writing] == [0] * writers
        with Connection(
            transport="config.filebroker:Transport", transport_options={"folder": str(folder)}
        ) as connection:
            for _ in reading:
                connection.Producer().publish("the end", exchange="", routing_key="nudges")
        lines = [process.communicate(timeout=60)[0].splitlines() for process in reading]
        assert [process.returncode for process in reading] == [0] * readers
    finally:
        for process in reading + writing:
            process.kill()
            process.wait()

    seen = [tuple(map(int, line.split())) for part in lines for line in part]
    assert Counter(seen) == {(w, n): 1 for w in range(writers) for n in range(each)}
    assert list((folder / "nudges").iterdir()) == []
