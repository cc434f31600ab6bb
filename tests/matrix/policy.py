"""Who finds what behind each address: the whole URLconf, by policy.

What a press of GET and a press of POST are answered with, in one word for each who knocks:
``ok``, ``on`` (led to another page), ``sign-in``, ``gone`` (404, as what does not exist), ``forbidden`` (403, where
it is known that the page exists), ``refused`` (led back with a reason, and nothing is changed), ``no`` (405),
``closed`` (410).
"""

from tests.matrix.world import PERSONAS

Words = dict[str, str]
SIGNED_OUT = ("nobody", "dora")


def everybody(word: str, signed_out: str = "sign-in", **others: str) -> Words:
    return dict.fromkeys(PERSONAS, word) | dict.fromkeys(SIGNED_OUT, signed_out) | others


def only(*who: str, word: str = "ok", rest: str = "gone", **others: str) -> Words:
    return everybody(rest) | dict.fromkeys(who, word) | others


def press(words: Words) -> Words:
    """The same people for a form: whoever is signed out is told so, and nothing that was written is lost."""
    return {who: "forbidden" if word == "sign-in" else word for who, word in words.items()}


def both(words: Words) -> tuple[Words, Words]:
    return words, press(words)


def reading(words: Words) -> tuple[Words, Words]:
    """Nothing can be sent there."""
    return words, everybody("no", "forbidden" if words["nobody"] == "sign-in" else "no")


def deed(words: Words) -> tuple[Words, Words]:
    """Nothing can be looked at there."""
    return everybody("no"), press(words)


PUBLIC = everybody("ok", "ok")
SIGNED_IN = everybody("ok")
MEMBERS = only("theo", "mira")
COORDINATOR = only("cora")
PAIR_OR_COORDINATOR = only("theo", "mira", "cora")
THEO = only("theo")
MIRA = only("mira")
NOBODY = only()
HR = only("hana", rest="forbidden")
HR_OR_ADMINISTRATOR = only("hana", "ada", rest="forbidden")
# The other of the two knows of it, and is told why this is not for them.
THEO_NOT_MIRA = only("theo", mira="forbidden")
MIRA_NOT_THEO = only("mira", theo="forbidden")
COORDINATOR_TOO_LATE = only("cora", word="refused")
BOTH_TOO_LATE = only("theo", "mira", word="refused")


# Who opens it, and who may send; where.  A variant in brackets is the same address for another thing.
POLICIES: tuple[tuple[tuple[Words, Words], str], ...] = (
    # For everybody, and for each by oneself
    (reading(PUBLIC), "help accessibility healthz_live account_inactive account_password_reset_completed"),
    (reading(PUBLIC), "metrics"),  # asked from the machine itself, as every test is
    (reading(everybody("waits", "waits")), "healthz_deep"),  # no clock ticks in a test
    ((PUBLIC, PUBLIC), "accent account_reset_password"),
    (reading(everybody("on")), "root"),
    (reading(everybody("ok", cora="on", oda="on", hana="on", ada="on")), "home"),
    (
        reading(SIGNED_IN),
        "guides people:profile programs:index relationships:mine relationships:my_meetings relationships:goals",
    ),
    (both(SIGNED_IN), "people:account people:part people:part[not+this+person]"),
    (deed(SIGNED_IN), "people:zone"),
    (both(SIGNED_IN), "letters relationships:own_calendar"),
    # Each one's own, also where there is nothing to close
    (
        deed(SIGNED_IN),
        "relationships:feed_opening relationships:feed_closing relationships:busy_ending",
    ),
    # By signed links in letters: whoever holds one answers as the person it was sent to
    (
        (PUBLIC, PUBLIC),
        "relationships:held_by_mail relationships:not_held_by_mail relationships:move_by_mail "
        "relationships:log_by_mail matching:acceptance_by_mail matching:refusal_by_mail",
    ),
    # By a signed address, for calendar programs
    (reading(PUBLIC), "relationships:feed"),
    # By a mail provider, where one is configured
    (both(everybody("gone", "gone")), "mail_webhook"),
    # By the signed link in a letter, also by the mail program itself
    ((PUBLIC, PUBLIC), "letters_off"),
    # Signing in and out
    (
        (everybody("on", "ok"), everybody("refused", "ok")),
        "account_login account_request_login_code account_signup",
    ),
    ((everybody("ok", "on"), everybody("refused", "refused")), "account_logout"),
    (
        (everybody("on", "on"), everybody("refused", "refused")),
        "account_confirm_login_code account_confirm_password_reset_code account_complete_password_reset",
    ),
    (both(only("theo", rest="forbidden")), "account_reauthenticate"),  # only Theo has a password
    ((everybody("on", theo="ok"), everybody("refused", "forbidden", theo="ok")), "account_change_password"),
    ((everybody("ok", theo="on"), everybody("ok", "forbidden", theo="refused")), "account_set_password"),
    # Whoever holds the link of an invitation, signed in or not
    ((PUBLIC, everybody("refused", "ok")), "programs:invitation"),
    ((PUBLIC, PUBLIC), "programs:refusal"),
    ((everybody("no", "no"), PUBLIC), "programs:new_link"),
    # Everybody in the organisation
    (reading(HR_OR_ADMINISTRATOR), "people:directory people:person people:person[unwanted]"),
    (reading(HR_OR_ADMINISTRATOR), "people:import people:import_problems people:import[applied+to+all]"),
    (reading(only(rest="forbidden", hana="gone", ada="gone")), "people:import[of+a+program]"),
    (both(HR_OR_ADMINISTRATOR), "people:grades people:imports people:import_columns"),
    (
        deed(HR_OR_ADMINISTRATOR),
        "people:import_application people:import_reversal people:import_giving_up",
    ),
    (deed(only("ada", rest="forbidden")), "people:roles"),
    (both(only("hana", "ada", "cora", "oda", rest="forbidden")), "programs:new"),
    # Figures and files
    (reading(HR), "reports:outcomes"),
    (deed(HR), "reports:export"),
    (reading(only("hana", "ada", "cora", "oda", rest="forbidden")), "reports:exports"),
    (reading(COORDINATOR), "reports:dashboard reports:activity reports:file"),
    (reading(only("hana")), "reports:file[hr]"),
    (reading(NOBODY), "reports:file[former+log]"),
    (both(COORDINATOR), "reports:log"),
    # A program, for its coordinators
    (
        reading(COORDINATOR),
        "programs:setup programs:check programs:participants programs:participant programs:import "
        "programs:import_problems emails:index emails:log emails:of_person emails:html "
        "programs:setup[draft] programs:check[draft] programs:import[applied] programs:participant[removed]",
    ),
    (reading(NOBODY), "programs:import[of+the+organisation]"),
    (
        both(COORDINATOR),
        "programs:task programs:task[questions] programs:settings programs:add programs:imports "
        "programs:import_columns emails:letter",
    ),
    (
        deed(COORDINATOR),
        "programs:publication[draft] programs:import_application programs:import_reversal "
        "programs:import_giving_up programs:address programs:invite_all programs:invitations[invited] programs:pause "
        "programs:removal emails:retry emails:test emails:standard emails:preview",
    ),
    (deed(COORDINATOR_TOO_LATE), "programs:publication programs:invitations"),
    # Joining, by oneself
    (reading(THEO), "programs:join_done programs:matching_day"),
    (both(THEO), "programs:question programs:question[second] programs:question[last]"),
    ((THEO, press(only("theo", word="refused"))), "programs:join_check"),
    # Matching
    (
        reading(COORDINATOR),
        "matching:index matching:run matching:details "
        "matching:waiting matching:compare matching:figures matching:proof job job[former] job[lists]",
    ),
    (
        both(COORDINATOR),
        "matching:publish matching:shortlists matching:schedule matching:decisions matching:rules",
    ),
    (
        deed(COORDINATOR),
        "matching:discard matching:lock matching:shortlists_closing matching:schedule_stopping "
        "matching:check matching:remedies matching:alternatives "
        "job_stop job_stop[former] job_stop[lists]",
    ),
    (reading(only("cora", word="on")), "matching:comparison"),
    ((only("cora", word="on"), press(COORDINATOR_TOO_LATE)), "matching:changes"),
    (deed(COORDINATOR), "matching:decision_ending matching:adoption"),
    (both(THEO), "matching:shortlist"),
    (deed(COORDINATOR_TOO_LATE), "matching:runs matching:take_back"),
    (reading(MEMBERS), "matching:offer"),
    (deed(MEMBERS), "matching:acceptance matching:refusal"),
    (reading(NOBODY), "matching:offer[suggested]"),
    (deed(NOBODY), "matching:acceptance[suggested] matching:refusal[suggested]"),
    # The pairs of a program, and one pair
    (reading(COORDINATOR), "relationships:pairs"),
    ((only("cora", word="on"), press(COORDINATOR)), "relationships:nudges"),
    (
        reading(PAIR_OR_COORDINATOR),
        "relationships:detail relationships:detail[over] relationships:pause_or_end",
    ),
    (reading(only("theo", "mira", "cora", word="on")), "relationships:pause_or_end[over]"),
    (both(PAIR_OR_COORDINATOR), "relationships:ending"),
    (deed(PAIR_OR_COORDINATOR), "relationships:pause"),
    (deed(only("theo", "mira", cora="refused")), "relationships:moves"),
    (
        deed(only("theo", "mira", "cora", word="refused")),
        "relationships:resumption relationships:move_withdrawal",
    ),
    (deed(BOTH_TOO_LATE), "relationships:move_refusal relationships:afterwards"),
    (deed(MEMBERS), "relationships:closing_waiver relationships:afterwards[over]"),
    (reading(MEMBERS), "relationships:agreement relationships:agreement[over]"),
    (both(MEMBERS), "relationships:agreement_change"),
    (deed(MEMBERS), "relationships:signature relationships:agreement_review"),
    ((only("theo", "mira", word="on"), press(BOTH_TOO_LATE)), "relationships:agreement_change[over]"),
    # Its meetings
    (
        reading(MEMBERS),
        "relationships:meetings relationships:meeting relationships:meeting[held] relationships:calendar",
    ),
    (both(MEMBERS), "relationships:plan relationships:log relationships:move"),
    (
        (only("theo", "mira", word="on"), press(BOTH_TOO_LATE)),
        "relationships:plan[over] relationships:log[over]",
    ),
    (deed(MEMBERS), "relationships:cancellation relationships:usefulness"),
    (deed(MIRA_NOT_THEO), "relationships:confirmation relationships:dispute"),
    ((THEO | {"mira": "on"}, press(THEO | {"mira": "refused"})), "relationships:correction"),
    (deed(THEO_NOT_MIRA), "relationships:withdrawal"),
    # What the two write down
    (both(MEMBERS), "relationships:notes relationships:note relationships:note[of+the+meeting]"),
    (deed(MEMBERS), "relationships:meeting_notes relationships:meeting_topics relationships:topics"),
    (both(THEO), "relationships:note[private]"),
    (deed(THEO), "relationships:note_deletion[private]"),
    (deed(THEO_NOT_MIRA), "relationships:note_deletion relationships:topic_removal"),
    (
        deed(MEMBERS),
        "relationships:topic_completion relationships:topic_reopening relationships:topic_position",
    ),
    # Goals: of both, of Theo alone, proposed by Theo
    (both(MEMBERS), "relationships:new_goal"),
    (reading(MEMBERS), "relationships:goal relationships:goal[proposed]"),
    (
        (THEO | {"mira": "on"}, press(THEO | {"mira": "refused"})),
        "relationships:goal_edit relationships:goal_closing",
    ),
    (deed(MEMBERS), "relationships:goal_updates relationships:goal_steps relationships:goal_step"),
    (deed(MIRA_NOT_THEO), "relationships:goal_agreement relationships:goal_change_request"),
    (
        deed(only("theo", word="refused", mira="forbidden")),
        "relationships:goal_proposal relationships:goal_restoration",
    ),
    (
        deed(only("mira", word="refused", theo="forbidden")),
        "relationships:goal_confirmation relationships:goal_denial",
    ),
    (reading(THEO), "relationships:goal[own]"),
    (both(THEO), "relationships:goal_edit[own] relationships:goal_closing[own]"),
    (
        deed(THEO),
        "relationships:goal_updates[own] relationships:goal_steps[own] relationships:goal_step[own]",
    ),
    (deed(only("theo", word="refused")), "relationships:goal_agreement[own]"),
    (deed(only("theo", word="forbidden")), "relationships:goal_confirmation[own]"),
)

# Pages of a demo alone, which the tests are not: everybody may look, nothing can be sent.
DEMO_ONLY = {"post", "post_letter", "post_html", "styleguide"}

# Without signing in: this list, and no other.
PUBLIC_PAGES = {
    "accent",
    "accessibility",
    "account_complete_password_reset",
    "account_confirm_login_code",
    "account_confirm_password_reset_code",
    "account_inactive",
    "account_login",
    "account_logout",
    "account_password_reset_completed",
    "account_request_login_code",
    "account_reset_password",
    "account_signup",
    "healthz_deep",
    "healthz_live",
    "help",
    "letters_off",
    "mail_webhook",
    "metrics",
    "programs:invitation",
    "programs:new_link",
    "programs:refusal",
    "matching:acceptance_by_mail",
    "matching:refusal_by_mail",
    "relationships:feed",
    "relationships:held_by_mail",
    "relationships:log_by_mail",
    "relationships:move_by_mail",
    "relationships:not_held_by_mail",
}


def cells() -> dict[tuple[str, str], Words]:
    """(page, method) to the words for each who knocks."""
    found: dict[tuple[str, str], Words] = {}
    for (get, post), pages in POLICIES:
        for name in pages.split():
            page = name.replace("+", " ")
            assert (page, "get") not in found, f"{page} has two policies"
            found[page, "get"], found[page, "post"] = get, post
    return found


def pages() -> set[str]:
    """The names of patterns that have a policy."""
    return {page.partition("[")[0] for page, _method in cells()}
