from comparison.parts.part import Part
from comparison.reads.measuring import measure
from comparison.reads.tables import tables

PART = Part("reads", "How a page is read", measure, tables)
