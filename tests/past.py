"""The lab's blog, as the past of a service that comes later."""

from comparison.data import blog
from comparison.history import WAYS
from comparison.history.way import Blog
from comparison.lab.lab import SEED
from tests.lab import POSTS

BY_NAME = {way.name: way for way in WAYS}

DATA = blog(POSTS, SEED)
THERE = Blog.of(DATA)
