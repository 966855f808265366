"""`docs/audit-rules.md`: the auditor's rules as its code has them, and which events claim nothing."""

from itertools import groupby

from services.audit.domain import RULES, Rule
from shared.events.base import Event
from shared.events.certificate import CertificateRevoked
from shared.events.enrollment import (
    AppealFiled,
    BlacklistEntryExpired,
    CaseConfirmed,
    CaseOpened,
    DeclarationRejected,
    DeclarationWithdrawn,
    EnrollmentBarred,
    OutageBegan,
    OutageRecorded,
)
from shared.events.payment import OrderOpened, PaymentRefunded, PaymentRefused
from shared.events.proctor import IdentityRefused, JobDone, PhotoExamined, ReviewRequested

INTRODUCTION = """\
# Rules of the auditor

What the auditor asks of the log before it agrees with an enrolment's hours (R28, R31). A rule that does
not hold is a discrepancy: its code is the rule's name, and it names the events that it rests on. The
auditor's code is its own ([ADR 5](adr/0005-auditor-derives-hours-itself.md)); the protocol that it checks
is that of [ADR 14](adr/0014-no-lease-no-credit.md).

- **Clocks** of two services may differ by 2 s. Where one service numbers two events of one subject, their
  order is exact.
- **Transit.** An event may reach the log, or another service, 60 s late. Credit needs no tolerance for
  that: what lies beyond the moment of a check rests on the check that was passed, whenever its event
  came. Only what is decided before the news of a withdrawal, or of the window's end, may be published a
  minute later.
- **While a study goes on**, what rests on events that are younger than 122 s (there and back, and the
  clocks) is *awaited*, and no discrepancy yet. Nothing is awaited once the log is final.
- **Numbers alone prove little.** Whoever writes for a service numbers its events as they like:
  `log.gapless` finds what was lost on the way, the other rules find what was left out.

`make audit-mutants` plants frauds into honest logs and wants each to be found by the rule in charge.
Written by `make derived`.

"""
CASE = "it concerns the person; the suspension that follows from it concerns the study"
UNCLAIMED: dict[type[Event], str] = {
    DeclarationRejected: "a declaration may be corrected without it",
    DeclarationWithdrawn: "a withdrawal that was never published never was",
    EnrollmentBarred: "who is barred and goes on was suspended before, and is resumed",
    OutageBegan: "it is not the enrolment's; an extension names the outage",
    OutageRecorded: "it is not the enrolment's; an extension names the outage",
    CaseOpened: CASE,
    CaseConfirmed: CASE,
    AppealFiled: CASE,
    BlacklistEntryExpired: CASE,
    OrderOpened: "no money has moved",
    PaymentRefused: "the money did not count",
    PaymentRefunded: "the money did not count",
    PhotoExamined: "it names no person; the verified identity is compared with the declared photo",
    IdentityRefused: "only a verified identity counts",
    JobDone: "the decision repeats it as its evidence; where it is at hand, both must say the same",
    ReviewRequested: "it asks a person to look, and credits nothing",
    CertificateRevoked: "the certificate is what counted until then",
}
PARTLY = (
    "`ConsentWithdrawn` that no other consent follows",
    "`QuizAnswered` to a question that is answered again",
    "`DeclarationSubmitted` before the one that corrects it",
    "`JobQueued` for a picture that decided nothing",
    "`PlaybackRecorded` at the end of a session in which every report was refused",
    "`FaceCheckRequested` and `FaceCheckFailed` of a check that ended nothing",
    "`EnrollmentAdvanced`, the last one",
    "`HoursAudited` with a doubtful verdict, before the next one",
    "every event of a session in which nothing was credited",
)
TITLES = {
    "log": "The log",
    "schedule": "The draw",
    "check": "Face checks",
    "identity": "Identity",
    "consent": "Consent",
    "session": "Play sessions",
    "credit": "Credit",
    "course": "Courses",
    "quiz": "Quizzes",
    "lesson": "Lessons",
    "declaration": "Declarations",
    "study": "Studies",
    "hours": "Hours",
    "file": "The file",
    "certificate": "Certificates",
    "verdict": "The verdict",
    "window": "The study window",
}


def page() -> str:
    """The page, as Markdown."""
    rules = sorted(RULES.values(), key=lambda rule: list(TITLES).index(_group(rule)))
    parts = [_section(group, list(each)) for group, each in groupby(rules, _group)]
    return "\n".join([INTRODUCTION, *parts, _unclaimed()])


def _group(rule: Rule) -> str:
    return rule.name.split(".")[0]


def _section(group: str, rules: list[Rule]) -> str:
    rows = [
        f"| `{rule.name}` | {', '.join(rule.numbers)} | {rule.says} | {_names(rule)} |"
        for rule in sorted(rules, key=lambda rule: rule.name)
    ]
    head = "| Rule | Checks | What must hold | Rests on |\n|---|---|---|---|"
    return "\n".join([f"## {TITLES[group]}\n", head, *rows, ""])


def _names(rule: Rule) -> str:
    if rule.rests_on == (Event,):
        return "every event"
    return ", ".join(f"`{kind.__name__}`" for kind in rule.rests_on)


def _unclaimed() -> str:
    whole = [f"| `{kind.__name__}` | {why} |" for kind, why in UNCLAIMED.items()]
    partly = [f"- {what}" for what in PARTLY]
    return "\n".join(
        [
            "## What claims nothing\n",
            "Left out and the rest numbered again, these are missed by nobody: no hour, check or certificate",
            "rests on them.",
            "Left out without that, `log.gapless` finds all but the last event of a subject.\n",
            "| Event | Why |\n|---|---|",
            *whole,
            "",
            "And of other events these:\n",
            *partly,
            "",
        ]
    )
