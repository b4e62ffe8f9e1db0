"""The official SDK with clients: every method, names from anywhere, balances, searches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from freshbooks import FilterBuilder, PaginateBuilder, SortBuilder
from freshbooks.models import VisState

from tests.clients.methods import calls
from tests.clients.program import including, just_now, price, refusal

if TYPE_CHECKING:
    from tests.clients.program import Program

NAMES = [
    pytest.param("Łódź Świetna & Søn", "Zażółć", "Gęślą", id="Polish"),
    pytest.param("株式会社あおぞら", "太郎", "山田", id="Japanese"),
    pytest.param("مكتبة النور", "ليلى", "حداد", id="Arabic, right to left"),
    pytest.param("Zoë's “Crêperie” <b>&amp;</b> 'x' \\ / %", "N'Golo", "O’Neill", id="quotes, slashes, angle brackets"),
    pytest.param("Ẽ\u0301 combining", "e\u0301", "é", id="combining marks stay as they were sent"),
]


@calls("clients.create", "clients.get")
@pytest.mark.parametrize(("organization", "fname", "lname"), NAMES)
def test_names_come_back_as_they_were_sent(program: Program, organization: str, fname: str, lname: str) -> None:
    sent = {"organization": organization, "fname": fname, "lname": lname, "email": "names@example.org", "p_city": "Montréal"}
    created = program.sdk.clients.create(program.account, sent)
    read = program.sdk.clients.get(program.account, created.id)
    for shown in (created, read):
        assert {name: shown.data[name] for name in sent} == sent
    assert read.data == created.data


@calls("clients.create")
def test_a_client_of_an_email_alone_has_every_default(program: Program) -> None:
    created = program.sdk.clients.create(program.account, {"email": "only@example.net"})
    assert created.id == created.userid
    assert (created.organization, created.fname, created.currency_code, created.language) == ("only@example.net", "", "CAD", "en")
    assert (created.role, created.level, created.vis_state) == ("client", 0, VisState.ACTIVE)
    assert (created.allow_late_fees, created.allow_late_notifications, created.pref_email) == (True, True, True)
    assert (created.home_phone, created.note, created.vat_name) == (None, None, None)
    assert (created.bus_phone, created.fax, created.p_street) == ("", "", "")
    assert created.accounting_systemid == program.account
    assert just_now(created.signup_date)
    assert just_now(created.updated)


@calls("clients.create")
def test_user_names_are_made_and_made_unique(program: Program) -> None:
    first, second = (program.client(fname="Test", lname="Persona", organization="Testament").username for _ in range(2))
    assert (first, second) == ("testpersona", "testpersona2")


@calls("clients.update")
def test_an_update_changes_what_it_names(program: Program) -> None:
    created = program.client(note="first", p_city="Ottawa")
    changed = program.sdk.clients.update(program.account, created.id, {"note": "second", "currency_code": "EUR", "p_street": None})
    assert (changed.note, changed.p_city, changed.currency_code, changed.p_street) == ("second", "Ottawa", "EUR", "")
    assert changed.organization == created.organization
    assert changed.updated >= created.updated


@calls("clients.update")
def test_a_whole_object_can_be_sent_back(program: Program) -> None:
    created = program.client(note="as it was")
    changed = program.sdk.clients.update(program.account, created.id, {**created.data, "fname": "Changed"})
    assert {**changed.data, "updated": 0} == {**created.data, "fname": "Changed", "updated": 0}


@calls("clients.create", "clients.update", "clients.get")
def test_contacts_live_inside_the_client(program: Program) -> None:
    people = [{"fname": "Ida", "lname": "Ek", "email": "ida@example.org", "phone1": "555-0101"}, {"email": "second@example.org"}]
    created = program.sdk.clients.create(program.account, {"organization": "With people", "contacts": people}, including("contacts"))
    assert [(each.fname, each.email, each.phone1) for each in created.contacts] == [
        ("Ida", "ida@example.org", "555-0101"),
        ("", "second@example.org", None),
    ]
    assert program.sdk.clients.get(program.account, created.id).contacts is None
    changed = program.sdk.clients.update(program.account, created.id, {"contacts": people[1:]}, including("contacts"))
    assert [each.email for each in changed.contacts] == ["second@example.org"]


@calls("clients.delete", "clients.update", "clients.get", "clients.list")
def test_a_deleted_client_leaves_the_list_and_can_be_restored(program: Program) -> None:
    client = program.client()
    deleted = program.sdk.clients.delete(program.account, client.id)
    assert deleted.vis_state == VisState.DELETED

    def listed(state: int | None = None) -> list[int]:
        builder = FilterBuilder().equals("userid", client.id)
        return [
            each.id
            for each in program.sdk.clients.list(program.account, [builder.equals("vis_state", state) if state is not None else builder])
        ]

    assert (listed(), listed(0), listed(1)) == ([], [], [client.id])
    assert program.sdk.clients.get(program.account, client.id).vis_state == VisState.DELETED
    again = program.sdk.clients.delete(program.account, client.id)
    assert again.updated == deleted.updated
    with_note = refusal(lambda: program.sdk.clients.update(program.account, client.id, {"note": "too late"}))
    assert (with_note.status, with_note.code, with_note.field) == (422, 1011, "userid")
    assert program.sdk.clients.update(program.account, client.id, {"vis_state": VisState.ACTIVE}).vis_state == VisState.ACTIVE
    assert (listed(), listed(1)) == ([client.id], [])


@calls("clients.update", "clients.list")
def test_an_archived_client_stays_listed(program: Program) -> None:
    client = program.client()
    archived = program.sdk.clients.update(program.account, client.id, {"vis_state": 2, "note": "both are applied"})
    assert (archived.vis_state, archived.note) == (VisState.ARCHIVED, "both are applied")
    (listed,) = program.sdk.clients.list(program.account, [FilterBuilder().equals("userid", client.id)])
    assert listed.vis_state == VisState.ARCHIVED


@calls("clients.get")
def test_balances_are_sums_of_what_happened(program: Program) -> None:
    client = program.client()
    names = ("outstanding_balance", "credit_balance", "draft_balance", "overdue_balance", "grand_total_balance")
    fresh = program.sdk.clients.get(program.account, client.id, including(*names))
    assert {name: fresh.data[name] for name in names} == {name: [] for name in names}

    paid = program.invoice(client.id, "90.40")
    program.pay(paid.id, "100.00")
    program.invoice(client.id, "50.00", create_date="2024-01-15", due_offset_days=30)
    program.invoice(client.id, "12.34", status=1)
    program.invoice(client.id, "20.00", code="USD")
    shown = program.sdk.clients.get(program.account, client.id, including(*names)).data
    assert {name: [(each["amount"]["code"], each["amount"]["amount"]) for each in shown[name]] for name in names} == {
        "outstanding_balance": [("CAD", "50.00"), ("USD", "20.00")],
        "credit_balance": [("CAD", "9.60")],
        "draft_balance": [("CAD", "12.34")],
        "overdue_balance": [("CAD", "50.00")],
        "grand_total_balance": [("CAD", "140.40"), ("USD", "20.00")],
    }
    assert shown["outstanding_balance"][0] == {"amount": price("50.00")}


def birch_aspen_and_cedar(program: Program) -> list[int]:
    """Add three clients that share a word nobody else has."""
    word = f"Zq{program.client().id}x"
    shared: dict[str, Any] = {"note": word}
    return [
        program.client(
            organization="Birch", fname="Anna", lname="Olsen", email="anna@birch.example.com", mob_phone="555-7001", **shared
        ).id,
        program.client(organization="Aspen", fname="Bo", lname="Øster", email="bo@aspen.example.com", p_city="Århus", **shared).id,
        program.client(organization="Cedar", fname="Cy", lname="Tran", email="cy@cedar.example.com", currency_code="USD", **shared).id,
    ]


@pytest.fixture
def three(program: Program) -> list[int]:
    return birch_aspen_and_cedar(program)


@pytest.fixture(scope="module")
def three_idle(settled: Program) -> list[int]:
    """The same three, with whom nothing happens."""
    return birch_aspen_and_cedar(settled)


def found(program: Program, three: list[int], *builders: Any) -> list[int]:
    """Answer which of the three a list names, in its order, as 1, 2 and 3."""
    word = program.sdk.clients.get(program.account, three[0]).note
    listed = program.sdk.clients.list(program.account, [FilterBuilder().like("note_like", word), *builders])
    return [three.index(client.id) + 1 for client in listed]


@calls("clients.list")
@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        pytest.param(lambda f, _: f.equals("email", "bo@aspen.example.com"), [2], id="equals"),
        pytest.param(lambda f, ids: f.equals("userid", ids[2]), [3], id="equals an id"),
        pytest.param(lambda f, ids: f.in_list("userid", [ids[0], ids[2]]), [3, 1], id="in a list"),
        pytest.param(lambda f, ids: f.in_list("userids", [ids[1]]), [2], id="in a list of one, plural already"),
        pytest.param(lambda f, _: f.in_list("userid", []), [3, 2, 1], id="in an empty list sends nothing"),
        pytest.param(lambda f, _: f.like("organization_like", "EDA"), [3], id="like, whatever the case"),
        pytest.param(lambda f, _: f.like("lname_like", "ØSTER"), [2], id="like, beyond ASCII"),
        pytest.param(lambda f, _: f.like("user_like", "cy"), [3], id="like in any of the names"),
        pytest.param(lambda f, _: f.like("user_like", "cy tran ced"), [3], id="like in the names together"),
        pytest.param(lambda f, _: f.like("address_like", "århus"), [2], id="like in the address"),
        pytest.param(lambda f, _: f.like("phone_like", "7001"), [1], id="like in the phones"),
        pytest.param(lambda f, _: f.like("email_like", "aspen"), [2], id="like in the e-mail"),
        pytest.param(lambda f, _: f.like("organization_like", "%"), [], id="a percent sign is itself"),
        pytest.param(lambda f, _: f.equals("fname", "Anna"), [3, 2, 1], id="a base key is ignored, as the service does"),
        pytest.param(lambda f, _: f.equals("nonsense", "x").boolean("nonsense", value=True), [3, 2, 1], id="unknown keys are ignored"),
        pytest.param(lambda f, _: f.boolean("has_outstanding", value=False), [3, 2, 1], id="nobody owes"),
        pytest.param(lambda f, _: f.boolean("has_credit", value=True), [], id="nobody has credit"),
        pytest.param(lambda f, _: f.between("updated", min="2020-01-01"), [3, 2, 1], id="updated since"),
        pytest.param(lambda f, _: f.between("updated", max="2020-01-01"), [], id="updated before"),
        pytest.param(lambda f, _: f.like("fname_like", "n").like("lname_like", "ol"), [1], id="two are joined by and"),
    ],
)
def test_searches(program: Program, three_idle: list[int], narrowed: Any, expected: list[int]) -> None:
    assert found(program, three_idle, narrowed(FilterBuilder(), three_idle)) == expected


@calls("clients.list")
@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        pytest.param(None, [3, 2, 1], id="newest first without a sort"),
        pytest.param(SortBuilder().ascending("organization_name"), [2, 1, 3], id="by name"),
        pytest.param(SortBuilder().descending("organization_name"), [3, 1, 2], id="by name, backwards"),
        pytest.param(SortBuilder().descending("email"), [3, 2, 1], id="by e-mail, backwards"),
        pytest.param(SortBuilder().ascending("fullname"), [1, 2, 3], id="by full name"),
        pytest.param(SortBuilder().descending("nonsense"), [1, 2, 3], id="an unknown key gives the oldest first"),
        pytest.param(SortBuilder().descending("organization"), [1, 2, 3], id="so does one the service ignores"),
    ],
)
def test_sorts(program: Program, three_idle: list[int], sort: Any, expected: list[int]) -> None:
    assert found(program, three_idle, *([sort] if sort else [])) == expected


@calls("clients.list")
def test_flags_find_who_owes_and_who_has_credit(program: Program, three: list[int]) -> None:
    program.invoice(three[0], "30.00", create_date="2024-02-01")
    program.pay(program.invoice(three[1], "10.00").id, "25.00")
    program.invoice(three[2], "5.00", status=1)

    def flagged(flag: str) -> list[int]:
        return found(program, three, FilterBuilder().boolean(flag, value=True))

    assert {flag: flagged(flag) for flag in ("has_outstanding", "has_overdue", "has_credit", "has_draft")} == {
        "has_outstanding": [1],
        "has_overdue": [1],
        "has_credit": [2],
        "has_draft": [3],
    }


@calls("clients.list")
def test_everything_in_one_query(program: Program, three: list[int]) -> None:
    program.invoice(three[0], "30.00")
    program.invoice(three[2], "40.00", code="USD")
    word = program.sdk.clients.get(program.account, three[0]).note
    listed = program.sdk.clients.list(
        program.account,
        [
            FilterBuilder()
            .in_list("userid", three)
            .like("note_like", word)
            .boolean("has_outstanding", value=True)
            .between("updated", "2020-01-01"),
            including("outstanding_balance", "contacts"),
            SortBuilder().ascending("organization_name"),
            PaginateBuilder(1, 1),
        ],
    )
    assert tuple(listed.pages) == (1, 2, 1, 2)
    assert [(each.organization, each.outstanding_balance[0].amount.amount, each.contacts) for each in listed] == [("Birch", "30.00", [])]


@calls("clients.list")
def test_pages(program: Program, three_idle: list[int]) -> None:
    ids = FilterBuilder().in_list("userid", three_idle)
    pages = [program.sdk.clients.list(program.account, [ids, PaginateBuilder(page, 2)]) for page in (1, 2, 3)]
    assert [[three_idle.index(each.id) + 1 for each in page] for page in pages] == [[3, 2], [1], []]
    assert [tuple(page.pages) for page in pages] == [(1, 2, 2, 3), (2, 2, 2, 3), (3, 2, 2, 3)]
    assert len(pages[0] + pages[1]) == 3


@calls("clients.list")
def test_a_page_has_fifteen_unless_asked(program: Program) -> None:
    listed = program.sdk.clients.list(program.account)
    assert (len(listed), listed.pages.per_page, listed.pages.page) == (15, 15, 1)
    assert listed.pages.total >= 30
    assert listed.pages.pages == -(-listed.pages.total // 15)


@calls("clients.list")
def test_nothing_found_has_no_pages(program: Program) -> None:
    listed = program.sdk.clients.list(program.account, [FilterBuilder().equals("email", "nobody@example.org")])
    assert (len(listed), tuple(listed.pages)) == (0, (1, 0, 15, 0))
