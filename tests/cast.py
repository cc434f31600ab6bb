"""The cast.  Mira mentors Theo in a program that Cora coordinates.  Otto has nothing to do with it.

Hana is HR admin, Ada administrator; Ole, Olga and Oda are mentor, mentee and coordinator of another program."""

import pytest
import time_machine
from django.test import Client

from people.models import Organisation
from tests import make


@pytest.fixture
def now():
    return make.NOW


@pytest.fixture
def clock(db):
    """Stands at that moment, also for the pages, until a test moves it."""
    Organisation.objects.current()
    with time_machine.travel(make.NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def post_box(settings):
    """Letters are written as they go out, and kept."""
    settings.DEMO, settings.EMAIL_URL = True, ""


@pytest.fixture
def mira(db):
    return make.person("Mira Moreau")


@pytest.fixture
def theo(db):
    return make.person("Theo Tamm", zone="Europe/Oslo")


@pytest.fixture
def cora(db):
    return make.person("Cora Conti")


@pytest.fixture
def otto(db):
    return make.person("Otto Outside")


@pytest.fixture
def hana(db):
    return make.hr_admin()


@pytest.fixture
def ada(db):
    return make.administrator()


@pytest.fixture
def program(cora):
    return make.program(coordinators=[cora])


@pytest.fixture
def cora_at(client, cora):
    """The browser of the coordinator, signed in."""
    client.force_login(cora)
    return client


@pytest.fixture
def hana_at(client, hana):
    client.force_login(hana)
    return client


@pytest.fixture
def as_theo(client, theo):
    client.force_login(theo)
    return client


@pytest.fixture
def as_mira(mira):
    client = Client()
    client.force_login(mira)
    return client


@pytest.fixture
def opened(cora, now):
    """A program of Cora's that takes people in."""
    return make.open_program(cora, now=now)


@pytest.fixture
def pair(program, mira, theo):
    return make.relationship(program_=program, mentor=mira, mentee=theo, stage="cultivation")


@pytest.fixture
def other_pair(db):
    """Ole mentors Olga in a program that Oda coordinates."""
    oda = make.person("Oda Other")
    elsewhere = make.program(coordinators=[oda], title="Elsewhere")
    return make.relationship(
        program_=elsewhere,
        mentor=make.person("Ole Other"),
        mentee=make.person("Olga Other"),
        stage="cultivation",
    )


@pytest.fixture
def cast(mira, theo, cora, otto, hana, ada, other_pair):
    return {
        "mira": mira,
        "theo": theo,
        "cora": cora,
        "otto": otto,
        "hana": hana,
        "ada": ada,
        "ole": other_pair.mentor,
        "olga": other_pair.mentee,
        "oda": other_pair.coordinators[0],
    }
