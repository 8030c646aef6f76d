"""What the lab's own views have in common: they answer as the blog's query API does, through the
same parts of the same framework, so that no way is faster for being written more barely."""

from typing import Any

from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from query.api import ShownPostSerializer
from query.reads import ShownPost
from web.pagination import NewestFirst
from web.readers import Reader


class LabView(GenericAPIView[Any]):
    """A list of posts with their comments, for everyone."""

    permission_classes = (AllowAny,)
    pagination_class = NewestFirst
    serializer_class = ShownPostSerializer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.reader = Reader(request)

    def shown(self, posts: list[ShownPost]) -> Any:
        return self.get_serializer(posts, many=True).data

    def page(self, posts: list[ShownPost]) -> Response:
        """The answer, after ``paginate_queryset``."""
        return self.get_paginated_response(self.shown(posts))
