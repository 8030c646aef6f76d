"""How the page is read: one file for each way, and here the list of them."""

from comparison.reads import (
    direct,
    gateway_batched,
    gateway_parallel,
    gateway_sequential,
    monolith_join,
    monolith_loop,
    per_post,
    per_post_six,
    read_model,
    read_model_cached,
    read_model_unchanged,
)

WAYS = (
    monolith_join.way,
    monolith_loop.way,
    per_post.way,
    per_post_six.way,
    gateway_sequential.way,
    gateway_parallel.way,
    gateway_batched.way,
    direct.way,
    read_model.way,
    read_model_cached.way,
    read_model_unchanged.way,
)
