from comparison.history.measure import measure
from comparison.history.tables import tables
from comparison.parts.part import Part

PART = Part("history", "How a new service gets the history", measure, tables)
