"""How events travel."""

from comparison.delivery.charts import panels
from comparison.delivery.findings import FINDINGS, lead
from comparison.delivery.results import Delivery
from comparison.delivery.tables import headline
from comparison.part import Part

PART = Part(
    name="delivery",
    title="How events travel",
    question="While comments are written, something is stopped or killed, and comes back. What has "
    "become of them when nothing moves any more?",
    results=Delivery,
    lead=lead,
    panels=panels,
    headline=headline,
    findings=FINDINGS,
)
