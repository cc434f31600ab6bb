"""The cast.  Mira mentors Theo in a program that Cora coordinates.  Otto has nothing to do with it.

Hana is HR admin, Ada administrator; Ole, Olga and Oda are mentor, mentee and coordinator of another program."""

import pytest

from tests import make


@pytest.fixture
def now():
    return make.NOW


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
