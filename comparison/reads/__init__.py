"""How a page is read: the same page, built in every way."""

from comparison.part import Part
from comparison.reads.charts import panels
from comparison.reads.findings import FINDINGS, lead
from comparison.reads.results import Reads
from comparison.reads.tables import headline

PART = Part(
    name="reads",
    title="How a page is read",
    question="The same page, the same data, the same machine; only the way in which posts and "
    "comments come together differs. How long until all of it is there?",
    results=Reads,
    lead=lead,
    panels=panels,
    headline=headline,
    findings=FINDINGS,
)
