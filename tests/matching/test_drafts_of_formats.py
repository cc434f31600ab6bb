"""The coordinator's hand in drafts of peers and of groups: shown, done, undone to the last word, and never too much."""

import pytest
from django.utils import timezone

from activity.models import Event
from matching import actions
from matching.actions.drafts import effect_of
from matching.drafting import sheet
from matching.effects import Change, read_changes
from matching.group_drafts import GroupOptions
from matching.models import MatchRun, PairDecision
from matching.peer_drafts import PeerOptions
from matching.stages import Refused
from people.models import Exclusion, User
from programs.models import Enrolment
from tests import make
from tests.matching.line import at, opened, work
from tests.pages import words_of

KNOWS = {"Anna": "Budgets", "Ben": "Law", "Cleo": "Speaking", "Dora": "Budgets", "Emil": "Chess"}
WANTS = {"Anna": "Law", "Ben": "Budgets", "Cleo": "Budgets", "Dora": "Speaking", "Emil": "Law"}
JOINING = {"Anna": "Budgets", "Ben": "Budgets", "Cleo": "Budgets", "Dora": "Law", "Emil": "Law", "Fay": "Law"}


class Draft:
    """A run under review, spoken to by first names."""

    def __init__(self, template, people, **rules):
        self.coordinator, self.program, _clients = opened(template, people, **rules)
        self.run_again()
        self.cora = self.run.created_by
        self.now = timezone.now()

    def run_again(self):
        self.coordinator.post(at("matching:runs", self.program.public_id))
        work()
        self.run = MatchRun.objects.select_related("cycle__program").latest("number")

    def person(self, name):
        return User.objects.get(full_name=f"{name} Example")

    def end(self, name):
        return Enrolment.objects.select_related("person", "cycle__program").get(person=self.person(name))

    def changes(self, *asked):
        """ "Anna Mara Mo": Anna from Mara to Mo; a dash is nobody."""
        ids = [["" if n == "-" else self.person(n).public_id for n in one.split()] for one in asked]
        return [Change(*one) for one in ids]

    def effect(self, *asked):
        return effect_of(self.run, self.changes(*asked), self.now)

    def do(self, *asked, **more):
        return actions.rearrange(self.run, self.changes(*asked), by=self.cora, now=self.now, **more)

    def undo(self, *asked, **more):
        back = [one.back for one in self.changes(*asked)]
        return actions.rearrange(self.run, back, by=self.cora, now=self.now, **more)

    def together(self):
        return {
            frozenset(m.person.full_name.split()[0] for m in one.members.select_related("person"))
            for one in self.run.proposals.all()
        }

    def alone(self):
        return {
            one.enrolment.person.full_name.split()[0]: one.code
            for one in self.run.unmatched.select_related("enrolment__person")
        }

    def kept(self):
        fields = ("score", "parts", "evidence", "warnings", "alternatives", "is_by_hand", "state")
        proposals = {
            frozenset((m.enrolment_id, m.role, m.rank) for m in one.members.all()): [
                getattr(one, name) for name in fields
            ]
            for one in self.run.proposals.all()
        }
        alone = sorted(self.run.unmatched.values_list("enrolment", "role", "code"))
        details = {one.enrolment_id: one.details for one in self.run.unmatched.all()}
        return proposals, alone, details, PairDecision.objects.in_force().count()

    def page(self, name, *args, **query):
        return self.coordinator.get(at(f"matching:{name}", self.program.public_id, 1, *args), query)

    def post(self, *asked, **more):
        address = at("matching:changes", self.program.public_id, 1)
        given = {"change": [str(one) for one in self.changes(*asked)], **more}
        return self.coordinator.post(address, given, follow=True)

    def proposal_of(self, name):
        return self.run.proposals.get(members__person=self.person(name))


def two(*names):
    return frozenset(names)


@pytest.fixture
def peers(db):
    return Draft("peers", {n: ("peer", {"offered": KNOWS[n], "wanted": WANTS[n]}) for n in KNOWS})


@pytest.fixture
def circles(db):
    """Mara leads Anna, Ben and Cleo; Mo leads Dora, Emil and Fay."""
    people = {"Mara": ("mentor", {"offered": "Budgets"}), "Mo": ("mentor", {"offered": "Law"})}
    people |= {name: ("mentee", {"wanted": topic}) for name, topic in JOINING.items()}
    return Draft("circles", people, group={"fewest": 2, "most": 4, "mentors": 1})


# Peers


def test_a_swap_of_partners_is_told_before_it_is_done(peers):
    assert peers.together() == {two("Anna", "Ben"), two("Cleo", "Dora")}
    effect = peers.effect("Anna Ben Dora", "Cleo Dora Ben")
    id_of = {name: peers.person(name).public_id for name in KNOWS}
    new = sheet(peers.run).units([(id_of["Anna"], id_of["Dora"]), (id_of["Cleo"], id_of["Ben"])])
    assert effect.problems == [] and effect.before.total == peers.run.total
    assert effect.after.total == sum(new)
    assert effect.after.distance == f"{(peers.run.total - sum(new)) / 100:.2f} points below the best possible"
    assert len(effect.steps) == 4
    page = words_of(
        peers.page("changes", change=[str(c) for c in peers.changes("Anna Ben Dora", "Cleo Dora Ben")])
    )
    assert "Nothing is changed yet" in page and effect.after.distance in page
    assert peers.together() == {two("Anna", "Ben"), two("Cleo", "Dora")}
    peers.do("Anna Ben Dora", "Cleo Dora Ben")
    assert peers.together() == {two("Anna", "Dora"), two("Cleo", "Ben")}
    for one in peers.run.proposals.all():
        assert one.is_by_hand and sum(one.parts.values()) == one.score and one.evidence["facts"]
    assert MatchRun.objects.get(pk=peers.run.pk).is_proven


@pytest.mark.parametrize(
    ("asked", "alone"),
    [
        (["Anna Ben Dora", "Cleo Dora Ben"], {"Emil"}),
        (["Anna Ben Emil"], {"Ben"}),
        (["Ben Anna -"], {"Anna", "Ben", "Emil"}),
        (["Emil - Cleo", "Dora Cleo -"], {"Dora"}),
        (["Emil - Cleo", "Dora Cleo Ben", "Anna Ben -"], {"Anna"}),
    ],
)
def test_every_change_among_peers_is_undone_to_the_last_word(peers, asked, alone):
    peers.run.proposals.filter(members__person=peers.person("Anna")).update(alternatives=[{"mentor": "x"}])
    before = peers.kept()
    assert peers.alone() == {"Emil": "odd_one_out"}
    peers.do(*asked)
    assert set(peers.alone()) == alone
    peers.undo(*asked)
    assert peers.kept() == before


def test_two_who_are_alone_are_paired_and_wait_again_for_the_same_reason(peers):
    before = peers.kept()
    peers.do("Anna Ben -")
    peers.do("Emil - Ben")
    assert peers.together() == {two("Emil", "Ben"), two("Cleo", "Dora")} and set(peers.alone()) == {"Anna"}
    peers.do("Emil Ben -")
    assert peers.alone() == {"Anna": "taken_apart", "Ben": "taken_apart", "Emil": "odd_one_out"}
    peers.do("Ben - Anna")
    assert peers.kept() == before


def test_nobody_has_two_partners_and_a_stale_change_is_refused(peers):
    assert peers.effect("Anna Ben Cleo").problems == ["Cleo Example has somebody already."]
    before = peers.kept()
    for asked in (["Anna Ben Cleo"], ["Emil - Anna"], ["Anna Dora Emil"], ["Anna - Emil"], ["Anna - Ben"]):
        with pytest.raises(Refused):
            peers.do(*asked)
    assert peers.kept() == before and not Event.objects.filter(verb="match_run.changed").exists()


def test_rules_and_decisions_hold_among_peers(peers):
    first, second = sorted((peers.end("Anna"), peers.end("Ben")), key=lambda end: end.pk)
    lock = actions.decide(first, second, "locked", by=peers.cora, now=peers.now)
    with pytest.raises(Refused, match="are locked together"):
        peers.do("Ben Anna -")
    actions.end(lock, by=peers.cora, now=peers.now)
    Exclusion.objects.create(author=peers.person("Emil"), other=peers.person("Anna"), since=peers.now)
    with pytest.raises(Refused, match=r"may not be a pair\.$"):
        peers.do("Anna Ben Emil", reason="I insist.")
    make.reports_to(peers.person("Ben"), peers.person("Emil"))
    with pytest.raises(Refused, match="Say why"):
        peers.do("Ben Anna Emil")
    event = peers.do("Ben Anna Emil", reason="The line ends in May.")
    lifted = PairDecision.objects.in_force().get()
    assert (lifted.rules, event.details["lifted"]) == (["reporting_line"], [lifted.public_id])
    assert lifted.first_id < lifted.second_id
    peers.undo("Ben Anna Emil", undoes=[lifted])
    assert peers.together() == {two("Anna", "Ben"), two("Cleo", "Dora")}


def test_the_offered_partners_can_be_taken_as_they_are_told(peers):
    for name in KNOWS:
        present = peers.run.proposals.filter(members__person=peers.person(name)).first()
        for option in PeerOptions(peers.run, peers.person(name), present).best():
            before = peers.kept()
            now = effect_of(peers.run, read_changes(option.changes), peers.now)
            assert now.problems == [] and now.gain == option.gain
            actions.rearrange(peers.run, read_changes(option.changes), by=peers.cora, now=peers.now)
            back = [one.back for one in read_changes(option.changes)]
            actions.rearrange(peers.run, back, by=peers.cora, now=peers.now)
            assert peers.kept() == before


def test_a_swap_of_partners_through_the_pages_and_its_undo(peers):
    before = peers.kept()
    proposal = peers.proposal_of("Anna")
    for name in ("Anna", "Ben"):
        page = words_of(
            peers.page("details", proposal.public_id, person=peers.person(name).public_id, q="dora")
        )
        assert f"Other partners for {name}" in page and "Dora Example" in page
    assert "Other partners for Emil" in words_of(peers.page("waiting", peers.person("Emil").public_id))
    done = peers.post("Anna Ben Dora", "Cleo Dora Ben")
    assert "2 pairs changed by hand." in words_of(done) and "Changed by hand: 2 pairs, " in words_of(done)
    back = [str(one.back) for one in peers.changes("Anna Ben Dora", "Cleo Dora Ben")]
    undone = peers.post(change=back, undo="1")
    assert "Undone: it is as it was before." in words_of(undone) and peers.kept() == before


# Groups


def test_a_mentee_moves_to_another_group_with_room(circles):
    assert circles.together() == {two("Mara", "Anna", "Ben", "Cleo"), two("Mo", "Dora", "Emil", "Fay")}
    effect = circles.effect("Anna Mara Mo")
    assert effect.problems == [] and effect.before.total == circles.run.total
    assert effect.before.distance == "as good as the best possible"
    assert effect.after.total == effect.before.total + effect.steps[0].gain < effect.before.total
    circles.do("Anna Mara Mo")
    assert circles.together() == {two("Mara", "Ben", "Cleo"), two("Mo", "Anna", "Dora", "Emil", "Fay")}
    assert effect_of(circles.run, circles.changes("Anna Mo Mara"), circles.now).before == effect.after
    for one in circles.run.proposals.all():
        assert one.is_by_hand and sum(one.parts.values()) == one.score and one.evidence["goal"]
    page = words_of(circles.page("run"))
    assert f"Changed by hand: {effect.after.distance}." in page


@pytest.mark.parametrize(
    "asked",
    [
        ["Anna Mara Mo"],
        ["Anna Mara -"],
        ["Anna Mara Mo", "Dora Mo Mara"],
        ["Anna Mara -", "Ben Mara -", "Cleo Mara -"],
        ["Anna Mara Mo", "Ben Mara -", "Cleo Mara -"],
    ],
)
def test_every_change_of_groups_is_undone_to_the_last_word(circles, asked):
    before = circles.kept()
    circles.do(*asked)
    assert circles.kept() != before
    circles.undo(*asked)
    assert circles.kept() == before


def test_no_group_becomes_too_large_or_too_small(circles):
    circles.do("Anna Mara Mo")
    before = circles.kept()
    assert (
        "The group led by Mo Example would have more than 4 people." in circles.effect("Ben Mara Mo").problems
    )
    with pytest.raises(Refused):
        circles.do("Ben Mara Mo")
    with pytest.raises(Refused, match="Mara Example would have fewer than 2 people"):
        circles.do("Ben Mara -")
    assert circles.kept() == before
    circles.do("Ben Mara -", "Cleo Mara -")
    assert circles.together() == {two("Mo", "Anna", "Dora", "Emil", "Fay")}
    assert circles.alone() == {"Ben": "taken_apart", "Cleo": "taken_apart"}
    with pytest.raises(Refused, match="fewer than 2 people"):
        circles.do("Ben - Mara")


def test_who_waits_joins_a_group_and_waits_again_for_the_same_reason(db):
    people = {"Mara": ("mentor", {"offered": "Budgets"})}
    people |= {name: ("mentee", {"wanted": "Budgets"}) for name in ("Anna", "Ben", "Cleo")}
    draft = Draft("circles", people, group={"fewest": 2, "most": 3, "mentors": 1})
    make.reports_to(draft.person("Cleo"), draft.person("Mara"))
    draft.run_again()
    before = draft.kept()
    assert draft.alone() == {"Cleo": "no_host"}
    with pytest.raises(Refused, match="Say why"):
        draft.do("Cleo - Mara")
    event = draft.do("Cleo - Mara", reason="The line ends in May.")
    lifted = PairDecision.objects.in_force().get()
    assert event.details["lifted"] == [lifted.public_id] and draft.alone() == {}
    draft.undo("Cleo - Mara", undoes=[lifted])
    assert draft.kept() == before


def test_rules_locks_and_decisions_hold_for_groups(circles):
    group = circles.proposal_of("Anna")
    anna = circles.person("Anna").public_id
    address = at("matching:lock", circles.program.public_id, 1, group.public_id)
    for _twice in range(2):
        circles.coordinator.post(address, {"person": anna, "locked": "1"})
    lock = PairDecision.objects.in_force().get()
    assert (lock.kind, lock.first, lock.second) == ("locked", circles.end("Anna"), circles.end("Mara"))
    for name in ("Ben", "Cleo"):
        circles.coordinator.post(address, {"person": circles.person(name).public_id, "locked": "1"})
    assert PairDecision.objects.in_force().count() == 3
    with pytest.raises(Refused, match="Anna Example and Mara Example are locked together"):
        circles.do("Anna Mara Mo")
    circles.coordinator.post(address, {"person": anna, "locked": "0"})
    assert PairDecision.objects.in_force().count() == 2
    assert circles.coordinator.post(address, {"person": "nobody12", "locked": "1"}).status_code == 303
    actions.decide(circles.end("Anna"), circles.end("Mo"), "forbidden", by=circles.cora, now=circles.now)
    with pytest.raises(Refused, match="Anna Example and Mo Example are kept apart"):
        circles.do("Anna Mara Mo")


def test_who_may_not_share_a_group_does_not_and_why_is_not_told(circles):
    Exclusion.objects.create(author=circles.person("Emil"), other=circles.person("Anna"), since=circles.now)
    effect = circles.effect("Anna Mara Mo")
    assert effect.problems == ["Anna Example and Emil Example may not be in the same group."]
    assert circles.effect("Anna Mara Mo", "Emil Mo Mara").problems == []


def test_the_offered_groups_can_be_taken_as_they_are_told(circles):
    options = GroupOptions(circles.run, circles.person("Anna"), circles.proposal_of("Anna"))
    (option,) = options.best()
    assert (option.mentor, option.free, options.is_stuck) == (circles.person("Mo"), 1, False)
    effect = effect_of(circles.run, read_changes(option.changes), circles.now)
    assert (effect.gain, effect.problems) == (option.gain, [])
    assert [one.mentor for one in options.named("mo")] == [circles.person("Mo")]


def test_a_move_between_groups_through_the_pages_and_its_undo(circles):
    before = circles.kept()
    group = circles.proposal_of("Ben")
    page = words_of(circles.page("details", group.public_id, person=circles.person("Ben").public_id))
    assert "Other groups for Ben" in page and "Close the group" in page and "Take out Anna Example" in page
    done = circles.post("Ben Mara Mo")
    assert "1 person moved by hand." in words_of(done)
    back = [str(one.back) for one in circles.changes("Ben Mara Mo")]
    circles.post(change=back, undo="1")
    assert circles.kept() == before
    circles.do("Anna Mara -")
    page = words_of(circles.page("waiting", circles.person("Anna").public_id))
    assert "Other groups for Anna" in page and "A coordinator has taken them out of a group." in page


@pytest.mark.parametrize(
    "asked", [["a:b:c"], ["x"], ["aaaaaaaa::"], ["a:b:"], ["a::c"], [":a:b"], ["a:b:c", "a:c:d"]]
)
def test_changes_that_nobody_offered_are_led_back(peers, asked):
    before = peers.kept()
    address = at("matching:changes", peers.program.public_id, 1)
    assert peers.coordinator.post(address, {"change": asked}).status_code == 303
    assert peers.kept() == before


@pytest.mark.parametrize(("template", "queries"), [("peers", (13, 14)), ("circles", (17, 17))])
def test_many_people_cost_no_more_on_the_pages_of_few(db, template, queries, django_assert_num_queries):
    is_peer = template == "peers"
    people = {f"A{n}": ("peer" if is_peer else "mentee", {"wanted": "Law"}) for n in range(4)}
    people |= {} if is_peer else {"Mo": ("mentor", {"offered": "Law"})}
    draft = Draft(template, people, group={"fewest": 2, "most": 4, "mentors": 1})
    for more in (0, 24):
        for n in range(more):
            role = "peer" if is_peer else "mentor" if n % 6 == 0 else "mentee"
            person = make.answered(make.person(f"More{n} Example"))
            make.topic(person, "Law", "offered" if role == "mentor" else "wanted")
            make.enrolment(draft.program, person, role)
        if more:
            draft.run_again()
        proposal = draft.run.proposals.with_people().order_by("pk").first()
        rows = proposal.members.order_by("pk")
        mentee = next(one.person for one in rows if one.role != "mentor")
        other = next(one.person for one in rows if one.person != mentee and (is_peer or one.role == "mentor"))
        number = draft.run.number
        details = at("matching:details", draft.program.public_id, number, proposal.public_id)
        asked = at("matching:changes", draft.program.public_id, number)
        change = {"change": f"{mentee.public_id}:{other.public_id}:"}
        draft.coordinator.get(details)
        draft.coordinator.get(asked, change)
        with django_assert_num_queries(queries[0]):
            assert draft.coordinator.get(details).status_code == 200
        with django_assert_num_queries(queries[1]):
            assert draft.coordinator.get(asked, change).status_code == 200
