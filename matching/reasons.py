"""The engine's facts in words: why a pair fits, and why somebody has none.  Deep-level reasons come first."""

from collections.abc import Iterable
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from people.models.profiles import Style, Value

CRITERIA = {
    "topics": gettext_lazy("Goals and topics"),
    "values": gettext_lazy("Values"),
    "working_style": gettext_lazy("Working style"),
    "learning": gettext_lazy("Learning orientation"),
    "interests": gettext_lazy("Interests"),
    "preferences": gettext_lazy("What both asked for"),
    "practicality": gettext_lazy("Hours, place and way of meeting"),
    "experience": gettext_lazy("Distance in experience"),
}

# What a coordinator may read of a rule.  A private wish, a safety block and an earlier ending look alike.
RULES = {
    "same_person": gettext_lazy("the same person"),
    "safety_block": gettext_lazy("ruled out"),
    "excluded": gettext_lazy("ruled out"),
    "ended_early": gettext_lazy("ruled out"),
    "reporting_line": gettext_lazy("in the same reporting line"),
    "language": gettext_lazy("no language in common"),
    "hours": gettext_lazy("fewer than two working hours a week in common"),
    "low_fit": gettext_lazy("fit below the lowest that this run allows"),
}

# Rules that rest on what one person has said in confidence.
PRIVATE = {"safety_block", "excluded", "ended_early"}


def listed(names: Iterable[str]) -> str:
    """ "a, b and c"."""
    names = list(names)
    if len(names) < 2:
        return "".join(names)
    return _("%(first)s and %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}


def values(codes: Iterable[str]) -> str:
    known = dict(Value.choices)
    return listed(str(known.get(code, code)).lower() for code in codes)


def sliders(codes: Iterable[str]) -> str:
    known = dict(Style.choices)
    return listed(f"“{known.get(code, code)}”" for code in codes)


def sentence(fact: dict[str, Any]) -> str:
    """One fact of ``matching.engine.evidence`` as a sentence; empty for what is not worth saying."""
    details = fact["details"]
    speak = SENTENCES.get(fact["code"])
    return speak(details) if speak else ""


def topics_covered(details: dict[str, Any]) -> str:
    return ngettext(
        "Covers %(count)s of %(of)s topic: %(topics)s.",
        "Covers %(count)s of %(of)s topics: %(topics)s.",
        details["of"],
    ) % {
        "count": len(details["covered"]),
        "of": details["of"],
        "topics": listed(details["covered"]),
    }


def topics_helped(details: dict[str, Any]) -> str:
    return ngettext(
        "One can help the other with %(count)s of %(of)s topic: %(topics)s.",
        "One can help the other with %(count)s of %(of)s topics: %(topics)s.",
        details["of"],
    ) % {"count": len(details["covered"]), "of": details["of"], "topics": listed(details["covered"])}


def shared_goal(details: dict[str, Any]) -> str:
    return ngettext(
        "%(count)s of %(of)s person wants to learn the same: %(goal)s.",
        "%(count)s of %(of)s people want to learn the same: %(goal)s.",
        details["of"],
    ) % {"count": details["wanted_by"], "of": details["of"], "goal": details["goal"]}


def shared_time(details: dict[str, Any]) -> str:
    hours = details["minutes"] // 60
    return ngettext(
        "%(hours)s working hour a week in common.", "%(hours)s working hours a week in common.", hours
    ) % {"hours": hours}


def shared_values(details: dict[str, Any]) -> str:
    if details["first"]:
        return _("Both put %(values)s first.") % {"values": values(details["first"])}
    return _("Both name %(values)s.") % {"values": values(details["values"])}


def preference_met(details: dict[str, Any]) -> str:
    return _("A wish is met: %(wish)s.") % {"wish": wish(details)}


def preference_unmet(details: dict[str, Any]) -> str:
    return _("A wish is not met: %(wish)s.") % {"wish": wish(details)}


def wish(details: dict[str, Any]) -> str:
    words = {
        ("function", "same"): _("the same function"),
        ("function", "different"): _("another function"),
        ("site", "same"): _("the same place of work"),
        ("site", "different"): _("another place of work"),
        ("grade", "same"): _("the same level"),
        ("grade", "different"): _("another level"),
    }
    return words.get((details["attribute"], details["wish"]), details["attribute"])


# What somebody ranked, by rank; the last one is for all that follow.
CHOSEN = {
    "mentee": (
        gettext_lazy("The mentee's first choice."),
        gettext_lazy("The mentee's second choice."),
        gettext_lazy("The mentee's third choice."),
        gettext_lazy("The mentee's choice number %(rank)s."),
    ),
    "mentor": (
        gettext_lazy("The mentor's first choice."),
        gettext_lazy("The mentor's second choice."),
        gettext_lazy("The mentor's third choice."),
        gettext_lazy("The mentor's choice number %(rank)s."),
    ),
}
CHOSEN_LABELS = {
    "mentee": (
        gettext_lazy("First choice"),
        gettext_lazy("Second choice"),
        gettext_lazy("Third choice"),
        gettext_lazy("Choice %(rank)s"),
    ),
    "mentor": (
        gettext_lazy("Mentor's first choice"),
        gettext_lazy("Mentor's second choice"),
        gettext_lazy("Mentor's third choice"),
        gettext_lazy("Mentor's choice %(rank)s"),
    ),
}
RANKED_BY_YOU = (
    gettext_lazy("You ranked %(name)s first."),
    gettext_lazy("You ranked %(name)s second."),
    gettext_lazy("You ranked %(name)s third."),
    gettext_lazy("You ranked %(name)s number %(rank)s."),
)


def by_rank(words: tuple[Any, ...], rank: int, **named: str) -> str:
    """The words for a rank, which is 1 for the first choice."""
    return str(words[min(rank, len(words)) - 1]) % {"rank": rank, **named}


def ranked_words(name: str, rank: int) -> str:
    """For whoever ranked, and for nobody else."""
    return by_rank(RANKED_BY_YOU, rank, name=name)


SENTENCES = {
    "shared_values": shared_values,
    "close_style": lambda d: _("Close in how they work: %(sliders)s.") % {"sliders": sliders(d["sliders"])},
    "far_style": lambda d: _("Far apart in how they work: %(sliders)s.") % {"sliders": sliders(d["sliders"])},
    "both_high": lambda d: _("Both look for things to learn."),
    "shared_interests": lambda d: _("Both like %(interests)s.") % {"interests": listed(d["interests"])},
    "topics_covered": topics_covered,
    "topics_helped": topics_helped,
    "shared_goal": shared_goal,
    "no_shared_goal": lambda d: _("Nobody in the group asks for what those who lead it offer."),
    "topics_none": lambda d: _("Covers none of the topics asked for."),
    "chosen": lambda d: by_rank(CHOSEN[d["by"]], d["rank"]),
    "preference_met": preference_met,
    "preference_unmet": preference_unmet,
    "shared_time": shared_time,
    "little_time": lambda d: _("Few working hours in common."),
    "same_mode": lambda d: _("Both like to meet in the same way."),
    "far_mode": lambda d: _("They like to meet in different ways."),
    "same_site": lambda d: _("Both work in %(site)s.") % {"site": d["site"]},
    "far_site": lambda d: _("One wants to meet in person, and they work in different places."),
    "distance_as_wished": lambda d: _("The distance in experience is as wished."),
    "distance_off": lambda d: _("The distance in experience is not as wished."),
    "nothing_shared": lambda d: "",
    "not_answered": lambda d: "",
}


# The same facts as short labels for a table; the sentences stand beside the points.
LABELS = {
    "shared_values": lambda d: values((d["first"] or d["values"])[:2]).capitalize(),
    "close_style": lambda d: _("Close working style"),
    "far_style": lambda d: _("Different working style"),
    "both_high": lambda d: _("Both learners"),
    "shared_interests": lambda d: listed(d["interests"][:2]).capitalize(),
    "topics_covered": lambda d: listed(d["covered"][:2]).capitalize(),
    "topics_helped": lambda d: listed(d["covered"][:2]).capitalize(),
    "shared_goal": lambda d: d["goal"].capitalize(),
    "no_shared_goal": lambda d: _("No shared goal"),
    "topics_none": lambda d: _("No topic covered"),
    "chosen": lambda d: by_rank(CHOSEN_LABELS[d["by"]], d["rank"]),
    "preference_met": lambda d: wish(d).capitalize(),
    "preference_unmet": lambda d: _("Wish not met: %(wish)s") % {"wish": wish(d)},
    "shared_time": lambda d: _("%(hours)s h overlap") % {"hours": d["minutes"] // 60},
    "little_time": lambda d: _("%(hours)s h overlap") % {"hours": d["minutes"] // 60},
    "same_site": lambda d: d["site"],
    "far_site": lambda d: _("Different places"),
    "far_mode": lambda d: _("Different ways to meet"),
    "distance_off": lambda d: _("Experience not as wished"),
}


# Worth knowing where all of a pair is told, and neither for nor against it.
NEITHER = {"far_style"}


def labels(facts: list[dict[str, Any]], *, warnings: bool, most: int) -> list[str]:
    """What speaks for a pair, or against it, in two or three words each."""
    chosen = [
        fact
        for fact in facts
        if bool(fact["warning"]) == warnings
        and fact["code"] in LABELS
        and (warnings or fact["code"] not in NEITHER)
    ]
    # Topics are what a coordinator looks for first in a table, deep-level reasons what carries a pair.
    chosen.sort(key=lambda fact: fact["code"] not in ("topics_covered", "topics_helped"))
    # Both may have wished for the same.
    return list(dict.fromkeys(LABELS[fact["code"]](fact["details"]) for fact in chosen))[:most]


# What the two people themselves may be told: common ground, never what one of them wished for.
COMMON_GROUND = {
    "shared_values",
    "close_style",
    "both_high",
    "shared_interests",
    "topics_covered",
    "topics_helped",
    "shared_goal",
    "shared_time",
    "same_mode",
    "same_site",
}


def reasons(facts: list[dict[str, Any]], *, most: int = 3, to_the_pair: bool = False) -> list[str]:
    """What speaks for a pair, best first."""
    good = (
        sentence(fact)
        for fact in facts
        if not fact["warning"]
        and fact["code"] not in NEITHER
        and (fact["code"] in COMMON_GROUND or not to_the_pair)
    )
    return [words for words in good if words][:most]


def cautions(facts: list[dict[str, Any]]) -> list[str]:
    return [words for fact in facts if fact["warning"] and (words := sentence(fact))]


def rule_words(codes: Iterable[str]) -> str:
    return listed(dict.fromkeys(str(RULES[code]) for code in codes))


WITHOUT_GROUP = {
    "groups_full": gettext_lazy("All groups that would be possible are full."),
    "group_not_formed": gettext_lazy(
        "Too few people fit into the groups that would be possible, so none of these opens."
    ),
}
ALONE_AMONG_PEERS = {"odd_one_out", "nobody_allowed", "paired_elsewhere"}


def alone_words(code: str, details: dict[str, Any], names: dict[str, str]) -> str:
    """Why somebody among peers has no partner."""
    if code == "nobody_allowed":
        return _("Nobody is possible as a partner; most often because of: %(rule)s.") % {
            "rule": rule_most(details)
        }
    taken = listed(names.get(one["mentor"], "–") for one in details["taken"][:3])
    if code == "odd_one_out":
        return _(
            "The number of people is odd, so one stays alone, and the others score no higher with anybody else alone. "
            "Nearest would have been %(names)s."
        ) % {"names": taken}
    return _("Everybody who would be possible has another partner: %(names)s.") % {"names": taken}


def rule_most(details: dict[str, Any]) -> str:
    counts: dict[str, int] = {}
    for rule, count in details["blocked_by"]:
        counts[str(RULES[rule])] = counts.get(str(RULES[rule]), 0) + count
    return max(counts, key=counts.get, default="")


def unmatched_words(code: str, details: dict[str, Any], names: dict[str, str]) -> str:
    """The true reason in a sentence.  Private wishes count into "ruled out" and are not told apart."""
    if code == "forbidden":
        counts: dict[str, int] = {}
        for rule, count in details["blocked_by"]:
            counts[str(RULES[rule])] = counts.get(str(RULES[rule]), 0) + count
        most = max(counts, key=counts.get, default="")
        return _("No mentor is possible; most often because of: %(rule)s.") % {"rule": most}
    if code == "full":
        taken = listed(names.get(one["mentor"], "–") for one in details["taken"][:3])
        return _("All mentors who would be possible are taken: %(names)s.") % {"names": taken}
    if code == "no_host":
        return _("No group is possible; most often because of: %(rule)s.") % {"rule": rule_most(details)}
    if code in WITHOUT_GROUP:
        return str(WITHOUT_GROUP[code])
    if code in ALONE_AMONG_PEERS:
        return alone_words(code, details, names)
    if code == "no_gain":
        return _("Every possible pair would lower the total.")
    if code == "taken_apart" and details.get("group"):
        return _("A coordinator has taken them out of a group.")
    if code == "taken_apart":
        return _("A coordinator has taken the pair apart.")
    if code == "below_floor":
        return _("Every possible pair would be worse than the worst-off pair of this plan.")
    return _("Wants no mentor now.")


SIZES = {
    "larger_groups": gettext_lazy("Groups of up to %(size)s would help."),
    "smaller_groups": gettext_lazy("Groups from %(size)s on would help."),
}


def remedy_words(details: dict[str, Any], names: dict[str, str]) -> list[str]:
    """The smallest change that would help, as computed by solving again with it."""
    found = []
    for remedy in details.get("remedies") or []:
        name = names.get(remedy["mentor"], "–")
        if remedy["kind"] in SIZES:
            found.append(SIZES[remedy["kind"]] % {"size": remedy["places"]})
        elif remedy["kind"] == "one_more":
            found.append(_("One more person who may be paired with them would help."))
        elif remedy["kind"] == "lower":
            found.append(
                _("Taking pairs from a fit of %(fit)s on would help: then %(name)s is possible.")
                % {"fit": remedy["units"] // 100, "name": name}
            )
        elif remedy["rules"] and set(remedy["rules"]) & PRIVATE:
            continue  # the names beside a confidential rule would tell it
        elif remedy["kind"] == "override_and_place":
            found.append(
                ngettext(
                    "Making an exception for %(name)s (%(rules)s) and %(places)s more place there would help.",
                    "Making an exception for %(name)s (%(rules)s) and %(places)s more places there would help.",
                    remedy["places"],
                )
                % {"name": name, "rules": rule_words(remedy["rules"]), "places": remedy["places"]}
            )
        elif remedy["places"]:
            found.append(
                ngettext(
                    "%(places)s more place with %(name)s would help.",
                    "%(places)s more places with %(name)s would help.",
                    remedy["places"],
                )
                % {"places": remedy["places"], "name": name}
            )
        elif remedy["rules"]:
            found.append(
                _("Making an exception for %(name)s (%(rules)s) would help.")
                % {"name": name, "rules": rule_words(remedy["rules"])}
            )
    return found


def fit_word(score: int) -> tuple[str, str]:
    """The word for a score in hundredths, and the tone of its bar (ux 6.1)."""
    if score >= 8000:
        return _("Strong"), "good"
    if score >= 7000:
        return _("Good"), "good"
    if score >= 5500:
        return _("Fair"), "watch"
    return _("Weak"), "watch"


def criterion_words(code: str) -> str:
    return capfirst(str(CRITERIA.get(code, code)))
