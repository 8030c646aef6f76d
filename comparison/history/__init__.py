"""How a new service gets the history."""

from comparison.history.charts import panels
from comparison.history.findings import FINDINGS, lead
from comparison.history.results import History
from comparison.history.tables import headline
from comparison.part import Part

PART = Part(
    name="history",
    title="How a new service gets the history",
    question="A service is added when the blog is old already, and needs all posts and comments. "
    "What does that take, and what if one of the other services is down?",
    results=History,
    lead=lead,
    panels=panels,
    headline=headline,
    findings=FINDINGS,
)
