"""What an outage does to the page."""

from comparison.faults.charts import panels, picture
from comparison.faults.findings import FINDINGS, lead
from comparison.faults.results import Faults
from comparison.faults.tables import headline
from comparison.part import Part

PART = Part(
    "faults",
    "What an outage does to the page",
    "One process or database is killed, made slow, or made to fail now and then, really. "
    "Which ways still bring the whole page?",
    Faults,
    lead,
    panels,
    headline,
    FINDINGS,
    picture,
)
