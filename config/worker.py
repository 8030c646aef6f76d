"""``python -m config.worker QUEUE``: a Celery worker of one queue, with one process for its tasks.

It is ``python -m celery -A config worker -Q QUEUE -n QUEUE@%h -P prefork -c 1 --without-gossip
--without-mingle --without-heartbeat`` without Celery's command line. That loads an interactive
shell: 9 MB in all processes of the monolith together, and 0.15 s of each start.
"""

import sys

from celery.utils.nodenames import default_nodename, host_format


def main() -> int:
    from config.celery import app  # exits where the settings cannot be read

    [queue] = sys.argv[1:]
    worker = app.Worker(
        hostname=host_format(default_nodename(f"{queue}@%h")),
        queues=queue,
        pool="prefork",
        concurrency=1,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


if __name__ == "__main__":
    sys.exit(main())
