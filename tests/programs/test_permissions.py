import pytest
from django.urls import reverse

from programs.models import Program
from programs.permissions import RULES
from programs.urls import urlpatterns
from tests import make

OPEN = {
    "index",
    "new",
    "invitation",
    "refusal",
    "new_link",
    "join_check",
    "join_done",
    "matching_day",
    "question",
}
WITH = {"enrolment": "x", "import_id": "x", "kind": "invitation", "code": "basics"}
OF_A_PROGRAM = [pattern for pattern in urlpatterns if pattern.name not in OPEN]


def address(pattern, program, enrolment):
    names = pattern.pattern.converters
    given = {name: WITH.get(name) for name in names} | {"public_id": program.public_id}
    if "enrolment" in given:
        given["enrolment"] = enrolment.public_id
    return reverse(f"programs:{pattern.name}", kwargs=given)


@pytest.mark.parametrize("pattern", OF_A_PROGRAM, ids=lambda pattern: pattern.name)
def test_what_belongs_to_a_program_does_not_exist_for_others(client, opened, cast, pattern):
    enrolment = make.enrolment(opened, cast["theo"])
    url = address(pattern, opened, enrolment)
    for who, person in cast.items():
        if who != "cora":
            client.force_login(person)
            for method in (client.get, client.post):
                assert method(url).status_code in (404, 405), who
            assert 404 in (client.get(url).status_code, client.post(url).status_code)
    client.logout()
    assert client.get(url).status_code in (302, 405)
    opened.refresh_from_db()
    assert opened.state == "published"


def test_programs_in_the_list_are_those_the_rule_allows(opened, draft, cast):
    for person in cast.values():
        allowed = {program for program in Program.objects.all() if RULES["view"](person, program)}
        assert set(Program.objects.visible_to(person)) == allowed


@pytest.mark.parametrize(
    "state, publish, invite",
    [("draft", 1, 0), ("published", 0, 1), ("running", 0, 1), ("suspended", 0, 0), ("closed", 0, 0)],
)
def test_what_a_coordinator_may_follows_the_state(cora, otto, state, publish, invite):
    program = make.program(coordinators=[cora], state=state)
    verbs = {verb for verb in RULES if RULES[verb](cora, program)}
    always = {"view", "set_up", "add_people", "see_letters", "see_activity"}
    assert verbs == always | ({"publish"} if publish else set()) | ({"invite", "match"} if invite else set())
    assert not {verb for verb in RULES if RULES[verb](otto, program)}


def test_a_sponsor_reads_no_page(client, opened, otto):
    opened.roles.create(person=otto, role="sponsor")
    client.force_login(otto)
    assert client.get(reverse("programs:setup", args=[opened.public_id])).status_code == 404


def test_making_a_program_is_refused_with_its_reason(client, theo):
    client.force_login(theo)
    response = client.get(reverse("programs:new"))
    assert response.status_code == 403
    assert "Only HR admins, administrators and coordinators can make a program." in response.content.decode()
    assert (
        "You see the programs that you coordinate." in client.get(reverse("programs:index")).content.decode()
    )
