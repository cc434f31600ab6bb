import pytest
from django.utils import timezone

from tests import make


@pytest.fixture
def now():
    """The pages live in the present."""
    return timezone.now()


@pytest.fixture
def draft(cora, now):
    return make.draft_program(cora, now=now)


@pytest.fixture
def oda(other_pair):
    return other_pair.coordinators[0]
