"""The letters of matching that a program may word in its own way, and samples of them."""

from datetime import timedelta
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programs.models.programs import Format
from programs.wordings import MATCHING, Editable, Sample, Words, sender_words
from relationships.letters.life import names
from relationships.wordings import others_of

TWO = tuple(each for each in Format.values if each not in (Format.PEER, Format.GROUP))


def offer_words(role: str, given: Sample) -> Words:
    """The suggestion of the partner whom the reader really has, or of somebody made up; the reason is an example."""
    others = others_of(given)
    is_group = given.program.format == Format.GROUP
    return {
        **sender_words(given),
        "partner": others[0],
        "is_mentee": role == "mentee",
        "is_peer": role == "peer",
        "is_group": is_group,
        "reasons": [_("You both would like to talk about leading a team.")],
        "goal": _("Leading a team"),
        "leads": role == "mentor",
        "led_by": names(others),
        "joining": [given.reader, *others, given.reader],
        "expires_at": given.now + timedelta(days=given.program.offer_days),
    }


def in_their_role(given: Sample) -> Words:
    role = (
        given.enrolment.role
        if given.enrolment
        else "peer"
        if given.program.format == Format.PEER
        else "mentee"
    )
    return offer_words(role, given)


def shortlist_words(given: Sample) -> Words:
    words = in_their_role(given)
    return {**words, "people": 3, "closes_at": words["expires_at"]}


OFFERED = {"partner": "partner", "date": "expires_at"}
OPEN = {"date": "closes_at"}

EDITABLE = {
    "matching.shortlist": Editable(
        MATCHING, gettext_lazy("When somebody may choose among several people"), shortlist_words, OPEN
    ),
    "matching.shortlist_reminder": Editable(
        MATCHING,
        gettext_lazy("When somebody has not chosen yet, and the time runs out"),
        shortlist_words,
        OPEN,
    ),
    "matching.offer_mentee": Editable(
        MATCHING,
        gettext_lazy("When a mentor is suggested to a mentee"),
        partial(offer_words, "mentee"),
        OFFERED,
        TWO,
    ),
    "matching.offer_mentor": Editable(
        MATCHING,
        gettext_lazy("When a mentee is suggested to a mentor"),
        partial(offer_words, "mentor"),
        OFFERED,
        TWO,
    ),
    "matching.offer_peer": Editable(
        MATCHING,
        gettext_lazy("When a partner is suggested to a peer"),
        partial(offer_words, "peer"),
        OFFERED,
        (Format.PEER.value,),
    ),
    "matching.offer_group": Editable(
        MATCHING,
        gettext_lazy("When a place in a group is suggested"),
        in_their_role,
        {"date": "expires_at"},
        (Format.GROUP.value,),
    ),
    "matching.offer_reminder": Editable(
        MATCHING,
        gettext_lazy("Before the time to answer a suggestion runs out"),
        in_their_role,
        {"date": "expires_at"},
    ),
    "matching.not_this_time": Editable(
        MATCHING, gettext_lazy("When a suggestion will not begin"), in_their_role
    ),
}
