"""What an outage does to the page."""

from comparison.faults.charts import panels
from comparison.faults.findings import FINDINGS, lead
from comparison.faults.results import Faults
from comparison.faults.tables import headline
from comparison.part import Part

PART = Part(
    name="faults",
    title="What an outage does to the page",
    question="One process or database is killed, made slow, or made to fail now and then, really. "
    "Which ways still bring the whole page?",
    results=Faults,
    lead=lead,
    panels=panels,
    headline=headline,
    findings=FINDINGS,
)
