"""Every address of the product, with a thing of the world behind it, or with nothing."""

from types import SimpleNamespace
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from activity.links import off_path
from matching.links import ACCEPT, DECLINE, path_of
from people.grades import Line, fingerprint
from programs.links import invitation_token
from relationships import links as by_mail
from relationships.links import feed_path
from tests.make import NOW


def patterns(resolver: URLResolver | None = None, space: str = "") -> dict[str, URLPattern]:
    """Every pattern of the product by its full name."""
    found: dict[str, URLPattern] = {}
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            found |= patterns(pattern, space + (f"{pattern.namespace}:" if pattern.namespace else ""))
        else:
            found[f"{space}{pattern.name or pattern.pattern}"] = pattern
    return found


def things(w: SimpleNamespace) -> dict[str, dict[str, Any]]:
    """What stands in an address, by floor, by name of a page, and by variant."""
    program, file = w.program.public_id, w.program_file.public_id
    own = {"public_id": w.enrolment.public_id}
    of_run = {
        "public_id": program,
        "number": w.run.number,
        "proposal": w.suggested.public_id,
        "decision": w.decision.public_id,
        "other": w.other_run.number,
        "person": w.waiting_alone.person.public_id,
    }
    of_pair = {
        "program": program,
        "pair": w.pair.public_id,
        "meeting": w.planned.public_id,
        "note": w.note.public_id,
        "topic": w.topic.public_id,
        "goal": w.goal.public_id,
        "step": w.step.public_id,
    }
    offer = {"public_id": w.offer.public_id}
    return {
        "": {"public_id": w.job.public_id},
        "people": {
            "public_id": w.theo.public_id,
            "code": "goals",
            "import_id": w.organisation_file.public_id,
        },
        "programs": {
            "public_id": program,
            "code": "basics",
            "import_id": file,
            "enrolment": w.enrolment.public_id,
            "token": invitation_token(w.invited),
            "number": 1,
        },
        "emails": {
            "public_id": program,
            "enrolment": w.enrolment.public_id,
            "kind": "programs.invitation",
        },
        "relationships": of_pair,
        "matching": of_run,
        "reports": {"public_id": program},
        "mail_webhook": {"provider": "mailgun"},
        "letters_off": {"token": off_path(w.theo, "rhythm", since=NOW).split("/")[-2]},
        "relationships:feed": {"token": feed_path(w.feed).split("/")[-1].removesuffix(".ics")},
        "relationships:held_by_mail": {"token": token_of(by_mail.held_path(w.waiting, w.theo))},
        "relationships:not_held_by_mail": {"token": token_of(by_mail.not_held_path(w.waiting, w.theo))},
        "relationships:move_by_mail": {"token": token_of(by_mail.move_path(w.planned, w.theo))},
        "relationships:log_by_mail": {"token": token_of(by_mail.log_path(w.pair, w.theo, since=NOW))},
        "matching:acceptance_by_mail": {
            "token": token_of(path_of("acceptance_by_mail", ACCEPT, w.offer, w.theo))
        },
        "matching:refusal_by_mail": {"token": token_of(path_of("refusal_by_mail", DECLINE, w.offer, w.theo))},
        "programs:join_check": own,
        "programs:join_done": own,
        "programs:matching_day": own,
        "programs:question": own,
        "matching:shortlist": {"public_id": w.shortlist.public_id},
        "matching:offer": offer,
        "matching:acceptance": offer,
        "matching:refusal": offer,
        "reports:file": {"public_id": w.log.public_id},
        "relationships:topic_reopening": {"topic": w.done_topic.public_id},
        **{f"relationships:{name}": {"meeting": w.held.public_id} for name in OF_HELD},
        **{f"relationships:{name}": {"goal": w.proposed.public_id} for name in OF_PROPOSED},
        "[former]": {"public_id": w.former_job.public_id},
        "[former log]": {"public_id": w.former_log.public_id},
        "[lists]": {"public_id": w.lists_job.public_id},
        "[hr]": {"public_id": w.outcomes.public_id},
        "[draft]": {"public_id": w.draft.public_id},
        "[own]": {"goal": w.own.public_id, "step": w.own_step.public_id},
        "[proposed]": {"goal": w.proposed.public_id},
        "[private]": {"note": w.private.public_id},
        "[of the meeting]": {"note": w.meeting_note.public_id},
        "[held]": {"meeting": w.held.public_id},
        "[waiting]": {"meeting": w.waiting.public_id},
        "[over]": {"pair": w.over.public_id},
        "[suggested]": {"public_id": w.suggested.public_id},
        "[applied]": {"import_id": w.program_file_applied.public_id},
        "[applied to all]": {"import_id": w.organisation_file_applied.public_id},
        "[invited]": {"enrolment": w.invited.public_id},
        "[removed]": {"enrolment": w.removed.public_id},
        "[of the organisation]": {"import_id": w.organisation_file.public_id},
        "[of a program]": {"import_id": file},
        "[not this person]": {"code": "not_this_person"},
        "[unwanted]": {"public_id": w.unwanted.public_id},
        "[questions]": {"code": "questions"},
        "[second]": {"number": 2},
        "[last]": {"number": 5},
    }


def token_of(path: str) -> str:
    return path.split("/")[-2]


OF_HELD = ("confirmation", "dispute", "correction", "withdrawal", "usefulness", "meeting_notes")
OF_PROPOSED = ("goal_agreement", "goal_change_request", "goal_proposal")

# An id of the right shape that nothing has.
NOTHING = {"number": 999, "other": 999, "token": "nothing"}


def address(w: SimpleNamespace, page: str, *, missing: str = "") -> str:
    """The address of "floor:name[variant]"; ``missing`` names the part that is to lead to nothing."""
    if not hasattr(w, "things"):
        w.things, w.patterns = things(w), patterns()
    name, bracket, variant = page.partition("[")
    floor = name.partition(":")[0] if ":" in name else ""
    given = w.things[floor] | w.things.get(name, {}) | (w.things[f"[{variant}"] if bracket else {})
    wanted = list(w.patterns[name].pattern.converters)
    parts = {part: given[part] for part in wanted}
    if missing:
        parts[missing] = NOTHING.get(missing, "zzzzzzzz")
    return reverse(name, kwargs=parts)


def last_part(w: SimpleNamespace, page: str) -> str:
    """The deepest thing that an address names; words such as ``code`` name none."""
    address(w, page)
    parts = [
        part for part in w.patterns[page.partition("[")[0]].pattern.converters if part not in ("code", "kind")
    ]
    return parts[-1] if parts else ""


def sent(w: SimpleNamespace, page: str) -> dict[str, Any]:
    """What a form of that page sends at least; most can be sent empty."""
    return {
        "people:grades": {Line(w.theo.profile.grade, 1, None).code: "10", "seen": fingerprint([])},
        "people:roles": {"role": "hr_admin"},
        "matching:lock": {"locked": "1"},
        "people:zone": {"zone": "Europe/Oslo"},
        "programs:settings": {"role": w.role.pk},
        "emails:retry": {"letter": w.letter.pk},
        "relationships:nudges": {"pair": w.pair.public_id},
        "relationships:moves": {"verb": "wind_up"},
        "relationships:signature": {"content_hash": w.change.content_hash},
        "relationships:agreement_review": {"content_hash": w.agreed.content_hash},
        "relationships:usefulness": {"usefulness": "4"},
        "relationships:log_by_mail": {"day": "2026-10-12", "minutes": "45"},
        "relationships:move_by_mail": {"at": "2026-10-14T11:00:00+00:00"},
        "relationships:own_calendar": {"address": "https://calendar.example.org/theo.ics"},
        "relationships:topic_position": {"direction": "down"},
        "relationships:goal_step": {"state": "done"},
        "relationships:goal_step[own]": {"state": "done"},
        "relationships:afterwards[over]": {"code": "personal_circumstances", "wants_rematch": "yes"},
        "reports:export": {"report": "outcomes", "format": "csv"},
        "reports:log": {"format": "csv"},
    }.get(page, {})
