"""When to choose which: advice that is computed from the figures at hand, and turns with them."""

from comparison.page.verdict import careless, events, reading, running
from comparison.page.verdict.advice import Advice, Figures


def advice(figures: Figures) -> list[Advice]:
    """Pure. What was not measured has no advice."""
    found = (
        reading.monolith(figures),
        running.modules(figures),
        running.services(figures),
        reading.read_model(figures),
        reading.gateway(figures),
        events.store(figures),
        events.newcomer(figures),
        careless.per_post(figures),
        careless.loop(figures),
    )
    return [each for each in found if each]
