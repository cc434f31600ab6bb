"""How the pages of a run speak of what it proposes: pairs of mentor and mentee, pairs of equals, or groups."""

from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from matching.models import MatchRun
from programs.models.programs import Format


class Words(NamedTuple):
    """``first`` and ``second`` head the two columns of people; ``what`` is what a run proposes, in the plural."""

    first: str
    second: str
    what: str
    matched: str
    waiting: str
    nobody_waits: str
    begins: str
    offered: str
    publish: str


def proven_words(run: MatchRun) -> str:
    """What the proof says.  Which mentors lead together is settled before it, and no part of it."""
    people = {"people": run.mentees + run.mentors}
    if run.format == Format.GROUP and run.rules.get("group", {}).get("mentors", 1) > 1:
        return (
            _(
                "With these teams of mentors no other assignment of the %(people)s people scores higher. Checked."
            )
            % people
        )
    return _("No other assignment of these %(people)s people scores higher. Checked.") % people


def how_words(run: MatchRun) -> str:
    """How that is proven, for somebody who wants to know."""
    return f"{HOW.get(run.format, PLACES)} {CHECKED}"


CHECKED = gettext_lazy(
    "A program that knows nothing of the one that found the plan works out all fits, rules and prices again from the "
    "same answers, and refuses a proof in which anything was changed."
)
PLACES = gettext_lazy(
    "With the run a price for every place is kept. At these prices nobody could do better than in this plan, and the "
    "places and what everybody could do at most add up to exactly what the plan reaches: so no other plan reaches "
    "more."
)
HOW = {
    Format.PEER: gettext_lazy(
        "With the run a price for every person is kept, and one for circles of people in which one stays over. No two "
        "people are worth more together than their prices, and all prices add up to exactly what the plan reaches: "
        "so no other plan reaches more."
    ),
    Format.GROUP: gettext_lazy(
        "With the run a price for every mentee is kept. At these prices no group could gain more than in this plan; "
        "where prices alone do not settle it, cases are told apart until each is settled by prices of its own: so no "
        "other plan reaches more."
    ),
}


def words_of(run: MatchRun, proposals: int, waiting: int) -> Words:
    return SPEAKING.get(run.format, of_pairs)(proposals, waiting)


def of_pairs(proposals: int, waiting: int) -> Words:
    return Words(
        first=_("Mentee"),
        second=_("Mentor"),
        what=_("Proposed pairs"),
        matched=_("Mentees matched"),
        waiting=ngettext(
            "%(count)s waits for a mentor", "%(count)s wait for a mentor", waiting
        ) % {"count": waiting},
        nobody_waits=_("Everybody has a mentor in this run"),
        begins=_("Nobody has been told. A pair starts when both people accept."),
        offered=_("Both people of each pair get a mail. It begins when both accept."),
        publish=publish_pairs(proposals),
    )  # fmt: skip


def of_peers(proposals: int, waiting: int) -> Words:
    return of_pairs(proposals, waiting)._replace(
        first=_("One"),
        second=_("The other"),
        matched=_("People matched"),
        waiting=ngettext("%(count)s is without a partner", "%(count)s are without a partner", waiting)
        % {"count": waiting},
        nobody_waits=_("Everybody has a partner in this run"),
    )


def of_groups(proposals: int, waiting: int) -> Words:
    return Words(
        first=_("Group"),
        second=_("Led by"),
        what=_("Proposed groups"),
        matched=_("Mentees placed"),
        waiting=ngettext("%(count)s is in no group", "%(count)s are in no group", waiting)
        % {"count": waiting},
        nobody_waits=_("Everybody is in a group in this run"),
        begins=_("Nobody has been told. A group starts when those who lead it and enough others accept."),
        offered=_(
            "Everybody in each group gets a mail. It begins with those who accept, if they are enough and those who "
            "lead it are among them."
        ),
        publish=ngettext("Publish %(count)s group", "Publish %(count)s groups", proposals)
        % {"count": proposals},
    )


def publish_pairs(count: int) -> str:
    return ngettext("Publish %(count)s pair", "Publish %(count)s pairs", count) % {"count": count}


def published_words(run: MatchRun, offered: int, stuck: int, at: str) -> str:
    """What is said to whoever has just published: how many, until when it can be taken back, what was set aside."""
    if run.format == Format.GROUP:
        said = ngettext(
            "%(count)s group published. The letters go out at %(time)s; until then you can take it back.",
            "%(count)s groups published. The letters go out at %(time)s; until then you can take it back.",
            offered,
        )
        aside = ngettext(
            "%(count)s group was set aside: it is not possible any more.",
            "%(count)s groups were set aside: they are not possible any more.",
            stuck,
        )
    else:
        said = ngettext(
            "%(count)s pair published. The letters go out at %(time)s; until then you can take it back.",
            "%(count)s pairs published. The letters go out at %(time)s; until then you can take it back.",
            offered,
        )
        aside = ngettext(
            "%(count)s pair was set aside: it is not possible any more.",
            "%(count)s pairs were set aside: they are not possible any more.",
            stuck,
        )
    words = said % {"count": offered, "time": at}
    return f"{words} {aside % {'count': stuck}}" if stuck else words


SPEAKING = {Format.PEER: of_peers, Format.GROUP: of_groups}
