"""The lab's blog, as the past of a service that comes later."""

from comparison.history import WAYS
from comparison.history.way import Blog
from comparison.lab import SEED
from lab.data import blog
from tests.comparison.lab import POSTS

BY_NAME = {way.name: way for way in WAYS}

DATA = blog(POSTS, SEED)
THERE = Blog.of(DATA)
