"""The blog's settings as they are, for processes whose wall clock can jump."""

from config.settings import *  # noqa: F403
from config.settings import VAR_DIR
from lab.chaos.clock import make_it_jump

make_it_jump(VAR_DIR / "clock")
