from comparison.cost.measuring import measure
from comparison.cost.tables import tables
from comparison.parts.part import Part

PART = Part("cost", "What it costs", measure, tables)
