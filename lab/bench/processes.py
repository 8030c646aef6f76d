"""What each process of the running app costs: memory, and the processor's time while nobody asks
for anything."""

import time
from collections.abc import Iterator

import psutil

from lab.bench.figures import Figure
from lab.bench.goals import PROCESS_MEMORY
from lab.bench.options import Options
from lab.bench.stack import Stack

MEMORY = "Memory of each process, after the load (PSS counts a shared page in parts)"
IDLE = "Processor time of each process while nothing happens"
SECONDS = 10
MB = 1e6


def processes(stack: Stack, options: Options) -> Iterator[Figure]:
    named = sorted(_named(stack.main).items(), key=lambda item: item[1])
    total = 0.0
    for process, name in named:
        memory = process.memory_full_info()
        rss, uss = memory.rss / MB, memory.uss / MB
        pss = getattr(memory, "pss", memory.rss) / MB  # Linux alone has it
        total += pss
        note = f"USS {uss:.0f}, PSS {pss:.0f}"
        yield Figure(MEMORY, f"{name}, RSS", stack.name, "MB", [rss], PROCESS_MEMORY, note)
    yield Figure(MEMORY, "all together, PSS", stack.name, "MB", [total])
    for name, percent in _idle(named, options.some(SECONDS)):
        yield Figure(IDLE, name, stack.name, "% of a core", [percent])


def _named(main: psutil.Process) -> dict[psutil.Process, str]:
    """The processes by what they are to supervisor; those that they started are numbered."""
    names = {main: "config.processes run"}
    numbers: dict[str, int] = {}
    for process in main.children(recursive=True):
        name = process.environ().get("SUPERVISOR_PROCESS_NAME", "supervisord")
        numbers[name] = numbers.get(name, -1) + 1
        names[process] = f"{name}, child {numbers[name]}" if numbers[name] else name
    return names


def _idle(named: list[tuple[psutil.Process, str]], seconds: float) -> list[tuple[str, float]]:
    before = [_worked(process) for process, _ in named]
    began = time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - began
    return [
        (name, (_worked(process) - worked) / passed * 100)
        for (process, name), worked in zip(named, before, strict=True)
    ]


def _worked(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
