"""What a person brings and looks for, kept across programs.  Text here is for matching; notes live elsewhere."""

from datetime import time

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedTextField
from core.ids import new_public_id
from people.countries import country_of_zone
from people.models.organisation import OrgUnit, Site

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NO_COUNTRY = "none"
OFFICE_HOURS = {day: [["09:00", "17:00"]] for day in WEEKDAYS[:5]}


class Value(models.TextChoices):
    """What may matter most to somebody at work; a person ranks five of them."""

    ACHIEVEMENT = "achievement", _("Achievement")
    AUTONOMY = "autonomy", _("Independence")
    BALANCE = "balance", _("Balance of work and life")
    CANDOUR = "candour", _("Candour")
    CARE = "care", _("Care for people")
    CRAFT = "craft", _("Craft")
    CURIOSITY = "curiosity", _("Curiosity")
    FAIRNESS = "fairness", _("Fairness")
    HUMOUR = "humour", _("Humour")
    LEARNING = "learning", _("Learning")
    LOYALTY = "loyalty", _("Loyalty")
    ORDER = "order", _("Order")
    PURPOSE = "purpose", _("Purpose")
    STABILITY = "stability", _("Stability")
    TEAMWORK = "teamwork", _("Teamwork")


class Style(models.TextChoices):
    """The sliders of working style, each from 1 (first half of the label) to 5 (second half)."""

    PLANNING = "planning", _("I plan ahead, or I decide as I go")
    TALKING = "talking", _("I think by writing, or I think by talking")
    FEEDBACK = "feedback", _("I like feedback wrapped, or I like feedback straight")
    PACE = "pace", _("I go deep on one thing, or I move between things")


class LearningItem(models.TextChoices):
    """Learning orientation, each from 1 (not like me) to 5 (very like me)."""

    STRETCH = "stretch", _("I look for tasks that stretch me")
    ERRORS = "errors", _("I like to look closely at what went wrong")
    NEW = "new", _("I enjoy being a beginner at something")


class Topic(models.Model):
    """A skill or subject that one person offers and another looks for."""

    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="people_each_topic_once")]

    def __str__(self) -> str:
        return self.name


class Profile(models.Model):
    """Facts from HR and answers from the person; ``answered_at`` tells whether the person has seen them."""

    class Mode(models.TextChoices):
        IN_PERSON = "in_person", _("In person")
        VIRTUAL = "virtual", _("By video or phone")
        HYBRID = "hybrid", _("Both")
        ASYNCHRONOUS = "asynchronous", _("In writing")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="profile")
    public_id = models.CharField(max_length=8, unique=True, default=new_public_id, editable=False)

    employee_number = models.CharField(
        _("employee number"), max_length=60, null=True, blank=True, unique=True
    )
    job_title = models.CharField(_("job title"), max_length=150, blank=True)
    grade = models.CharField(_("grade"), max_length=60, blank=True)
    function = models.CharField(_("function"), max_length=120, blank=True)
    unit = models.ForeignKey(OrgUnit, models.SET_NULL, null=True, blank=True, related_name="profiles")
    site = models.ForeignKey(Site, models.SET_NULL, null=True, blank=True, related_name="profiles")
    hired_on = models.DateField(_("hired on"), null=True, blank=True)

    languages = models.JSONField(_("languages"), default=list, blank=True)
    working_hours = models.JSONField(_("working hours"), default=dict, blank=True)
    quiet_from = models.TimeField(_("no letters from"), default=time(18))
    quiet_until = models.TimeField(_("no letters until"), default=time(8))
    an_hour_before = models.BooleanField(_("a reminder an hour before meetings"), default=False)
    # Empty: that of the place of work.  NO_COUNTRY: the person has said that there are none to rest on.
    country = models.CharField(_("public holidays of"), max_length=4, blank=True)
    mode = models.CharField(_("how you like to meet"), max_length=20, choices=Mode, blank=True)
    values = models.JSONField(_("values"), default=list, blank=True)
    working_style = models.JSONField(_("working style"), default=dict, blank=True)
    learning_orientation = models.JSONField(_("learning orientation"), default=dict, blank=True)
    interests = models.JSONField(_("interests"), default=list, blank=True)
    preferences = models.JSONField(_("preferences"), default=dict, blank=True)
    years_of_experience = models.PositiveSmallIntegerField(
        _("years of experience"), null=True, blank=True, validators=[MaxValueValidator(70)]
    )
    goals = EncryptedTextField(_("goals"), blank=True, bound_to="public_id")
    career_story = EncryptedTextField(_("career story"), blank=True, bound_to="public_id")
    topics = models.ManyToManyField(Topic, through="ProfileTopic", related_name="profiles")
    answered_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=20, default="person")

    def __str__(self) -> str:
        return self.job_title or self.public_id

    @property
    def hours(self) -> dict[str, list[list[str]]]:
        """Local working hours by weekday; office hours until the person says otherwise."""
        return self.working_hours or OFFICE_HOURS

    @property
    def working_days(self) -> frozenset[int]:
        """Monday is 0."""
        return frozenset(number for number, day in enumerate(WEEKDAYS) if self.hours.get(day))

    @property
    def rests_in(self) -> str:
        """The country whose public holidays count; empty for none."""
        if self.country:
            return "" if self.country == NO_COUNTRY else self.country
        return country_of_zone(self.site.zone) if self.site else ""


class ProfileTopic(models.Model):
    class Side(models.TextChoices):
        OFFERED = "offered", _("Offered")
        WANTED = "wanted", _("Wanted")

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="topic_links")
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="profile_links")
    side = models.CharField(max_length=10, choices=Side)
    rank = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])

    class Meta:
        ordering = ["side", "rank", "topic__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "topic", "side"], name="people_each_topic_once_per_side"
            ),
            models.CheckConstraint(condition=Q(rank__gte=1), name="people_topic_rank_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} ({self.get_side_display()})"
