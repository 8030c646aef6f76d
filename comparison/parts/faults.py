from comparison.faults.measuring import measure
from comparison.faults.tables import tables
from comparison.parts.part import Part

PART = Part("faults", "What an outage does to the page", measure, tables)
