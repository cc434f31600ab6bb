from programs.models.enrolments import Enrolment
from programs.models.programs import Cycle, Outcome, Program, ProgramRole
from programs.models.questions import Answer, Question

__all__ = ["Answer", "Cycle", "Enrolment", "Outcome", "Program", "ProgramRole", "Question"]
