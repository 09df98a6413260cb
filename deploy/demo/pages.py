"""The shop's pages, as HTML of what is known. Pure."""
import json
from pathlib import Path

from markup import Markup, el, fill, join
from stock import ACTIONS, MOST_PIECES

HERE = Path(__file__).resolve().parent
TEXTS = json.loads((HERE / "texts.json").read_text(encoding="utf-8"))
DRAWINGS = Markup((HERE / "lamps.svg").read_text(encoding="utf-8"))

NOTES = {"done_order", "done_decide", "done_price"}


class View:
    """What every page takes: the language, the forms' token, and a note that may be shown."""

    def __init__(self, language, csrf, note=None):
        self.language, self.csrf, self.note = language, csrf, note
        self.texts = TEXTS[language]

    def __getitem__(self, key):
        return self.texts[key]

    def form(self, action, *content, **attributes):
        token = el("input", type="hidden", name="csrf", value=self.csrf)
        return el("form", token, *content, method="post", action=action, **attributes)


def bdi(text):
    """Names run in their own direction."""
    return el("bdi", text)


def money(cents):
    return el("bdi", f"€ {cents // 100}.{cents % 100:02}", dir="ltr")


def drawing(name, class_):
    return el("svg", el("use", href=f"#{name}"), class_=class_, viewBox="0 0 120 120",
              aria_hidden="true")


def document(view, main, account=None):
    good = view.note in NOTES
    note = view.note and el("p", view[view.note], class_="note good" if good else "note bad",
                            role="status" if good else "alert")
    others = [el("a", texts["language"], href=f"/?lang={code}", lang=code, hreflang=code)
              for code, texts in TEXTS.items() if code != view.language]
    head = el("head", el("meta", charset="utf-8"),
              el("meta", name="viewport", content="width=device-width, initial-scale=1"),
              el("meta", name="color-scheme", content="light dark"),
              el("title", view["shop"]), el("link", rel="icon", href="data:,"),
              el("link", rel="stylesheet", href="/shop.css"))
    brand = el("a", drawing("pendant", "mark"), el("span", view["shop"]), href="/", class_="brand")
    header = el("header", brand, el("nav", *others, account))
    return join(Markup("<!doctype html>\n"),
                el("html", head, el("body", DRAWINGS, header, el("main", note, main)),
                   lang=view.language, dir=view["direction"]))


def field(view, name, **attributes):
    return el("label", el("span", view[name]), el("input", name=name, required=True, **attributes))


def sign_in(view, login_name=""):
    entered = view.form(
        "/sign-in",
        field(view, "login_name", value=login_name, autocomplete="username", autofocus=True,
              autocapitalize="none", spellcheck="false", maxlength=200, dir="auto"),
        field(view, "password", type="password", autocomplete="current-password", maxlength=200,
              dir="ltr"),
        el("button", view["sign_in"], class_="main"))
    return document(view, el("section", drawing("desk", "lamp"), el("h1", view["shop"]),
                             el("p", view["tagline"]), entered,
                             el("p", view["sign_in_why"], class_="small"), class_="card door"))


def plain(view, key):
    """A page that says one thing."""
    return document(view, el("section", el("h1", view[key]),
                             el("p", el("a", view["back"], href="/")), class_="card door"))


def shop(view, standing, prices, orders):
    account = join(el("span", bdi(standing.name), class_="who"),
                   view.form("/sign-out", el("button", view["sign_out"], class_="quiet")))
    may = {action for action, role in ACTIONS.items() if role in standing.roles}
    if not may:
        offer = el("section", drawing("storm", "lamp out"), el("h2", view["nothing"]),
                   el("p", fill(view["nothing_why"], organization=bdi(standing.organization))),
                   class_="card empty")
    else:
        lamps = [lamp(view, may, name, cents) for name, cents in prices.items()]
        listed = order_list(view, may, standing, orders) if may & {"order", "decide"} else None
        shelf = el("section", el("h2", view["lamps"]), el("ul", *lamps, class_="lamps"))
        offer = join(shelf, listed)
    return document(view, join(who(view, standing), offer), account)


def who(view, standing):
    roles = [el("li", el("strong", name), " ", view.texts.get(f"{key}_offer"))
             for key, name in standing.roles.items()]
    facts = [el("div", el("dt", view["organization"]), el("dd", bdi(standing.organization)))]
    if standing.delivery:
        facts.append(el("div", el("dt", view["delivery"]), el("dd", bdi(standing.delivery))))
    shown = el("ul", *roles, class_="roles") if roles else view["no_roles"]
    facts.append(el("div", el("dt", view["roles"]), el("dd", shown)))
    return el("section", el("h1", fill(view["hello"], name=bdi(standing.name))),
              el("dl", *facts), class_="who-is")


def lamp(view, may, name, cents):
    forms = []
    chosen = el("input", type="hidden", name="lamp", value=name)
    if "order" in may:
        forms.append(view.form(
            "/order", chosen,
            el("input", name="pieces", type="number", value=1, min=1, max=MOST_PIECES,
               aria_label=view["pieces"]),
            el("button", view["order"], class_="main"), class_="line"))
    if "price" in may:
        forms.append(view.form(
            "/price", chosen,
            el("input", name="price", inputmode="decimal", dir="ltr", maxlength=9, required=True,
               value=f"{cents // 100}.{cents % 100:02}", aria_label=view["new_price"]),
            el("button", view["set_price"], class_="main"), class_="line"))
    return el("li", drawing(name, "lamp"), el("h3", view[name]), el("p", money(cents)), *forms,
              class_="card")


def order_list(view, may, standing, orders):
    rows = [order_row(view, "decide" in may, one) for one in orders]
    told = el("ul", *rows, class_="orders") if rows else el("p", view["no_orders"], class_="small")
    return el("section", el("h2", fill(view["orders"], organization=bdi(standing.organization))),
              told)


def order_row(view, decides, order):
    told = fill(view["ordered_by"], pieces=order.pieces, lamp=view[order.lamp], name=bdi(order.by))
    if order.state == "waiting" and decides:
        end = view.form(
            "/decide", el("input", type="hidden", name="order", value=order.id),
            el("button", view["approve"], name="state", value="approved", class_="main"),
            el("button", view["refuse"], name="state", value="refused"), class_="line")
    else:
        state = fill(view[order.state], name=bdi(order.decided_by))
        end = el("span", state, class_=f"state {order.state}")
    return el("li", el("span", told, class_="what"), el("span", money(order.cents)), end,
              class_="card")
