"""What has been loaded stays for good. To look through all of it for garbage again and again would
cost a web process a tenth of its time, and now and then a reader a tenth of a second; a worker's
child would copy what it shares with its parent.
"""

import gc
from typing import Any


def keep_loaded(**_: Any) -> None:
    """Take all that there is now from what Python looks through for garbage."""
    gc.collect()
    gc.freeze()
