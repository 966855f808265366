"""The readable account of a journey: steps, events, hours second by second, certificate."""

from typing import Any

from rich.console import Console
from rich.table import Table

from testkit.actors.demo_course import HOUR_SECONDS
from testkit.actors.journey import Journey, Step


def show_step(console: Console, step: Step) -> None:
    """One line as soon as a step is done."""
    console.print(f"  [green]✓[/] {step.chinese} [dim]{step.english}[/]  {step.seconds:5.1f} s  {step.note}")


def show(console: Console, journey: Journey) -> int:
    """The whole account; returns the number of events that the journey caused."""
    trail = {step.trace_id: _events(journey, step) for step in journey.steps}
    console.print(_steps(journey, trail))
    _hours(console, journey)
    _certificate(console, journey)
    return sum(len(entries) for entries in trail.values())


def _events(journey: Journey, step: Step) -> list[dict[str, Any]]:
    client = journey.auditor.client
    trail: dict[str, Any] = client.get("/api/audit/trail", trace_id=step.trace_id, limit=500)
    entries: list[dict[str, Any]] = trail["entries"]
    return entries


def _steps(journey: Journey, trail: dict[str, list[dict[str, Any]]]) -> Table:
    table = Table(
        "#",
        "步骤 step",
        "事件 events, in the order of the log",
        title="办理过程 The journey",
        show_lines=True,
    )
    for number, step in enumerate(journey.steps, start=1):
        table.add_row(str(number), f"{step.chinese}\n[dim]{step.english}[/]", _names(trail[step.trace_id]))
    return table


def _names(entries: list[dict[str, Any]]) -> str:
    """Event types, repeats counted: `PlaybackCredited ×4`."""
    runs: list[list[Any]] = []
    for name in (entry["type"].removesuffix(".v1") for entry in entries):
        if runs and runs[-1][0] == name:
            runs[-1][1] += 1
        else:
            runs.append([name, 1])
    return " → ".join(name + (f" ×{times}" if times > 1 else "") for name, times in runs) or "none"


def _hours(console: Console, journey: Journey) -> None:
    console.print(
        "\n[bold]学时, 逐秒 Hours, second by second[/] (█ credited, · not), as the auditor derived them"
    )
    lessons = {lesson["lesson_id"]: lesson for lesson in journey.progress["lessons"]}
    for derived in journey.audited["lessons"]:
        lesson = lessons[derived["lesson_id"]]
        bar = "".join(
            _second(second, derived["intervals"]) for second in range(-(-lesson["duration_ms"] // 1000))
        )
        seconds = derived["credited_ms"] / 1000
        console.print(f"  {lesson['title']}  |{bar}|  {seconds:.3f} s = {seconds / HOUR_SECONDS:.2f} 学时")
        for start, end in derived["intervals"]:
            console.print(f"      {start / 1000:7.3f} – {end / 1000:7.3f} s")


def _second(second: int, intervals: list[list[int]]) -> str:
    middle = second * 1000 + 500
    return "█" if any(start <= middle < end for start, end in intervals) else "·"


def _certificate(console: Console, journey: Journey) -> None:
    certificate = journey.certificate
    console.print(f"\n[bold]证书 Certificate[/] {certificate['number']}: [green]valid[/]")
    console.print(f"  {certificate['path']}\n")
