"""What a reader can turn off among the letters of this floor.  What somebody waits for always comes."""

from django.utils.translation import gettext_lazy as _

from activity.kinds import Choice

MEETINGS, PAIRS, COORDINATION = _("Meetings"), _("Your relationships"), _("For coordinators")

REMINDERS = Choice(
    "meeting-reminders", MEETINGS, _("Reminders of a meeting"), _("The day before a planned meeting.")
)
HELD = Choice(
    "was-it-held",
    MEETINGS,
    _("“Did you meet?”"),
    _("The day after a planned meeting, until one of you has logged it."),
)
RHYTHM = Choice(
    "rhythm",
    PAIRS,
    _("Your rhythm"),
    _("When you have not met for longer than you agreed, and before a pause or the program ends."),
)
STAGES = Choice(
    "stages",
    PAIRS,
    _("Steps of a relationship"),
    _("When you can move to the next stage, have moved, or your agreement is in force."),
)
DAYS = Choice(
    "days",
    PAIRS,
    _("Days you have set yourselves"),
    _(
        "When it is time to look at your agreement again, and when a goal, a step or an action of yours is due."
    ),
)
UNANSWERED = Choice(
    "unanswered",
    COORDINATION,
    _("Questions without an answer"),
    _("When somebody in a pair asked to move on, and the other has not answered for a fortnight."),
)

CHOICES = (REMINDERS, HELD, RHYTHM, STAGES, DAYS, UNANSWERED)
