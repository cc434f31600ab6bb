"""The component page: the whole vocabulary once, with real words.  Only in a demo and while developing."""

from datetime import date, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import forms
from core.charts import Bars, Lines, Part, Point, Series, Stack, Step, Steps
from core.drawings import Stop, units
from core.icons import ICONS
from core.pages import Page


class Sample(forms.Form):
    """One field of each kind."""

    end = forms.DateField(label=_("End date"), help_text=_("Most programs run 6 to 9 months."))
    at = forms.TimeField(label=_("Time"), help_text=_("Times are those of Europe/Oslo."))
    places = forms.forms.IntegerField(label=_("Mentees for each mentor"), min_value=1, max_value=10)
    readers = forms.OneOf(
        label=_("Who can see goals?"),
        help_text=_("Coordinators always see counts and dates, never the text."),
        choices=[("pair", _("The pair")), ("me", _("Only the mentee"))],
    )
    reminders = forms.SeveralOf(
        label=_("Reminders"),
        required=False,
        choices=[
            ("two", _("Two days before a meeting")),
            ("stale", _("When a goal has no update for three weeks")),
        ],
    )
    site = forms.OneOf(
        label=_("Site"),
        required=False,
        choices=[("", "–"), *((str(n), _("Site %(n)s") % {"n": n}) for n in range(20))],
    )
    thought = forms.Voice(
        label=_("One thing to remember"), required=False, help_text=_("A sentence is enough.")
    )
    agreed = forms.forms.BooleanField(label=_("I have read the code of conduct"))
    seen_by = {"thought": "pair"}
    other_name = "Ingrid"


def weeks() -> Bars:
    counts = (2, 6, 9, 12, 8, 13, 11, 10, 12)
    return Bars(
        id="weeks",
        title=_("Meetings each week"),
        finding=_("Steady since week 4. Week 5 dipped with the September bank holiday."),
        points=[Point(_("W%(n)s") % {"n": n}, count) for n, count in enumerate(counts, start=1)],
        over=_("Week"),
        counts=_("Meetings"),
        expected=11,
        so_far=True,
    )


def months() -> Lines:
    names = ("May", "Jun", "Jul", "Aug", "Sep")
    return Lines(
        id="months",
        title=_("Meetings each month"),
        finding=_("September was the busiest month: 127 meetings, 48 of them in Emerging Leaders."),
        series=[
            Series(
                "Emerging Leaders",
                [
                    Point(n, v, "" if v else _("Not started"))
                    for n, v in zip(names, (None, None, None, 17, 48), strict=True)
                ],
            ),
            Series(
                _("All other programs"),
                [Point(n, v) for n, v in zip(names, (41, 52, 38, 57, 79), strict=True)],
            ),
        ],
        over=_("Month"),
    )


def funnel() -> Steps:
    return Steps(
        id="funnel",
        title=_("From sign-up to result"),
        finding=_("The largest loss is between agreement and the third meeting: 21 people."),
        steps=[
            Step(_("Signed up"), 142),
            Step(_("Matched"), 131, _("11 still waiting")),
            Step(_("Agreement signed"), 118, _("13 dropped here")),
            Step(_("Met 3 times or more"), 97, _("21 dropped here")),
        ],
        over=_("Step"),
        counts=_("People"),
    )


def goals() -> Stack:
    return Stack(
        id="goals",
        title=_("What became of 146 goals"),
        finding=_("82% are finished or on track."),
        parts=[
            Part(_("Finished"), 52, "deep"),
            Part(_("On track"), 68, "good"),
            Part(_("At risk"), 17, "watch"),
            Part(_("Dropped"), 9, "quiet"),
        ],
    )


@login_not_required
def show(request: HttpRequest) -> HttpResponse:
    form = Sample(request.POST or None)
    if not request.GET and not request.POST:
        messages.success(request, _("Match run 3 finished in 2 seconds. 18 of 20 mentees have a mentor."))
    context = {
        "form": form,
        "icons": sorted(ICONS),
        "weeks": weeks(),
        "months": months(),
        "funnel": funnel(),
        "goals": goals(),
        "stages": [
            Stop(_("Initiation"), "done", _("Finished 14 September")),
            Stop(_("Cultivation"), "now", _("Midpoint review 9 November")),
            Stop(_("Separation"), "next", _("From 8 January")),
            Stop(_("Redefinition"), "next", _("After 7 February")),
        ],
        "pairs": [
            Stop(_("Initiation"), "now", _("1 needs a check-in, 2 to sign"), "6", units(5, 1)),
            Stop(_("Cultivation"), "now", _("2 need a check-in"), "16", units(14, 2)),
            Stop(_("Separation"), "next", _("Opens 8 January"), "0"),
            Stop(_("Redefinition"), "next", _("After 7 February"), "0"),
        ],
        "figures": [
            {
                "label": _("Mentees matched"),
                "big": 22,
                "small": _("of 24"),
                "bar": {"value": 22, "top": 24},
                "note": _("Target 95% by 30 October"),
            },
            {
                "label": _("Met recently"),
                "big": 19,
                "small": _("of 22 pairs"),
                "bar": {"value": 19, "top": 22, "target": 20},
                "note": _("86%, target 90%"),
            },
            {"label": _("Meetings logged"), "big": 83, "note": _("88 expected by now")},
            {
                "label": _("Goals on track"),
                "big": 31,
                "small": _("of 38"),
                "bar": {"value": 31, "top": 38, "tone": "watch"},
                "note": _("4 at risk, 3 not updated"),
            },
        ],
        "needs": [
            {
                "icon": "clock",
                "title": _("3 pairs have not met for 30 days"),
                "sub": "Farid and Lucía, Mei-Ling and Oskar, Jonah and Ruth",
                "url": "#weeks",
                "action": _("Send a nudge"),
                "object": _("to 3 pairs"),
            },
            {
                "icon": "pair",
                "title": _("2 mentees are waiting for a mentor"),
                "sub": _("Noor since 28 September"),
                "url": "#weeks",
                "action": _("Find mentors"),
                "object": _("for 2 mentees"),
            },
        ],
        "tasks": [
            {
                "title": _("Name and dates"),
                "title_url": "#weeks",
                "sub": _("11 January to 9 July"),
                "state": _("Done"),
            },
            {
                "title": _("Meeting rhythm and stages"),
                "title_url": "#weeks",
                "sub": _("From the template, please check"),
                "tone": "watch",
                "state": _("Check this"),
            },
        ],
        "facts": [
            {"term": _("Runs"), "value": _("11 January to 9 July 2027"), "url": "#weeks", "what": _("dates")},
            {
                "term": _("Stays between us"),
                "value": _("Everything, unless we both say otherwise"),
                "voice": True,
            },
        ],
        "links": [
            {
                "url": "#weeks",
                "icon": "chart",
                "words": _("Excel workbook (.xlsx)"),
                "sub": _("All tables, one sheet each"),
            },
            {"url": "#weeks", "icon": "file", "words": _("PDF report"), "sub": _("This page, ready to send")},
        ],
        "job": {
            "title": _("Matching 214 mentees with 160 mentors"),
            "done": 68,
            "total": 100,
            "words": _("Step 3 of 4: comparing pairs, 68%. About 10 seconds left."),
            "is_open": False,
        },
        "page": Page(list(range(50)), 214, 2, 5, 50),
        "choices": [("", _("All"), 22), ("check", _("Check in"), 3), ("next", _("No next meeting"), 5)],
        "moment": timezone.now() + timedelta(days=3),
        "a_day": date(2026, 10, 15),
        "ingrid": Person("Ingrid Solheim", "Europe/Oslo"),
        "amara": Person("Amara Osei", "Europe/London"),
    }
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "styleguide.html", context, status=status)


class Person:
    def __init__(self, full_name: str, zone: str) -> None:
        self.full_name, self.zone, self.short_name = full_name, zone, full_name.split()[0]
