"""How a page is read: the same page, built in every way."""

from comparison.part import Part
from comparison.reads.charts import panels, picture
from comparison.reads.findings import FINDINGS, lead
from comparison.reads.results import Reads
from comparison.reads.tables import headline

PART = Part(
    "reads",
    "How a page is read",
    "The same page, the same data, the same machine; only the way in which posts and "
    "comments come together differs. How long until all of it is there?",
    Reads,
    lead,
    panels,
    headline,
    FINDINGS,
    picture,
)
