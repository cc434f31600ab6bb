"""What the engine says when it is given something it cannot work with.  All are ``ValueError``."""


class EngineError(ValueError):
    """Bad input.  ``field`` names the argument (or the profile's field), so that a form can point at it."""

    field = ""

    def __init__(self, message, *, field=None):
        super().__init__(message)
        if field is not None:
            self.field = field


class BadScores(EngineError):
    """Scores that are not a finite table of numbers."""

    field = "scores"


class BadCapacity(EngineError):
    """Places that are not whole numbers of zero or more, one for each mentor."""

    field = "capacity"


class BadDemand(EngineError):
    """Wanted mentors that are not whole numbers of zero or more, one for each mentee."""

    field = "demand"


class BadAllowed(EngineError):
    """A table of allowed pairs that is not boolean or does not have the shape of the scores."""

    field = "allowed"


class BadKeys(EngineError):
    """Stable identifiers that are missing or given twice."""

    field = "keys"


class BadLocks(EngineError):
    """Locked pairs that contradict each other, the places, or the hard rules."""

    field = "locked"


class UnknownObjective(EngineError):
    """An objective the engine does not know."""

    field = "objective"


class BadProfile(EngineError):
    """A person whose answers are outside what the engine understands."""


class BadWeights(EngineError):
    """Weights that are negative, not finite, unknown, or all zero."""

    field = "weights"


class BadQuestion(EngineError):
    """A snapshot that is not one: something is missing, or of another kind."""

    field = "question"


class BadRules(EngineError):
    """Rules or overrides that cannot be applied."""

    field = "rules"


class BadSizes(EngineError):
    """Sizes of groups that are not whole numbers, or a least size above the greatest."""

    field = "fewest"


class BadApart(EngineError):
    """Mentees to be kept apart that are not pairs of two different mentees of the program."""

    field = "apart"
