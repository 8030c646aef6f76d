"""``python -m comparison.lab.ready``: databases made and migrated; nothing is in them."""

from comparison.lab.fill import make_ready

if __name__ == "__main__":
    make_ready()
