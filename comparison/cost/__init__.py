"""What it costs: one application with one database, the monolith of modules, and the services,
side by side. The last two are the same code."""

from comparison.cost.charts import panels
from comparison.cost.findings import FINDINGS, lead
from comparison.cost.results import Cost
from comparison.cost.tables import headline
from comparison.part import Part

PART = Part(
    name="cost",
    title="What it costs",
    question="One application with one database; the blog as a monolith of modules; the same code "
    "as services. How fast, how fresh, how large?",
    results=Cost,
    lead=lead,
    panels=panels,
    headline=headline,
    findings=FINDINGS,
)
