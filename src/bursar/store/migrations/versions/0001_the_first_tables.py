"""The first tables."""

from __future__ import annotations

from bursar.store.migrations.words import create_ids, create_index, create_table

revision = "0001"
down_revision = None


def upgrade() -> None:
    _part_1()
    _part_2()
    _part_3()
    _part_4()
    _part_5()
    _part_6()


def _part_1() -> None:
    create_table(
        "apps",
        "id:int client_id:text secret_hash:blob name:text redirect_uris:text scopes:text created_us:int revoked_us:int",
        key="id",
        unique={"apps_client_id_unique": "client_id"},
    )
    create_table(
        "businesses",
        "id:int accountid:text uuid:text name:text currency_code:text timezone:text country:text date_format:text status:text "
        "address:text phone:text email:text created_us:int",
        key="id",
        unique={"businesses_accountid_unique": "accountid", "businesses_uuid_unique": "uuid"},
    )
    create_table("call_counts", "token_hash:blob ends_us:int calls:int posts:int", key="token_hash")
    create_index("call_counts_by_age", "call_counts", "ends_us")
    create_table(
        "callbacks",
        "business_id:int id:int event:text secret:text updated_at:int uri:text verified:int",
        key="business_id id",
        rowid=False,
    )
    create_table(
        "categories",
        "business_id:int id:int category:text created_at:int is_cogs:int is_editable:int parentid:int transaction_posted:int "
        "updated:int vis_state:int",
        key="business_id id",
        rowid=False,
    )
    create_index("categories_by_parentid", "categories", "business_id parentid id vis_state")
    create_table(
        "clients",
        "business_id:int id:int allow_email_include_pdf:int allow_late_fees:int allow_late_notifications:int bus_phone:text "
        "company_industry:text company_size:text currency_code:text email:text fax:text fname:text home_phone:text language:text "
        "lname:text mob_phone:text note:text number_format:text organization:text p_city:text p_code:text p_country:text "
        "p_province:text p_street:text p_street2:text pref_email:int pref_gmail:int s_city:text s_code:text s_country:text "
        "s_province:text s_street:text s_street2:text signup_date:int updated:int username:text uuid:text vat_name:text "
        "vat_number:text vis_state:int late_reminders:text late_fee:text",
        key="business_id id",
        unique={"clients_username_unique": "business_id username"},
        rowid=False,
    )
    create_index("clients_by_email", "clients", "business_id email vis_state")
    create_index("clients_by_updated", "clients", "business_id updated vis_state")
    create_table(
        "codes",
        "hash:blob app_id:int identity_id:int scopes:text redirect_uri:text challenge:text created_us:int expires_us:int used_us:int",
        key="hash",
    )
    create_table(
        "contacts",
        "business_id:int parent_id:int position:int contactid:int email:text fname:text lname:text phone1:text phone2:text",
        key="business_id parent_id position",
        rowid=False,
    )
    create_table("counts", "business_id:int noun:text block:int visible:int", key="business_id noun block", rowid=False)


def _part_2() -> None:
    create_table(
        "credit_notes",
        "business_id:int id:int amount:int city:text clientid:int code:text country:text create_date:text credit_number:text "
        "credit_type:text currency_code:text description:text display_status:text fname:text language:text lname:text notes:text "
        "organization:text overpaid_invoiceid:int parent_deleted:int payment_status:text payment_type:text province:text "
        "status:text street:text street2:text terms:text updated:int used:int vat_name:text vat_number:text base_code:text "
        "base_rate:int vis_state:int",
        key="business_id id",
        rowid=False,
    )
    create_index("credit_notes_by_clientid", "credit_notes", "business_id clientid id vis_state")
    create_index("credit_notes_by_credit_number", "credit_notes", "business_id credit_number vis_state")
    create_index(
        "credit_notes_by_overpaid_invoiceid",
        "credit_notes",
        "business_id overpaid_invoiceid id vis_state",
        where='"overpaid_invoiceid" IS NOT NULL',
    )
    create_table(
        "deliveries",
        "business_id:int event_id:int callback_id:int event:text noun:text object_id:int identity_id:int created_us:int "
        "state:text attempts:int next_us:int status:int failure:text ended_us:int",
        key="business_id event_id callback_id",
        rowid=False,
    )
    create_index("deliveries_due", "deliveries", "callback_id next_us event_id", where="next_us IS NOT NULL")
    create_index("deliveries_in_order", "deliveries", "callback_id noun object_id event_id", where="next_us IS NOT NULL")
    create_index("deliveries_left", "deliveries", "callback_id state", where="state IN ('held', 'failed')")
    create_table(
        "entries",
        "business_id:int source_type:text source_id:int revision:int reverses_revision:int effective_date:text booked_us:int "
        "currency_code:text debit:int credit:int base_debit:int base_credit:int",
        key="business_id source_type source_id revision",
        checks={"entries_balance": "debit = credit", "entries_balance_in_base": "base_debit = base_credit"},
        rowid=False,
    )
    create_table(
        "estimate_lines",
        "business_id:int parent_id:int position:int amount:int compounded_tax:int currency_code:text date:int description:text "
        "expenseid:int lineid:int modern_project_id:int modern_time_entries:text name:text qty:int retainer_id:int "
        "retainer_period_id:int taskno:int taxAmount1:int taxAmount2:int taxName1:text taxName2:text taxNumber1:text "
        "taxNumber2:text type:int unit_cost:int updated:int",
        key="business_id parent_id position",
        rowid=False,
    )
    create_index(
        "estimate_lines_by_modern_project_id", "estimate_lines", "business_id modern_project_id", where='"modern_project_id" IS NOT NULL'
    )
    create_table(
        "estimates",
        "business_id:int id:int address:text amount:int city:text code:text country:text create_date:text created_at:int "
        "currency_code:text customerid:int description:text discount_total:int discount_value:int ext_archive:int fname:text "
        "language:text lname:text notes:text organization:text ownerid:int po_number:text province:text sentid:int street:text "
        "street2:text template:text terms:text updated:int vat_name:text vat_number:text vis_state:int taxes:text style:text "
        "base_code:text base_rate:int attachments:text accepted:int delivery:int estimate_number:text invoiced:int "
        "require_client_signature:int rich_proposal:int statusid:text sections:text",
        key="business_id id",
        unique={"estimates_estimate_number_unique": "business_id estimate_number"},
        rowid=False,
    )
    create_index("estimates_by_create_date", "estimates", "business_id create_date vis_state")
    create_index("estimates_by_customerid", "estimates", "business_id customerid id vis_state")
    create_index("estimates_by_statusid", "estimates", "business_id statusid vis_state")
    create_index("estimates_by_updated", "estimates", "business_id updated vis_state")


def _part_3() -> None:
    create_table(
        "expenses",
        "business_id:int id:int account_name:text accountid:int amount:int bank_name:text billable:int categoryid:int "
        "clientid:int compounded_tax:int currency_code:text date:text ext_accountid:text ext_invoiceid:int ext_systemid:int "
        "has_receipt:int include_receipt:int invoiceid:int is_cogs:int isduplicate:int markup_percent:int modern_projectid:int "
        "notes:text potential_bill_payment:int profileid:int projectid:int staffid:int status:int taxAmount1:int taxAmount2:int "
        "taxName1:text taxName2:text taxPercent1:int taxPercent2:int transactionid:int updated:int vendor:text vis_state:int "
        "base_code:text base_rate:int taxes:text attachment:text",
        key="business_id id",
        rowid=False,
    )
    create_index("expenses_by_categoryid", "expenses", "business_id categoryid id vis_state")
    create_index("expenses_by_clientid", "expenses", "business_id clientid id vis_state", where='"clientid" IS NOT NULL')
    create_index("expenses_by_date", "expenses", "business_id date vis_state")
    create_index("expenses_by_invoiceid", "expenses", "business_id invoiceid id vis_state", where='"invoiceid" IS NOT NULL')
    create_index(
        "expenses_by_modern_projectid", "expenses", "business_id modern_projectid id vis_state", where='"modern_projectid" IS NOT NULL'
    )
    create_index("expenses_by_projectid", "expenses", "business_id projectid id vis_state", where='"projectid" IS NOT NULL')
    create_index("expenses_by_staffid", "expenses", "business_id staffid id vis_state")
    create_index("expenses_by_updated", "expenses", "business_id updated vis_state")
    create_table(
        "identities",
        "id:int uuid:text email:text first_name:text last_name:text password_hash:text language:text timezone:text created_us:int "
        "confirmed_us:int revoked_us:int",
        key="id",
        unique={"identities_email_unique": "email"},
    )
    create_table(
        "invoice_lines",
        "business_id:int parent_id:int position:int amount:int compounded_tax:int currency_code:text date:int description:text "
        "expenseid:int lineid:int modern_project_id:int modern_time_entries:text name:text qty:int retainer_id:int "
        "retainer_period_id:int taskno:int taxAmount1:int taxAmount2:int taxName1:text taxName2:text taxNumber1:text "
        "taxNumber2:text type:int unit_cost:int updated:int",
        key="business_id parent_id position",
        rowid=False,
    )
    create_index(
        "invoice_lines_by_modern_project_id", "invoice_lines", "business_id modern_project_id", where='"modern_project_id" IS NOT NULL'
    )
    create_table(
        "invoices",
        "business_id:int id:int address:text amount:int city:text code:text country:text create_date:text created_at:int "
        "currency_code:text customerid:int description:text discount_total:int discount_value:int ext_archive:int fname:text "
        "language:text lname:text notes:text organization:text ownerid:int po_number:text province:text sentid:int street:text "
        "street2:text template:text terms:text updated:int vat_name:text vat_number:text vis_state:int taxes:text style:text "
        "base_code:text base_rate:int attachments:text attach_pdf_to_email:int auto_bill:int autobill_status:text date_paid:text "
        "deposit_amount:int deposit_percentage:int deposit_said:text discount_description:text delivery:int dispute_status:text "
        "due_date:text due_offset_days:int estimateid:int fulfillment_date:text generation_date:text gmail:int "
        "invoice_number:text last_order_status:text outstanding:int paid:int parent:int payment_details:text return_uri:text "
        "sender_address:text series:text show_attachments:int uuid:text stage:text allowed_gateways:text contacts:text "
        "late_reminders:text late_fee:text late_fee_on:text reminded_until:text dunning_on:text",
        key="business_id id",
        unique={"invoices_invoice_number_unique": "business_id invoice_number"},
        rowid=False,
    )
    create_index("invoices_by_create_date", "invoices", "business_id create_date vis_state")
    create_index("invoices_by_customerid", "invoices", "business_id customerid id vis_state")
    create_index("invoices_by_dunning_on", "invoices", "business_id dunning_on id", where='"dunning_on" IS NOT NULL')
    create_index("invoices_by_estimateid", "invoices", "business_id estimateid id vis_state", where='"estimateid" IS NOT NULL')
    create_index("invoices_by_stage", "invoices", "business_id stage due_date vis_state")
    create_index("invoices_by_updated", "invoices", "business_id updated vis_state")


def _part_4() -> None:
    create_table(
        "items",
        "business_id:int id:int currency_code:text description:text inventory:int name:text qty:int sku:text tax1:int tax2:int "
        "unit_cost:int updated:int vis_state:int",
        key="business_id id",
        rowid=False,
    )
    create_index("items_by_name", "items", "business_id name vis_state")
    create_index("items_by_sku", "items", "business_id sku vis_state")
    create_index("items_by_updated", "items", "business_id updated vis_state")
    create_table(
        "mails",
        "business_id:int id:int kind:text recipients:text subject:text body:text noun:text object_id:int created_us:int "
        "next_us:int attempts:int sent_us:int failure:text",
        key="business_id id",
    )
    create_index("mails_waiting", "mails", "next_us")
    create_table("memberships", "business_id:int identity_id:int role:text staff_id:int created_us:int", key="business_id identity_id")
    create_index("memberships_by_identity", "memberships", "identity_id")
    create_table(
        "outbox",
        "business_id:int id:int event:text object_id:int identity_id:int created_us:int",
        key="business_id id",
        rowid=False,
    )
    create_table(
        "payment_options",
        "business_id:int id:int gateway_name:text entity_type:text has_credit_card:int has_ach_transfer:int has_bacs_debit:int "
        "has_sepa_debit:int has_paypal_smart_checkout:int allow_partial_payments:int",
        key="business_id id",
        rowid=False,
    )
    create_table(
        "payments",
        "business_id:int id:int amount:int bulk_paymentid:int clientid:int creditid:int currency_code:text date:text "
        "from_credit:int gateway:text invoiceid:int note:text orderid:int overpaymentid:int send_client_notification:int "
        "transaction_uuid:text transactionid:int type:text updated:int vis_state:int excess:int parent_deleted:int base_code:text "
        "base_rate:int invoice_rate:int",
        key="business_id id",
        rowid=False,
    )
    create_index("payments_by_clientid", "payments", "business_id clientid id vis_state", where='"clientid" IS NOT NULL')
    create_index("payments_by_creditid", "payments", "business_id creditid id vis_state", where='"creditid" IS NOT NULL')
    create_index("payments_by_date", "payments", "business_id date vis_state")
    create_index("payments_by_invoiceid", "payments", "business_id invoiceid id vis_state")
    create_index("payments_by_updated", "payments", "business_id updated vis_state")
    create_table(
        "postings",
        "business_id:int source_type:text source_id:int revision:int number:int account:text minor:int base_minor:int "
        "clientid:int tax_name:text tax_rate:int tax_number:text taxable_minor:int category:int",
        key="business_id source_type source_id revision number",
        rowid=False,
    )
    create_table(
        "project_services",
        "business_id:int parent_id:int position:int billable:int service_id:int vis_state:int",
        key="business_id parent_id position",
        rowid=False,
    )


def _part_5() -> None:
    create_table(
        "projects",
        "business_id:int id:int active:int billing_method:text budget:int client_id:int complete:int created_at:int "
        "description:text due_date:text expense_markup:int fixed_price:int group:text internal:int project_manager_id:int "
        "project_type:text rate:int retainer_id:int service_estimate_type:text title:text updated_at:int",
        key="business_id id",
        rowid=False,
    )
    create_index("projects_by_client_id", "projects", "business_id client_id id", where='"client_id" IS NOT NULL')
    create_index("projects_by_created_at", "projects", "business_id created_at")
    create_index("projects_by_updated_at", "projects", "business_id updated_at")
    create_table("rates", "business_id:int currency_code:text date:text billionths:int", key="business_id currency_code date", rowid=False)
    create_table(
        "replies",
        "business_id:int key_hash:blob body_hash:blob status:int body:blob ignored:text created_us:int",
        key="business_id key_hash",
    )
    create_index("replies_by_age", "replies", "created_us")
    create_table("sequences", "noun:text next:int", key="noun")
    create_table("service_rates", "business_id:int id:int rate:int", key="business_id id", rowid=False)
    create_table(
        "services",
        "business_id:int id:int billable:int name:text project_default:int task_id:int vis_state:int",
        key="business_id id",
        rowid=False,
    )
    create_index("services_by_task_id", "services", "business_id task_id id vis_state", where='"task_id" IS NOT NULL')
    create_table("settings", "name:text value:text", key="name")
    create_table(
        "staffs",
        "business_id:int id:int fname:text lname:text username:text email:text role:text organization:text language:text "
        "currency_code:text rate:text note:text bus_phone:text home_phone:text mob_phone:text fax:text p_street:text "
        "p_street2:text p_city:text p_province:text p_code:text p_country:text signup_date:int updated:int vis_state:int",
        key="business_id id",
        rowid=False,
    )
    create_table(
        "tasks",
        "business_id:int id:int billable:int currency_code:text description:text name:text rate:int tax1:int tax2:int updated:int "
        "vis_state:int",
        key="business_id id",
        rowid=False,
    )
    create_index("tasks_by_updated", "tasks", "business_id updated vis_state")
    create_table(
        "taxes",
        "business_id:int id:int amount:int compound:int name:text number:text updated:int recoverable:int",
        key="business_id id",
        rowid=False,
    )
    create_index("taxes_by_name", "taxes", "business_id name")
    create_index("taxes_by_updated", "taxes", "business_id updated")
    create_table(
        "time_entries",
        "business_id:int id:int active:int billable:int billed:int client_id:int created_at:int duration:int identity_id:int "
        "internal:int invoiceid:int is_logged:int local_day:text local_timezone:text note:text pending_client:text "
        "pending_project:text pending_task:text project_id:int retainer_id:int service_id:int started_at:int task_id:int "
        "timer_id:int updated:int",
        key="business_id id",
        rowid=False,
    )


def _part_6() -> None:
    create_index("time_entries_by_client_id", "time_entries", "business_id client_id id", where='"client_id" IS NOT NULL')
    create_index("time_entries_by_identity_id", "time_entries", "business_id identity_id id")
    create_index(
        "time_entries_by_identity_id_client_id_project_id",
        "time_entries",
        "business_id identity_id client_id project_id local_day active is_logged billable billed started_at duration",
    )
    create_index("time_entries_by_invoiceid", "time_entries", "business_id invoiceid id", where='"invoiceid" IS NOT NULL')
    create_index("time_entries_by_project_id", "time_entries", "business_id project_id id", where='"project_id" IS NOT NULL')
    create_index("time_entries_by_project_id_billed_billable", "time_entries", "business_id project_id billed billable is_logged active")
    create_index("time_entries_by_started_at", "time_entries", "business_id started_at id")
    create_index("time_entries_by_timer_id", "time_entries", "business_id timer_id id", where='"timer_id" IS NOT NULL')
    create_index("time_entries_by_updated", "time_entries", "business_id updated")
    create_table("timers", "business_id:int id:int identity_id:int is_running:int logged:int", key="business_id id", rowid=False)
    create_index("timers_by_identity_id_is_running", "timers", "business_id identity_id is_running")
    create_table(
        "tokens",
        "hash:blob kind:text app_id:int identity_id:int scopes:text name:text last_four:text code_hash:blob refresh_hash:blob "
        "created_us:int expires_us:int revoked_us:int",
        key="hash",
    )
    create_index("tokens_by_identity", "tokens", "identity_id app_id kind")
    create_table(
        "uploads",
        "business_id:int token:text kind:text uuid:text filename:text original:text media_type:text size:int content:blob created_us:int",
        key="business_id token",
        unique={"uploads_token_unique": "token"},
    )
    create_ids(
        "app callback category client contact credit_note estimate estimate_line event expense identity invoice invoice_line item "
        "mail payment payment_options project project_service service service_rate staff tax time_entry timer"
    )
    create_ids("task", first=20_001)
    create_ids("business", first=40_001)
