from programs.models.enrolments import Enrolment
from programs.models.programs import Cycle, Outcome, Program, ProgramRole
from programs.models.questions import Answer, Question
from programs.models.wordings import Wording

__all__ = ["Answer", "Cycle", "Enrolment", "Outcome", "Program", "ProgramRole", "Question", "Wording"]
