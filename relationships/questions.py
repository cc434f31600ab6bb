"""Words to begin with, for people who do not know yet how: openers for the first letter, questions to try."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from relationships.stages import Stage

OPENERS = (
    _("What would make these months worth your while?"),
    _("What do people who work with you well know about you?"),
    _("What are you in the middle of that I should know about?"),
)

QUESTIONS = {
    Stage.INITIATION: (
        _("What would you like to be different at the end, and how would somebody else notice?"),
        _("When did somebody help you well, and what did they do?"),
        _("How will you tell me when something between us does not work?"),
        _("What should I ask you again and again?"),
        _("What do you not want advice on?"),
    ),
    Stage.CULTIVATION: (
        _("What are you putting up with that you could change this week?"),
        _("What would you do if you were sure that it would not go wrong?"),
        _("What have you learnt since we last met, and where did you use it?"),
        _("Who sees this differently, and what do they see?"),
        _("Which part of this is really the hard one?"),
        _("What is the smallest step that would show you whether you are right?"),
        _("What did you decide not to do, and was that a decision?"),
    ),
    Stage.SEPARATION: (
        _("What can you do now that you could not do when we began?"),
        _("What would you like to thank each other for?"),
        _("Who else can help you with what stays open?"),
        _("How would each of you like to stay in touch, and how not?"),
    ),
    Stage.REDEFINITION: (
        _("Whom could you help now, as you were helped?"),
        _("What will you ask yourself in half a year?"),
    ),
}


def question_for(stage: str, today: date, skip: int = 0) -> str:
    """Another one each week, and as many further ones as somebody asks for."""
    questions = QUESTIONS.get(Stage(stage), QUESTIONS[Stage.INITIATION])
    return questions[(today.toordinal() // 7 + skip) % len(questions)]
