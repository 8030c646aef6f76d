from comparison.history.measuring import measure
from comparison.history.tables import tables
from comparison.parts.part import Part

PART = Part("history", "How a newcomer gets the past", measure, tables)
