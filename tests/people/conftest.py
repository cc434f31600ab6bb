import pytest
from django.utils import timezone


@pytest.fixture
def now():
    """The pages live in the present."""
    return timezone.now()
