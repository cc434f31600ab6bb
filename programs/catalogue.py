"""The templates a program can start from: texts, rhythm, questions, weights.  Everything can be changed afterwards.

Only formats that work from the first page to the last can be used; the others say in a sentence what they wait for.
Lengths and rhythms follow domain 4.2, weights domain 4.14, agreement suggestions domain 4.7."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from programs.models import Program, Question
from programs.models.programs import Format

WEIGHTS = {
    "topics": 30,
    "values": 12,
    "working_style": 8,
    "learning": 5,
    "interests": 5,
    "preferences": 25,
    "practicality": 10,
    "experience": 5,
}

CONDUCT = _(
    "We come prepared and on time, and say early when we cannot. We treat each other with respect and speak openly. "
    "What is said stays between us, unless somebody is in danger or the law obliges us to speak. "
    "A mentor takes no part in decisions about the mentee's pay, appraisal or promotion. "
    "Either of us may end the relationship at any time, without giving a reason."
)

PRIVACY_NOTICE = _(
    "That you take part, and with whom, is known to you, your partner and the coordinators. "
    "What you write in goals, notes and your agreement is read by you and your partner; private notes by you alone. "
    "Coordinators see stages, dates and how many meetings and goals there are, never their text. "
    "HR sees figures about five people or more. Your line manager sees nothing. "
    "Your profile answers are used to suggest a partner; a person decides, and you can decline. "
    "Joining is voluntary, and you can leave at any time."
)

AGREEMENT = {
    "purpose": _("What brings us together, in one sentence."),
    "in_scope": _("Questions of work, career and how I work with others."),
    "out_of_scope": _(
        "Decisions of my line manager, and anything that needs a doctor, a lawyer or a counsellor."
    ),
    "confidentiality": _(
        "Everything stays between us, unless somebody is in danger or the law obliges us to speak."
    ),
    "line_manager": _("We tell line managers that we meet, and nothing of what we talk about."),
    "scheduling": _("The mentee proposes dates, the mentor answers within two working days."),
    "cancelling": _("Whoever cancels proposes a new time within two days."),
    "expectations_of_mentee": _("Brings the topics, prepares, and does what was agreed."),
    "expectations_of_mentor": _("Listens first, asks, shares experience, opens doors where it fits."),
    "feedback": _("At the end of each meeting we say what helped and what did not."),
    "disagreement": _("We say it to each other first; then we ask the coordinator."),
    "notes": _("Each keeps private notes; shared notes hold only what we both want kept."),
    "conflicts": _("The mentor takes no part in decisions about the mentee's appraisal, pay or promotion."),
    "ending": _("Either of us may end this at any time, without giving a reason."),
}
PEER_AGREEMENT = {
    **AGREEMENT,
    "scheduling": _("We take turns proposing dates, and answer within two working days."),
    "expectations": _("Each brings a topic to every meeting, listens first, and does what was agreed."),
    "conflicts": _("Neither takes part in decisions about the other's appraisal, pay or promotion."),
}
GROUP_AGREEMENT = {
    **AGREEMENT,
    "confidentiality": _(
        "Everything stays in the group, unless somebody is in danger or the law obliges us to speak."
    ),
    "scheduling": _("Whoever leads the group proposes dates; everybody answers within two working days."),
    "cancelling": _("Who cannot come says so a day before. We meet when half of us can."),
    "expectations_of_mentee": _("Each brings questions, shares what was tried, and listens to the others."),
    "expectations_of_mentor": _(
        "Keeps the talk going and gives everybody room; shares experience where it helps."
    ),
    "disagreement": _("We say it in the group first; then we ask the coordinator."),
    "ending": _("Anybody may leave at any time, without giving a reason. The group goes on."),
}

PEER_CONDUCT = _(
    "We come prepared and on time, and say early when we cannot. We treat each other with respect and speak openly. "
    "What is said stays between us, unless somebody is in danger or the law obliges us to speak. "
    "Neither takes part in decisions about the other's pay, appraisal or promotion. "
    "Either of us may end the relationship at any time, without giving a reason."
)


def asked(field_name: str, text: str, hint: str = "", **extra: Any) -> dict[str, Any]:
    """A built-in question, whose answer goes to the profile or the enrolment."""
    return {"kind": Question.Kind.FIELD, "field": field_name, "text": text, "hint": hint, **extra}


MENTEES, MENTORS = Question.For.MENTEES, Question.For.MENTORS
PARTNER, COORDINATOR = Question.Readers.PARTNER, Question.Readers.COORDINATOR

QUESTIONS = (
    asked(
        "skills_wanted",
        _("What would you like to get better at?"),
        _("Up to five, the most important first."),
        asked_of=MENTEES,
        readers=PARTNER,
    ),
    asked(
        "skills_offered",
        _("What can you help somebody with?"),
        _("Up to eight things you have done, not only read about."),
        asked_of=MENTORS,
        readers=PARTNER,
    ),
    asked("capacity", _("How many mentees can you take?"), asked_of=MENTORS, readers=COORDINATOR),
    asked(
        "goals",
        _("What should be different for you at the end?"),
        _("A sentence or two is enough."),
        asked_of=MENTEES,
        readers=PARTNER,
        is_required=False,
    ),
    asked("languages", _("Which languages can you talk in?")),
    asked("working_hours", _("When do you work, and in which time zone?")),
    asked("values", _("What matters most to you at work?"), _("Choose five and put them in order.")),
    asked("working_style", _("How do you like to work?")),
    asked("learning_orientation", _("How do you like to learn?"), is_required=False),
    asked(
        "preferences",
        _("Is there anything that matters to you in a partner?"),
        is_required=False,
    ),
    asked(
        "not_this_person",
        _("Is there somebody you should not be matched with?"),
        _("For example family, or somebody you have worked with too closely."),
        is_required=False,
        readers=Question.Readers.MATCHING,
    ),
)


# Peers ask and answer alike, and each has one partner.
PEER_QUESTIONS = tuple(
    {**question, "asked_of": Question.For.EVERYBODY}
    if question["field"] in ("skills_wanted", "skills_offered", "goals")
    else question
    for question in QUESTIONS
    if question["field"] != "capacity"
)
GROUP_QUESTIONS = tuple(question for question in QUESTIONS if question["field"] != "capacity")


@dataclass(frozen=True)
class Template:
    """A pattern for a program.  ``waits_for`` is empty when it can be used."""

    key: str
    format: str
    name: str
    summary: str
    purpose: str
    audience: str
    eligibility: str
    outcomes: tuple[dict[str, str], ...]
    length_days: int
    cadence_days: int
    meeting_minutes: int = 45
    capacity: int = 1
    waits_for: str = ""
    questions: tuple[dict[str, Any], ...] = QUESTIONS
    weights: dict[str, int] = field(default_factory=lambda: dict(WEIGHTS))
    rules: dict[str, Any] = field(default_factory=dict)
    conduct: str = CONDUCT

    def program_fields(self) -> dict[str, Any]:
        """The columns of a new program, with texts in the language of today's reader."""
        return {
            "format": self.format,
            "purpose": str(self.purpose),
            "audience": str(self.audience),
            "eligibility": str(self.eligibility),
            "length_days": self.length_days,
            "cadence_days": self.cadence_days,
            "meeting_minutes": self.meeting_minutes,
            "default_capacity": self.capacity,
            "weights": self.weights,
            "rules": {"objective": "coverage", **self.rules},
            "conduct": str(self.conduct),
            "privacy_notice": str(PRIVACY_NOTICE),
        }


TEMPLATES = {
    template.key: template
    for template in (
        Template(
            key="leadership",
            format=Format.ONE_TO_ONE,
            name=_("Emerging leaders"),
            summary=_("One mentor, one mentee, nine months. For people who lead for the first time."),
            purpose=_("People who lead for the first time grow into it with somebody who has done it."),
            audience=_("First-time leads, and leaders with some years of experience."),
            eligibility=_("Mentees have led people for less than two years; mentors for at least three."),
            outcomes=(
                {"metric": _("First-time leads still in their role after a year"), "target": _("85 %")},
            ),
            length_days=274,
            cadence_days=28,
        ),
        Template(
            key="onboarding",
            format=Format.ONE_TO_ONE,
            name=_("Settling in"),
            summary=_("One mentor, one newcomer, six months, every two weeks."),
            purpose=_("Newcomers find their feet, their people and their way around."),
            audience=_("People in their first months, and colleagues who know the place."),
            eligibility=_(
                "Mentees joined within the last six months; mentors have been here for two years or more."
            ),
            outcomes=(
                {"metric": _("Newcomers who would choose us again after six months"), "target": _("90 %")},
            ),
            length_days=182,
            cadence_days=14,
            meeting_minutes=30,
        ),
        Template(
            key="reverse",
            format=Format.REVERSE,
            name=_("Reverse mentoring"),
            summary=_("Somebody early in their career mentors somebody senior, for six months."),
            purpose=_("Senior people learn from those who see the organisation with fresh eyes."),
            audience=_("Senior leaders as mentees, people early in their career as mentors."),
            eligibility=_(
                "Mentors and mentees are at least two levels apart and in different reporting lines."
            ),
            outcomes=({"metric": _("Mentees who changed one practice because of it"), "target": _("70 %")},),
            length_days=182,
            cadence_days=28,
        ),
        Template(
            key="peers",
            format=Format.PEER,
            name=_("Peer pairs"),
            summary=_("Two people at the same level, for six months."),
            purpose=_("Colleagues at the same level think with each other."),
            audience=_("People at the same level in different teams."),
            eligibility=_("Everybody who is not in the same team as the other."),
            outcomes=({"metric": _("People who have somebody to think with"), "target": _("80 %")},),
            length_days=182,
            cadence_days=21,
            questions=PEER_QUESTIONS,
            conduct=PEER_CONDUCT,
        ),
        Template(
            key="circles",
            format=Format.GROUP,
            name=_("Mentoring circles"),
            summary=_("One to three mentors with four to eight mentees around a shared learning goal."),
            purpose=_("People with the same question learn from a mentor and from each other."),
            audience=_("People who share a learning goal."),
            eligibility=_("Everybody interested in the topic of a circle."),
            outcomes=({"metric": _("Circles that reach their shared goal"), "target": _("75 %")},),
            length_days=365,
            cadence_days=28,
            meeting_minutes=90,
            questions=GROUP_QUESTIONS,
            rules={"group": {"fewest": 4, "most": 8, "mentors": 1}},
        ),
        Template(
            key="flash",
            format=Format.FLASH,
            name=_("Single meetings"),
            summary=_("One meeting about one question, with no promise to go on."),
            purpose=_("A question finds somebody with experience, quickly."),
            audience=_("Anybody with a question, and people with an hour to give."),
            eligibility=_("Everybody."),
            outcomes=({"metric": _("Questions answered within two weeks"), "target": _("80 %")},),
            length_days=28,
            cadence_days=28,
            waits_for=_("Open slots cannot be offered here yet."),
        ),
    )
}

USABLE = {key: template for key, template in TEMPLATES.items() if not template.waits_for}


def built_in_questions(program: Program) -> list[tuple[int, dict[str, Any]]]:
    """The built-in questions that this program does not ask, each with its place, as columns of a question."""
    template = TEMPLATES.get(program.template)
    asked_now = {question.field for question in program.questions.all()}
    return [
        (order, {**pattern, "text": str(pattern["text"]), "hint": str(pattern["hint"])})
        for order, pattern in enumerate(template.questions if template else QUESTIONS)
        if pattern["field"] not in asked_now
    ]
