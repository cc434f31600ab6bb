"""What this floor writes to people.  Letters hold names, dates and addresses of pages, never content."""

from relationships.letters import goals, life, meetings, reminders, warnings
from relationships.letters.choices import CHOICES

LETTERS = life.LETTERS | meetings.LETTERS | goals.LETTERS | reminders.LETTERS | warnings.LETTERS

__all__ = ["CHOICES", "LETTERS"]
