"""What stands in a query string."""

from rest_framework.request import Request


def given(request: Request) -> dict[str, str | list[str]]:
    """The value of each name. One without a value counts as not given; one that is given several
    times has all its values, which no field takes that wants one."""
    values = {
        name: [text for text in texts if text] for name, texts in request.query_params.lists()
    }
    return {name: some[0] if len(some) == 1 else some for name, some in values.items() if some}
