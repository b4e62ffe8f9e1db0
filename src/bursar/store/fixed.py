"""The tables that no resource declares: books, people, apps, tokens, the ledger, the outbox and its companions.

Identities, apps and tokens are global; every other table has the business id first in its key (architecture section 6).
Flags are 0 or 1, instants UTC microseconds, dates ISO texts, so that rows are the same on both databases.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

WHERE: Final = "where"
"""Under this name an index tells which rows it has, where it has not all."""


def whole(name: str) -> Column[int]:
    """Make a column of whole numbers."""
    return Column(name, BigInteger)


def text(name: str) -> Column[str]:
    """Make a column of text."""
    return Column(name, Text)


def blob(name: str) -> Column[bytes]:
    """Make a column of bytes."""
    return Column(name, LargeBinary)


def key(*names: str) -> PrimaryKeyConstraint:
    """Make the primary key."""
    return PrimaryKeyConstraint(*names)


def add_fixed_tables(tables: MetaData) -> None:
    """Declare the fixed tables in ``tables``."""
    _people(tables)
    _ledger(tables)
    _companions(tables)


def _people(tables: MetaData) -> None:
    Table(
        "businesses",
        tables,
        *(whole("id"), text("accountid"), text("uuid"), text("name"), text("currency_code"), text("timezone")),
        *(text("country"), text("date_format"), text("status"), text("address"), text("phone"), text("email"), whole("created_us")),
        key("id"),
        UniqueConstraint("accountid", name="businesses_accountid_unique"),
        UniqueConstraint("uuid", name="businesses_uuid_unique"),
    )
    Table(
        "identities",
        tables,
        *(whole("id"), text("uuid"), text("email"), text("first_name"), text("last_name"), text("password_hash")),
        *(text("language"), text("timezone"), whole("created_us"), whole("confirmed_us"), whole("revoked_us")),
        key("id"),
        UniqueConstraint("email", name="identities_email_unique"),
    )
    Table(
        "memberships",
        tables,
        *(whole("business_id"), whole("identity_id"), text("role"), whole("staff_id"), whole("created_us")),
        key("business_id", "identity_id"),
        Index("memberships_by_identity", "identity_id"),
    )
    Table(
        "apps",
        tables,
        *(whole("id"), text("client_id"), blob("secret_hash"), text("name"), text("redirect_uris"), text("scopes")),
        *(whole("created_us"), whole("revoked_us")),
        key("id"),
        UniqueConstraint("client_id", name="apps_client_id_unique"),
    )
    Table(
        "codes",
        tables,
        *(blob("hash"), whole("app_id"), whole("identity_id"), text("scopes"), text("redirect_uri"), text("challenge")),
        *(whole("created_us"), whole("expires_us"), whole("used_us")),
        key("hash"),
    )
    Table(
        "tokens",
        tables,
        *(blob("hash"), text("kind"), whole("app_id"), whole("identity_id"), text("scopes"), text("name"), text("last_four")),
        *(blob("code_hash"), blob("refresh_hash"), whole("created_us"), whole("expires_us"), whole("revoked_us")),
        key("hash"),
        Index("tokens_by_identity", "identity_id", "app_id", "kind"),
    )
    Table(
        "call_counts",
        tables,
        *(blob("token_hash"), whole("ends_us"), whole("calls"), whole("posts")),
        key("token_hash"),
        Index("call_counts_by_age", "ends_us"),
    )
    Table("sequences", tables, text("noun"), whole("next"), key("noun"))
    Table("settings", tables, text("name"), text("value"), key("name"))


def _ledger(tables: MetaData) -> None:
    document = ("business_id", "source_type", "source_id", "revision")
    Table(
        "entries",
        tables,
        *(whole("business_id"), text("source_type"), whole("source_id"), whole("revision"), whole("reverses_revision")),
        *(text("effective_date"), whole("booked_us"), text("currency_code")),
        *(whole("debit"), whole("credit"), whole("base_debit"), whole("base_credit")),
        key(*document),
        CheckConstraint("debit = credit", name="entries_balance"),
        CheckConstraint("base_debit = base_credit", name="entries_balance_in_base"),
        sqlite_with_rowid=False,
    )
    Table(
        "postings",
        tables,
        *(whole("business_id"), text("source_type"), whole("source_id"), whole("revision"), whole("number")),
        *(text("account"), whole("minor"), whole("base_minor"), whole("clientid")),
        *(text("tax_name"), whole("tax_rate"), text("tax_number"), whole("taxable_minor"), whole("category")),
        key(*document, "number"),
        sqlite_with_rowid=False,
    )
    Table(
        "rates",
        tables,
        *(whole("business_id"), text("currency_code"), text("date"), whole("billionths")),
        key("business_id", "currency_code", "date"),
        sqlite_with_rowid=False,
    )


def _companions(tables: MetaData) -> None:
    Table(
        "counts",
        tables,
        *(whole("business_id"), text("noun"), whole("block"), whole("visible")),
        key("business_id", "noun", "block"),
        sqlite_with_rowid=False,
    )
    Table(
        "outbox",
        tables,
        *(whole("business_id"), whole("id"), text("event"), whole("object_id"), whole("identity_id"), whole("created_us")),
        key("business_id", "id"),
        sqlite_with_rowid=False,
    )
    waiting, left = {WHERE: "next_us IS NOT NULL"}, {WHERE: "state IN ('held', 'failed')"}
    Table(
        "deliveries",
        tables,
        *(whole("business_id"), whole("event_id"), whole("callback_id"), text("event"), text("noun"), whole("object_id")),
        *(whole("identity_id"), whole("created_us"), text("state"), whole("attempts"), whole("next_us"), whole("status")),
        *(text("failure"), whole("ended_us")),
        key("business_id", "event_id", "callback_id"),
        Index("deliveries_due", "callback_id", "next_us", "event_id", info=waiting),
        Index("deliveries_left", "callback_id", "state", info=left),
        Index("deliveries_in_order", "callback_id", "noun", "object_id", "event_id", info=waiting),
        sqlite_with_rowid=False,
    )
    Table(
        "mails",
        tables,
        *(whole("business_id"), whole("id"), text("kind"), text("recipients"), text("subject"), text("body"), text("noun")),
        *(whole("object_id"), whole("created_us"), whole("next_us"), whole("attempts"), whole("sent_us"), text("failure")),
        key("business_id", "id"),
        Index("mails_waiting", "next_us"),
    )
    Table(
        "replies",
        tables,
        *(whole("business_id"), blob("key_hash"), blob("body_hash"), whole("status"), blob("body"), text("ignored"), whole("created_us")),
        key("business_id", "key_hash"),
        Index("replies_by_age", "created_us"),
    )
    Table(
        "uploads",
        tables,
        *(whole("business_id"), text("token"), text("kind"), text("uuid"), text("filename"), text("original"), text("media_type")),
        *(whole("size"), blob("content"), whole("created_us")),
        key("business_id", "token"),
        UniqueConstraint("token", name="uploads_token_unique"),
    )
