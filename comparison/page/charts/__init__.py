"""Plots as SVG, made on the server: data in, text out.

Colours and lines are attributes, so that a plot stands alone in any viewer; the page's stylesheet
overrides them by class, for light and dark.
"""
