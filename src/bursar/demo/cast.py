"""Who and what the sample books are about: clients, things sold, taxes, what money is spent on. All of it invented."""

from __future__ import annotations

from typing import Final, NamedTuple

HST, GST_QST, GST, NONE = ("HST",), ("GST", "QST"), ("GST",), ()
PERCENTS: Final = {"HST": "13", "GST": "5", "QST": "9.975"}
NUMBERS: Final = {"HST": "84311 0975 RT0001", "GST": "84311 0975 RT0001", "QST": "1219400477 TQ0001"}


class Customer(NamedTuple):
    """A client: names, e-mail, address, currency code, the taxes its lines bear; ``often`` weighs how much it buys."""

    organization: str
    fname: str
    lname: str
    email: str
    street: str
    city: str
    province: str
    code: str
    country: str
    taxes: tuple[str, ...]
    currency_code: str
    often: int
    note: str
    contacts: tuple[tuple[str, str, str], ...]


def buys(
    who: tuple[str, str, str, str],
    where: tuple[str, str, str, str, str],
    taxes: tuple[str, ...] = HST,
    currency_code: str = "CAD",
    *,
    often: int = 3,
    note: str = "",
    contacts: tuple[tuple[str, str, str], ...] = (),
) -> Customer:
    """Return a client in Ontario unless told otherwise."""
    return Customer(*who, *where, taxes, currency_code, often, note, contacts)


CANADA, STATES = "Canada", "United States"

CUSTOMERS: Final = (
    buys(
        ("Harbourfront Ceramics", "Mina", "Okafor", "mina@harbourfrontceramics.example.com"),
        ("231 Queens Quay W", "Toronto", "Ontario", "M5J 2G8", CANADA),
        often=6,
        note="Pays by transfer, usually within a week.",
        contacts=(("Jonas", "Reid", "accounts@harbourfrontceramics.example.com"),),
    ),
    buys(
        ("Boulangerie Côté & Filles", "Élise", "Côté", "elise@cotefilles.example.com"),
        ("4410 rue Saint-Denis", "Montréal", "Québec", "H2J 2L1", CANADA),
        GST_QST,
        often=5,
        note="Écrire en français.",
    ),
    buys(
        ("Tidewater Veterinary", "Samuel", "Brandt", "office@tidewatervet.example.com"),
        ("18 Lakeshore Rd E", "Mississauga", "Ontario", "L5G 1C8", CANADA),
        often=5,
        contacts=(("Priya", "Nair", "priya@tidewatervet.example.com"), ("Dale", "Huber", "dale@tidewatervet.example.com")),
    ),
    buys(
        ("Alder & Ash Joinery", "Rowan", "Ashdown", "rowan@alderash.example.net"),
        ("77 Carlaw Ave", "Toronto", "Ontario", "M4M 2S1", CANADA),
        often=4,
    ),
    buys(
        ("Prairie Signal Radio", "Lorne", "Wasylyk", "lorne@prairiesignal.example.org"),
        ("905 1 St SE", "Calgary", "Alberta", "T2G 2H6", CANADA),
        GST,
        often=4,
        note="Purchase order number on every invoice.",
    ),
    buys(
        ("Kestrel Outdoor Co.", "Dana", "Whitfield", "dana@kestreloutdoor.example.com"),
        ("640 NW Naito Pkwy", "Portland", "Oregon", "97209", STATES),
        NONE,
        "USD",
        often=5,
        contacts=(("Theo", "Marsh", "ap@kestreloutdoor.example.com"),),
    ),
    buys(
        ("Müller Fördertechnik GmbH", "Jürgen", "Müller", "j.mueller@mueller-foerder.example.net"),
        ("Hafenstraße 12", "Hamburg", "", "20457", "Germany"),
        NONE,
        "EUR",
        often=4,
    ),
    buys(
        ("Lantern Street Books", "Ngozi", "Adeyemi", "hello@lanternstreet.example.com"),
        ("512 Roncesvalles Ave", "Toronto", "Ontario", "M6R 2N5", CANADA),
        often=4,
        contacts=(("Ben", "Adeyemi", "ben@lanternstreet.example.com"),),
    ),
    buys(
        ("Open Trails Society", "Grace", "Littlechild", "grace@opentrails.example.org"),
        ("33 Kingsway", "Vancouver", "British Columbia", "V5T 3H7", CANADA),
        GST,
        often=3,
        note="Charity: standing discount of 10 %.",
    ),
    buys(
        ("Bright Molar Dental", "Helen", "Stavros", "helen@brightmolar.example.com"),
        ("1205 Danforth Ave", "Toronto", "Ontario", "M4J 1M5", CANADA),
        often=3,
    ),
    buys(
        ("Field & Ferment", "Óscar", "Ibáñez", "oscar@fieldferment.example.com"),
        ("9 Ossington Ave", "Toronto", "Ontario", "M6J 2Y8", CANADA),
        often=4,
    ),
    buys(
        ("Cobalt Ridge Analytics", "Irene", "Castellan", "irene@cobaltridge.example.com"),
        ("1 Market St, Suite 300", "San Francisco", "California", "94105", STATES),
        NONE,
        "USD",
        often=4,
        contacts=(("Accounts", "Payable", "payables@cobaltridge.example.com"),),
    ),
    buys(
        ("Théâtre du Vieux-Quai", "Mathieu", "Gagnon", "mathieu@vieuxquai.example.org"),
        ("88 rue du Petit-Champlain", "Québec", "Québec", "G1K 4H4", CANADA),
        GST_QST,
        often=3,
    ),
    buys(
        ("Sparrow Lane Florist", "Wen", "Li", "wen@sparrowlane.example.com"),
        ("271 Augusta Ave", "Toronto", "Ontario", "M5T 2M1", CANADA),
        often=2,
    ),
    buys(
        ("Northern Loom Textiles", "Aino", "Virtanen", "aino@northernloom.example.net"),
        ("Hämeentie 31", "Helsinki", "", "00500", "Finland"),
        NONE,
        "EUR",
        often=3,
    ),
    buys(
        ("Riverbend Credit Union", "Walter", "Penner", "walter.penner@riverbendcu.example.com"),
        ("350 King St W", "Kitchener", "Ontario", "N2G 1B6", CANADA),
        often=4,
        note="Net 45 by contract; send a copy to procurement.",
        contacts=(("Procurement", "Desk", "procurement@riverbendcu.example.com"),),
    ),
    buys(
        ("Marigold Early Learning", "Farah", "Siddiqui", "farah@marigoldlearning.example.org"),
        ("60 Thorncliffe Park Dr", "Toronto", "Ontario", "M4H 1H4", CANADA),
        often=2,
    ),
    buys(
        ("Glass Mountain Guides", "Peter", "Halloran", "peter@glassmountain.example.com"),
        ("214 Bear St", "Banff", "Alberta", "T1L 1B2", CANADA),
        GST,
        often=2,
    ),
    buys(
        ("Copperline Plumbing", "Gus", "Moretti", "gus@copperline.example.com"),
        ("1840 Dufferin St", "Toronto", "Ontario", "M6E 3P6", CANADA),
        often=2,
    ),
    buys(
        ("Juniper House Hotels", "Camille", "Durand", "camille@juniperhouse.example.com"),
        ("415 Greenwich St", "New York", "New York", "10013", STATES),
        NONE,
        "USD",
        often=3,
    ),
    buys(
        ("Saltbox Architects", "Fiona", "MacLeod", "studio@saltbox.example.com"),
        ("1791 Barrington St", "Halifax", "Nova Scotia", "B3J 3K9", CANADA),
        GST,
        often=3,
    ),
    buys(
        ("Café Nocturne", "Yasmine", "Haddad", "yasmine@cafenocturne.example.com"),
        ("5555 avenue du Parc", "Montréal", "Québec", "H2V 4H2", CANADA),
        GST_QST,
        often=2,
    ),
    buys(
        ("Atlas Robotics Lab", "Ken", "Morita", "ken@atlasrobotics.example.net"),
        ("101 College St", "Toronto", "Ontario", "M5G 1L7", CANADA),
        often=3,
    ),
    buys(
        ("Sycamore Yoga", "Leah", "Goldberg", "leah@sycamoreyoga.example.com"),
        ("2300 Yonge St", "Toronto", "Ontario", "M4P 1E4", CANADA),
        often=2,
    ),
    buys(
        ("Pacific Kelp Foods", "Noa", "Kahale", "noa@pacifickelp.example.com"),
        ("1100 Alakea St", "Honolulu", "Hawaii", "96813", STATES),
        NONE,
        "USD",
        often=2,
    ),
    buys(
        ("Atelier Brouillard", "Inès", "Lefèvre", "ines@brouillard.example.net"),
        ("14 rue de Turenne", "Paris", "", "75004", "France"),
        NONE,
        "EUR",
        often=2,
    ),
    buys(
        ("Quill & Compass Travel", "Arthur", "Bell", "arthur@quillcompass.example.com"),
        ("33 Elgin St", "Ottawa", "Ontario", "K2P 2M3", CANADA),
        often=2,
    ),
    buys(
        ("Evergreen Tutoring", "Sofia", "Petrov", "sofia@evergreentutoring.example.org"),
        ("4789 Kingsway", "Burnaby", "British Columbia", "V5H 0A3", CANADA),
        GST,
        often=1,
    ),
    buys(
        ("", "Tomasz", "Zieliński", "tomasz@zielinski.example.org"),
        ("12 Sorauren Ave", "Toronto", "Ontario", "M6R 2E4", CANADA),
        often=1,
        note="Freelance photographer; swaps favours.",
    ),
    buys(
        ("Paper Kite Toys", "Marisol", "Vega", "marisol@paperkite.example.com"),
        ("820 S Michigan Ave", "Chicago", "Illinois", "60605", STATES),
        NONE,
        "USD",
        often=1,
        note="Closed its doors; archived.",
    ),
    buys(
        ("Fog City Couriers", "Neil", "Barrow", "neil@fogcity.example.com"),
        ("240 Water St", "St. John's", "Newfoundland and Labrador", "A1C 1B7", CANADA),
        often=1,
    ),
)
ARCHIVED, DELETED = 29, 30
"""Places in ``CUSTOMERS`` of the archived client and of the deleted one."""
DISCOUNTED: Final = {8: "10", 2: "5"}
"""Clients with a standing discount, in percent."""
SUBSCRIBED: Final = (2, 5)
"""Clients billed every month for looking after their website."""


class Offer(NamedTuple):
    """Something sold: unit price in whole units of the client's currency, usual quantities; ``inventory`` when tracked."""

    name: str
    description: str
    price: int
    quantities: tuple[str, ...]
    inventory: str = ""
    sku: str = ""


CARE: Final = Offer("Website care plan", "Updates, backups and two hours of changes", 240, ("1",))
OFFERS: Final = (
    Offer("Brand identity", "Logo, type, colours and a guide to using them", 3_800, ("1",)),
    Offer("Web design", "Page design, desktop and mobile", 125, ("8", "12", "16.5", "24", "31.25", "40")),
    Offer("Front-end build", "Templates and components", 115, ("10", "18", "22.75", "36")),
    Offer("User research", "Interviews and a written summary", 140, ("6", "9.5", "14")),
    Offer("Illustration", "Spot illustration, full rights", 320, ("1", "2", "4", "6")),
    Offer("Packaging design", "One product, ready for print", 1_650, ("1", "2")),
    Offer("Signage", "Drawings and supplier coordination", 95, ("4", "7.5", "12")),
    Offer("Print production", "Proofing and press checks", 90, ("3", "5.5", "8")),
    Offer("Photo editing", "Retouching, per picture", 28, ("12", "25", "40")),
    Offer("Copywriting", "Web and print copy", 88, ("4", "6.25", "10")),
    Offer("Design workshop", "Half a day with your team", 950, ("1", "2")),
    CARE,
)
GOODS: Final = (
    Offer("Risograph poster", "A2, two colours, signed", 38, ("5", "10", "20"), "600", "NL-POSTER"),
    Offer("Letterpress cards", "Box of 100", 145, ("1", "2", "3"), "80", "NL-CARDS"),
    Offer("Canvas tote", "Screen printed", 24, ("10", "25", "50"), "1500", "NL-TOTE"),
    Offer("Dot notebook", "A5, 120 pages", 17, ("10", "20", "40"), "900", "NL-NOTE"),
)
RETIRED: Final = Offer("Flash banner", "No longer offered", 60, ("1",))


class Labour(NamedTuple):
    """A service: what an hour costs, and what people write beside their hours."""

    name: str
    rate: str
    notes: tuple[str, ...]


SERVICES: Final = (
    Labour("Web design", "125.00", ("Home page, second draft", "Mobile layouts", "Navigation and footer", "Changes after the call")),
    Labour("Front-end build", "115.00", ("Templates", "Forms and errors", "Cleaning up the grid", "Browser checks")),
    Labour("User research", "140.00", ("Interviews", "Notes and summary", "Preparing the guide")),
    Labour("Signage", "95.00", ("Drawings", "Call with the sign maker", "On site, measuring")),
    Labour("Print production", "90.00", ("Proofing", "Press check", "Files to the printer")),
    Labour("Copywriting", "88.00", ("First draft", "Captions", "Corrections")),
)
TITLES: Final = (
    *("Website relaunch", "Spring catalogue", "Wayfinding", "Online shop", "Annual report", "Menu and signs", "Campaign pages"),
    *("Members' area", "Exhibition", "Booking pages", "Product sheets", "Press kit", "Newsletter", "Trade fair stand"),
)

CALLBACKS: Final = (
    (410, "invoice", "https://warehouse.northlight.example/hooks/invoices"),
    (560, "payment.create", "https://chat.northlight.example/hooks/money"),
    (655, "time_entry", "https://planner.northlight.example/hooks/hours?team=studio"),
)
"""Day, event, address; of a domain that nobody can own (RFC 2606), so nothing ever goes out to it."""

PAYMENT_TYPES: Final = (*("Bank Transfer",) * 8, *("Credit Card",) * 4, *("Check",) * 3, *("VISA",) * 2, "PayPal", "Cash", "ACH")
NOTES: Final = ("", "", "", "Thank you for your business.", "It was a pleasure. Files are in the shared folder.")
TERMS: Final = ("Payment within 30 days.", "Payment within 30 days. 1.5 % a month after that.")
DISPUTES: Final = "Client questions the hours of the last sprint."


class Habit(NamedTuple):
    """Spending that comes back: category, vendor, amount in cents, months between, day of the month."""

    category: str
    vendor: str
    minor: int
    months: int
    day: int
    notes: str = ""
    taxed: bool = True


HABITS: Final = (
    Habit("Office Space", "Carlaw Studios Ltd.", 163_850, 1, 1, "Studio rent"),
    Habit("Software", "Inkwell Cloud", 9_039, 3, 4, "Design software, five seats"),
    Habit("Internet", "Beacon Fibre", 10_170, 2, 12),
    Habit("Phone", "Maple Mobile", 7_345, 3, 17),
    Habit("Liability Insurance", "Granite Mutual", 118_800, 12, 20, "Annual premium", taxed=False),
    Habit("Wages", "Payroll", 1_380_000, 1, 25, "Three people", taxed=False),
    Habit("Accounting", "Hollis & Pike CPA", 90_400, 6, 22, "Half-year review"),
)


class Purchase(NamedTuple):
    """A kind of single spending: category, vendor, range in cents, what for."""

    category: str
    vendor: str
    least: int
    most: int
    notes: str
    taxed: bool = True


PURCHASES: Final = (
    Purchase("Hardware", "Spadina Computers", 8_900, 189_000, "Screen, cables"),
    Purchase("Office Supplies", "Paper Barn", 1_250, 11_800, "Paper and pens"),
    Purchase("Printing", "Junction Press", 9_500, 64_000, "Test prints"),
    Purchase("Postage and Courier", "Swift Wheel Courier", 1_180, 5_400, "Proofs to client"),
    Purchase("Restaurants", "Union Diner", 2_900, 14_500, "Lunch with client"),
    Purchase("Taxi and Parking", "City Cabs", 1_150, 4_800, "Site visit", taxed=False),
    Purchase("Airfare", "Aurora Air", 28_900, 96_000, "Flight to client"),
    Purchase("Accommodation", "Harbour Inn", 15_900, 48_500, "Two nights"),
    Purchase("Books and Courses", "Type Workshop School", 4_900, 39_000, "Course"),
    Purchase("Conferences", "Grid Conference", 34_900, 79_000, "Ticket"),
    Purchase("Contractors", "Nadia Frost Photography", 40_000, 145_000, "Photographs"),
    Purchase("Cost of Materials", "Riso House", 6_500, 42_000, "Poster stock and ink"),
    Purchase("Cost of Shipping", "Swift Wheel Courier", 1_500, 9_800, "Posters to shops"),
    Purchase("Advertising", "Local Pages", 5_000, 30_000, "Listing"),
    Purchase("Bank Fees", "First Lakes Bank", 1_200, 4_500, "Account fees", taxed=False),
    Purchase("Memberships", "Guild of Ontario Designers", 18_000, 32_000, "Yearly dues", taxed=False),
)

RATES: Final = {"USD": 1_362_000_000, "EUR": 1_478_000_000}
"""What one unit was worth in CAD at the beginning, in billionths."""
SWING: Final = 12_000_000
"""How far a rate may move in a month, in billionths."""
