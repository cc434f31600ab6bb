"""What falls due on this floor, and what the clock does then."""

from relationships.dues import calendars, life, meetings, reminders

DUES = life.DUES | meetings.DUES | calendars.DUES | reminders.DUES
