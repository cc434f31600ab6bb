"""The agreement: its text and who signed it, writing the next version, signing.  Members only."""

from datetime import date
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activity.bell import ring
from core.dates import day_words
from core.views import see_other
from people.models import User
from relationships import actions, dates
from relationships.actions.agreements import ChangedMeanwhile, latest, terms_of
from relationships.forms.agreement import AgreementForm, initial_from
from relationships.letters.life import names
from relationships.models import Agreement, Relationship
from relationships.permissions import RULES
from relationships.stages import Refused
from relationships.terms import Terms, difference, facts, sections_for, suggestions
from relationships.views.finding import CONFLICT, UNPROCESSABLE, find_own, refuse


class Card(NamedTuple):
    """The agreement on the pair's page."""

    in_force: Agreement | None
    waiting: Agreement | None
    facts: list[dict[str, Any]]
    is_mine_to_sign: bool
    signed_on: str


def card_of(relationship: Relationship, person: User) -> Card:
    versions = list(
        relationship.agreements.filter(
            state__in=["proposed", "partly_signed", "in_force", "review_due"]
        ).with_signatures()
    )
    in_force = next((version for version in versions if version.is_in_force), None)
    waiting = next((version for version in versions if version.can_be_signed), None)
    shown = facts_of(relationship, in_force) if in_force else []
    return Card(
        in_force=in_force,
        waiting=waiting,
        facts=shown,
        is_mine_to_sign=bool(waiting) and not waiting.is_signed_by(person),
        signed_on=day_words(timezone.localtime(in_force.in_force_at).date())
        if in_force and in_force.in_force_at
        else "",
    )


def facts_of(relationship: Relationship, agreement: Agreement) -> list[dict[str, Any]]:
    """What one looks up most often."""
    terms = terms_of(agreement)
    rhythm = _("%(rhythm)s, %(minutes)s minutes") % {
        "rhythm": dates.rhythm_words(terms.cadence_days),
        "minutes": terms.meeting_minutes,
    }
    rows = [{"term": _("Meet"), "value": rhythm}]
    for name, label in (("cancelling", _("If one cancels")), ("confidentiality", _("Stays between us"))):
        if words := terms.words.get(name):
            rows.append({"term": label, "value": words, "voice": True})
    if relationship.planned_end_on:
        rows.append({"term": _("Ends"), "value": day_words(relationship.planned_end_on)})
    return rows


# Reading


@require_safe
def agreement(request: HttpRequest, pair: str) -> HttpResponse:
    relationship = find_own(request, pair)
    if not relationship.agreements.exists():
        if RULES["propose_terms"](request.user, relationship):
            return render(
                request, "relationships/agreement_form.html", form_context(request, relationship, None)
            )
    return render(request, "relationships/agreement.html", page_context(request, relationship))


def page_context(request: HttpRequest, relationship: Relationship) -> dict[str, Any]:
    versions = list(
        relationship.agreements.with_signatures().select_related("reviewed_by").order_by("-version")
    )
    shown = shown_version(request, versions)
    in_force = next((version for version in versions if version.is_in_force), None)
    is_change = bool(shown and in_force and shown.can_be_signed)
    person = request.user
    return {
        "relationship": relationship,
        "others": names(relationship.others(person)),
        "shown": shown,
        "sections": sections_of(relationship, terms_of(shown)) if shown else [],
        "counted": facts(terms_of(shown)).values() if shown else [],
        "in_force": in_force,
        "changes": difference(terms_of(in_force), terms_of(shown)) if is_change else [],
        "waiting_for": waiting_for(relationship, shown) if shown else "",
        "has_signed": bool(shown) and shown.is_signed_by(person),
        "may_sign": RULES["sign"](person, relationship),
        "may_keep": may_keep(person, relationship, shown),
        "review_day": review_day(relationship, shown),
        "may_change": RULES["propose_terms"](person, relationship),
        "versions": versions,
        "is_latest": bool(shown) and shown == newest(versions),
    }


def may_keep(person: User, relationship: Relationship, shown: Agreement | None) -> bool:
    """Whether it is time to look at it again, and nobody has said yet that it still fits."""
    if shown is None or not shown.is_in_force or shown.reviewed_at:
        return False
    is_time = dates.is_time_to_review(shown, relationship, timezone.now())
    return is_time and bool(RULES["sign"](person, relationship))


def review_day(relationship: Relationship, shown: Agreement | None) -> date | None:
    return dates.review_of(shown, relationship) if shown and shown.is_in_force else None


def newest(versions: list[Agreement]) -> Agreement | None:
    """What waits for signatures, else what is in force, else the last one there was."""
    waiting = [version for version in versions if version.can_be_signed]
    valid = [version for version in versions if version.is_in_force]
    return next(iter(waiting + valid + versions), None)


def shown_version(request: HttpRequest, versions: list[Agreement]) -> Agreement | None:
    wanted = request.GET.get("version", "")
    return next((version for version in versions if str(version.version) == wanted), newest(versions))


def sections_of(relationship: Relationship, terms: Terms) -> list[dict[str, Any]]:
    found = []
    for section in sections_for(relationship.format):
        rows = [
            {"term": term.label, "value": terms.words[term.name], "voice": True}
            for term in section.terms
            if terms.words.get(term.name)
        ]
        if rows:
            found.append({"title": section.title, "facts": rows})
    return found


def waiting_for(relationship: Relationship, agreement: Agreement) -> str:
    return names([person for person in relationship.people if not agreement.is_signed_by(person)])


# Writing


def form_context(
    request: HttpRequest, relationship: Relationship, form: AgreementForm | None
) -> dict[str, Any]:
    others = names(relationship.others(request.user))
    current = latest(relationship)
    return {
        "relationship": relationship,
        "others": others,
        "current": current,
        "form": form
        or AgreementForm(initial=first_words(relationship, current), relationship=relationship, other=others),
        "planned_end": relationship.planned_end_on,
    }


def first_words(relationship: Relationship, current: Agreement | None) -> dict[str, Any]:
    """The text as it stands, or the program's suggestions."""
    if current:
        return {**initial_from(terms_of(current)), "based_on": current.content_hash}
    suggested = Terms(
        {**suggestions(relationship.program.stage_settings, relationship.format), "mode": relationship.mode},
        relationship.cadence_days,
        relationship.meeting_minutes,
        dates.midpoint(relationship),
    )
    return {**initial_from(suggested), "based_on": ""}


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, pair: str) -> HttpResponse:
    relationship = find_own(request, pair)
    if not (answer := RULES["propose_terms"](request.user, relationship)):
        return refuse(request, answer, relationship)
    others = names(relationship.others(request.user))
    if request.method != "POST":
        return render(request, "relationships/agreement_form.html", form_context(request, relationship, None))
    form = AgreementForm(request.POST, relationship=relationship, other=others)
    if not form.is_valid():
        context = form_context(request, relationship, form)
        return render(request, "relationships/agreement_form.html", context, status=UNPROCESSABLE)
    based_on = form.cleaned_data["based_on"]
    try:
        actions.propose_terms(
            relationship, form.terms, based_on=based_on, by=request.user, now=timezone.now()
        )
    except ChangedMeanwhile as changed:
        return conflict(request, relationship, form, changed)
    ring()
    messages.success(
        request, _("Saved. %(other)s can read it now. Read it once more, and sign.") % {"other": others}
    )
    return see_other("relationships:agreement", relationship.public_id)


def conflict(
    request: HttpRequest, relationship: Relationship, form: AgreementForm, changed: ChangedMeanwhile
) -> HttpResponse:
    """Nothing is lost: what was typed stays in the form, what the other wrote stands beside it."""
    data = request.POST.copy()
    data["based_on"] = changed.current.content_hash if changed.current else ""
    kept = AgreementForm(data, relationship=relationship, other=form.other_name)
    context = form_context(request, relationship, kept)
    context["theirs"] = difference(form.terms, terms_of(changed.current)) if changed.current else []
    context["changed"] = str(changed)
    context["has_errors"] = True
    return render(request, "relationships/agreement_form.html", context, status=CONFLICT)


@require_POST
def signature(request: HttpRequest, pair: str) -> HttpResponse:
    relationship = find_own(request, pair)
    if not (answer := RULES["sign"](request.user, relationship)):
        return refuse(request, answer, relationship)
    read = request.POST.get("content_hash", "")
    try:
        signed = actions.sign(relationship, read, by=request.user, now=timezone.now())
    except ChangedMeanwhile as changed:
        return other_text(request, relationship, read, changed)
    except Refused as no:
        return refuse(request, no, relationship)
    ring()
    if signed.is_in_force:
        messages.success(request, _("Everybody has signed. Your agreement is in force."))
    else:
        waiting = waiting_for(relationship, get_object_or_404(relationship.agreements, pk=signed.pk))
        messages.success(request, _("Signed. It counts once %(name)s has signed, too.") % {"name": waiting})
    return see_other("relationships:agreement", relationship.public_id)


@require_POST
def review(request: HttpRequest, pair: str) -> HttpResponse:
    """They have looked at it again, and it still fits."""
    relationship = find_own(request, pair)
    if not (answer := RULES["sign"](request.user, relationship)):
        return refuse(request, answer, relationship)
    try:
        actions.keep_agreement(
            relationship, request.POST.get("content_hash", ""), by=request.user, now=timezone.now()
        )
    except Refused as no:
        messages.warning(request, str(no))
        return see_other("relationships:agreement", relationship.public_id)
    ring()
    messages.success(request, _("Kept. Your agreement goes on as it is."))
    return see_other("relationships:agreement", relationship.public_id)


def other_text(
    request: HttpRequest, relationship: Relationship, read: str, changed: ChangedMeanwhile
) -> HttpResponse:
    """The text is another by now: it is shown with what is different from the one that was read."""
    context = page_context(request, relationship)
    before = next((version for version in context["versions"] if version.content_hash == read), None)
    current = changed.current
    context["changed"] = str(changed)
    context["changes"] = difference(terms_of(before), terms_of(current)) if before and current else []
    context["has_errors"] = True
    return render(request, "relationships/agreement.html", context, status=CONFLICT)
