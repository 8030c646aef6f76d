"""What it costs."""

from comparison.cost.charts import panels
from comparison.cost.findings import findings, lead
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
    findings=findings,
)
