from comparison.delivery.measure import measure
from comparison.delivery.tables import tables
from comparison.parts.part import Part

PART = Part("delivery", "How events travel", measure, tables)
