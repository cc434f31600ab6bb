"""A program from its template to relationships that have begun, through the pages, as its people go."""

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activity import jobs
from activity.models import Job
from matching.jobs import JOBS
from matching.models import Proposal
from people.models import User
from programs.letters import questions_for
from programs.links import invitation_path
from programs.models import Enrolment, Program
from tests import make
from tests.pages import words_of

HOURS = {"mon_from": "09:00", "mon_to": "17:00", "zone": "Europe/Oslo"}
ANSWERS = {
    "goals": {"goals": "I lead the depot."},
    "languages": {"languages": ["en"]},
    "working_hours": HOURS,
    "values": {
        f"value_{n}": code for n, code in enumerate(["care", "craft", "order", "humour", "purpose"], 1)
    },
    "working_style": {"planning": "1", "talking": "2", "feedback": "3", "pace": "4"},
    "learning_orientation": {"stretch": "5"},
    "preferences": {},
    "not_this_person": {"people": ""},
}


def at(name: str, *args) -> str:
    return reverse(name, args=args)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def set_up(template: str) -> tuple[Client, Program]:
    """A coordinator makes the program from the template, as it is."""
    coordinator = signed_in(make.administrator())
    starts_on = timezone.localdate().replace(year=timezone.localdate().year + 1)
    given = {"template": template, "title": "Together", "starts_on": starts_on, "zone": "Europe/Oslo"}
    made = coordinator.post(f"{at('programs:new')}?template={template}", given)
    assert made.status_code == 303, made.context["form"].errors
    return coordinator, Program.objects.get(title="Together")


def bring_in(coordinator: Client, program: Program, names: list[str], role: str) -> None:
    addresses = "\n".join(f"{name} Example <{name.lower()}@example.org>" for name in names)
    added = coordinator.post(at("programs:add", program.public_id), {"addresses": addresses, "role": role})
    assert added.status_code == 303, added.context["form"].errors


def publish_program(coordinator: Client, program: Program) -> None:
    coordinator.post(at("programs:publication", program.public_id))
    program.refresh_from_db()
    assert program.state == "published"


def join(name: str, **answers) -> Client:
    """By the link in the invitation, through every question, to the end."""
    enrolment = Enrolment.objects.with_people().get(person__full_name=f"{name} Example")
    client = Client()
    assert client.get(invitation_path(enrolment)).status_code == 200
    assert client.post(invitation_path(enrolment)).status_code == 303
    for number, question in enumerate(questions_for(enrolment), 1):
        page = at("programs:question", enrolment.public_id, number)
        given = {question.field: answers[question.field]} if question.field in answers else None
        sent = client.post(page, given or ANSWERS[question.field])
        assert sent.status_code == 303, (question.field, sent.context["form"].errors)
    check = at("programs:join_check", enrolment.public_id)
    assert client.post(check, {"conduct": "on", "privacy": "on"}).status_code == 303
    enrolment.refresh_from_db()
    assert enrolment.state == "ready"
    return client


def work() -> None:
    """What a worker does with the job that waits."""
    job = Job.objects.get(state="queued")
    jobs.run_claimed(jobs.claim(job, JOBS), JOBS)


def run_and_publish(coordinator: Client, program: Program) -> str:
    """The words of the review, read before everything is published."""
    coordinator.post(at("matching:runs", program.public_id))
    work()
    review = coordinator.get(at("matching:run", program.public_id, 1))
    publishing = at("matching:publish", program.public_id, 1)
    assert coordinator.get(publishing).status_code == 200
    assert coordinator.post(publishing).status_code == 303
    return words_of(review)


def offer_to(name: str) -> Proposal:
    return Proposal.objects.get(
        members__person__full_name=f"{name} Example", state__in=["offered", "accepted_by_one"]
    )


def accept(client: Client, proposal: Proposal):
    return client.post(
        at("matching:acceptance", proposal.public_id), {"conduct": "1", "privacy": "1"}, follow=True
    )


def opened(
    template: str, people: dict[str, tuple[str, dict[str, str]]], **rules
) -> tuple[Client, Program, dict]:
    """The same, further on: a published program whose people have answered.  ``people`` are role and topics by side."""
    coordinator, program = set_up(template)
    Program.objects.filter(pk=program.pk).update(rules={**program.rules, **rules})
    publish_program(coordinator, program)
    clients = {}
    for name, (role, topics) in people.items():
        person = make.answered(make.person(f"{name} Example"))
        for side, topic in topics.items():
            make.topic(person, topic, side)
        make.enrolment(program, person, role)
        clients[name] = signed_in(person)
    return coordinator, program, clients


RUN_PAGES = ("run", "publish", "proof", "figures", "rules")
PROGRAM_PAGES = ("index", "decisions", "schedule")


def open_every_page(coordinator: Client, program: Program) -> dict[str, str]:
    """The words of every page of matching of this program, whose first run is under review."""
    pages = {name: at(f"matching:{name}", program.public_id) for name in PROGRAM_PAGES}
    pages |= {name: at(f"matching:{name}", program.public_id, 1) for name in RUN_PAGES}
    one = Proposal.objects.filter(cycle__program=program).first()
    pages["details"] = at("matching:details", program.public_id, 1, one.public_id)
    pages["again"] = pages["details"] + "?again=1"
    pages["unmatched"] = pages["run"] + "?show=unmatched"
    found = {}
    for name, address in pages.items():
        page = coordinator.get(address)
        assert page.status_code == 200, (name, page.status_code)
        found[name] = words_of(page)
    return found


def run_twice(coordinator: Client, program: Program) -> str:
    """Two runs, and the words of the page that compares them."""
    for _ in range(2):
        coordinator.post(at("matching:runs", program.public_id))
        work()
    compared = coordinator.get(at("matching:compare", program.public_id, 2, 1))
    assert compared.status_code == 200
    return words_of(compared)
