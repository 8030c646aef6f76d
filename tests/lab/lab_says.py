"""Run by the lab in a process of its own: says as JSON what it was told."""

import json
import os
import sys

if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit("nothing was said")
    sys.stdout.write(json.dumps({"said": sys.argv[1:], "lab": os.environ["LAB"]}))
