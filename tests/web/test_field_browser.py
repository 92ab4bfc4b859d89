"""The field app in a real browser: installed, without a network, two phones that hand over a load between them."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import zxingcpp
from django.db import connection
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.web.case_sample import STREAM, World, file, make_world
from tests.web.test_browser import PHONE, Open, open_page, site  # noqa: F401
from tests.web.test_cases_newcomer import page_of  # noqa: F401
from wufei.journal.signed_papers import road_statement
from wufei.journal.signing import Signer, new_signer, register
from wufei.registry.models import FieldAction, FieldDevice
from wufei.workflow import engine

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("installed")]
PageOf = Callable[..., Page]
FIELD = "/field/"


def enrolled(page: Page) -> Page:
    """Enrol the phone, wait until its shell is kept, and take the network away."""
    page.goto(FIELD)
    page.get_by_role("button", name="登记本机").click()
    expect(page.get_by_role("heading", name="待办")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    page.goto(FIELD)
    assert page.evaluate("caches.keys()")
    assert page.evaluate("navigator.serviceWorker.controller !== null")
    page.context.set_offline(True)
    page.goto(FIELD)  # from what the worker keeps
    expect(page.locator("#net")).to_have_text("无网络")
    return page


def signed(page: Page, case: str, step: str) -> None:
    """Open the case from the list (the journal holds those of other tests too), and sign a step of it."""
    page.get_by_role("link", name="待办").click()
    expect(page.get_by_role("heading", name="待办")).to_be_visible()
    page.locator(f".cards a[href$='{case.partition(':')[2]}']").click()
    page.get_by_role("link", name=step, exact=True).click()
    page.get_by_role("button", name=f"签署：{step}").click()
    expect(page.locator("#said")).to_contain_text("已签署")


def shown(page: Page) -> str:
    """What the codes on the phone's screen say."""
    page.get_by_role("link", name="出示给对方").click()
    parts: list[str] = json.loads(page.locator(".qr").get_attribute("data-parts") or "[]")
    assert on_screen(page) in parts
    return " ".join(reversed(parts))


PIXELS = """async () => {
  const picture = new Image();
  const drawing = new XMLSerializer().serializeToString(document.querySelector('.qr svg'));
  picture.src = 'data:image/svg+xml;base64,' + btoa(drawing);
  await picture.decode();
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 356;
  const pen = canvas.getContext('2d');
  pen.drawImage(picture, 0, 0, 356, 356);
  return [...pen.getImageData(0, 0, 356, 356).data].filter((_, n) => n % 4 === 0);
}"""


def on_screen(page: Page) -> str:
    """The text of the code as a reader takes it from the screen of a phone."""
    grey = np.array(page.evaluate(PIXELS), dtype=np.uint8).reshape(356, 356)
    (code,) = zxingcpp.read_barcodes(grey)
    return str(code.text)


def read(page: Page, text: str) -> None:
    page.goto(FIELD + "#/scan")
    page.locator("#typed").fill(text)
    page.get_by_role("button", name="读取").click()


def online(page: Page) -> None:
    page.context.set_offline(False)
    page.goto(FIELD + "#/queue")
    page.get_by_role("button", name="立即发送").click()
    expect(page.locator("#said")).to_contain_text("送达")
    expect(page.get_by_text("没有待发送的签署")).to_be_visible()


def spoken(page: Page) -> list[str]:
    """What the console says, but for the browser's own word on a request that the network was taken from."""
    said: list[str] = page.said  # type: ignore[attr-defined]
    return [text for text in said if "ERR_INTERNET_DISCONNECTED" not in text]


@pytest.fixture
def pair(page_of: PageOf) -> tuple[World, str, Page, Page]:  # noqa: F811
    """A manifest to dispatch, and the phones of consignor and driver, both without a network."""
    world = make_world()
    case = file(world)
    return world, case, *(enrolled(page_of(person, PHONE)) for person in (world.works, world.haulier))


@pytest.mark.parametrize("first", [0, 1], ids=["the consignor first", "the driver first"])
def test_two_phones_without_a_network_hand_over_and_merge_alike(
    pair: tuple[World, str, Page, Page], first: int
) -> None:
    world, case, works, haulier = pair
    signed(works, case, "装车移出")
    offer = shown(works)
    read(haulier, offer)
    expect(haulier.locator("#said")).to_contain_text("已核验并保存")
    signed(haulier, case, "承运签收")
    read(works, shown(haulier))
    expect(works.locator("#said")).to_contain_text("已核验并保存")
    phones = (works, haulier)
    online(phones[first])
    told = engine.read(connection.connection, case)
    assert [(s.transition, s.actor) for s in told.steps[1:]] == [
        ("dispatch", world.works.actor), ("pick_up", world.haulier.actor),
    ]  # fmt: skip
    assert (told.state, engine.held_by(connection.connection, case)) == ("in_transit", {STREAM: 1000})
    online(phones[1 - first])
    assert len(engine.read(connection.connection, case).steps) == 3
    assert [row.state for row in FieldAction.objects.all()] == ["applied", "applied"]
    assert spoken(works) == spoken(haulier) == []


def test_a_torn_code_a_forged_signature_and_a_strangers_certificate_are_refused_by_the_phone(
    pair: tuple[World, str, Page, Page],
) -> None:
    _world, case, works, haulier = pair
    signed(works, case, "装车移出")
    offer = shown(works)
    read(haulier, offer[:-40])
    expect(haulier.locator("#said")).to_contain_text("残缺")
    for change, words in (
        ("b => { b.actions[0].body.reason = 'x' }", "签名与对方出示的内容不符"),
        ("b => { b.certificates[0].body.org = 'plant' }", "证书不是本市系统签发"),
        ("b => { b.actions = [] }", "没有出示任何签署"),
    ):
        read(haulier, remade(haulier, offer, change))
        expect(haulier.locator("#said")).to_contain_text(words)
    haulier.goto(FIELD + "#/queue")
    expect(haulier.get_by_text("没有待发送的签署")).to_be_visible()


REMADE = """async ([texts, change]) => {
  const from = (t) => Uint8Array.from(atob(t.replaceAll('-', '+').replaceAll('_', '/')), c => c.charCodeAt(0));
  const through = async (s, b) =>
    new Uint8Array(await new Response(new Blob([b]).stream().pipeThrough(s)).arrayBuffer());
  const sorted = (v) => Array.isArray(v) ? v.map(sorted) : v && typeof v === 'object'
    ? Object.fromEntries(Object.keys(v).sort().map(k => [k, sorted(v[k])])) : v;
  const whole = texts.split(' ').reverse().map(t => t.split('.')[4]).join('');
  const loose = await through(new DecompressionStream('deflate-raw'), from(whole));
  const plain = JSON.parse(new TextDecoder().decode(loose));
  CHANGE(plain);
  const bytes = new TextEncoder().encode(JSON.stringify(sorted(plain)));
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const name = [...hash].map(b => b.toString(16).padStart(2, '0')).join('').slice(0, 16);
  const packed = await through(new CompressionStream('deflate-raw'), bytes);
  const text = btoa(String.fromCharCode(...packed)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return `WF1.${name}.1.1.${text}`;
}"""


def remade(page: Page, offer: str, change: str) -> str:
    """The bundle with a change, packed as a forger would."""
    text: str = page.evaluate(REMADE.replace("CHANGE", f"({change})"), [offer, ""])
    return text


def test_the_app_can_be_installed_and_keeps_to_a_phone(page_of: PageOf, axe: Callable[[Page], list[str]]) -> None:  # noqa: F811
    world = make_world()
    case = file(world)
    page = page_of(world.works, PHONE)
    page.goto(FIELD)
    assert page.evaluate("document.featurePolicy?.allowsFeature('camera') ?? true")
    manifest = page.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then(r => r.json())")
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == (FIELD, FIELD, "standalone")
    sizes = page.evaluate("""icons => Promise.all(icons.map(i => new Promise(done => {
        const g = new Image(); g.onload = () => done(`${g.naturalWidth}x${g.naturalHeight}`); g.src = i.src })))""",
        manifest["icons"])  # fmt: skip
    assert sizes == [icon["sizes"] for icon in manifest["icons"]] == ["192x192", "512x512", "512x512"]
    enrolled(page)
    found = {}
    for place in (
        "",
        f"#/case/{case}",
        f"#/step/{case}/dispatch",
        "#/begin/hazardous_waste_transfer",
        "#/scan",
        "#/queue",
        "#/phone",
    ):
        page.goto(FIELD + place)
        expect(page.locator("html[data-ready=yes]")).to_be_attached()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], place
        found[place] = axe(page)
        assert spoken(page) == [], place
        small = page.evaluate("""[...document.querySelectorAll('.big, #tabs a, input, select')]
            .filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)""")
        assert not small, (place, small)
    assert not {place: wrong for place, wrong in found.items() if wrong}
    assert float(page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")) >= 18


FILL = """async () => {
  const opened = indexedDB.open('wufei-field');
  await new Promise((done) => { opened.onsuccess = done; });
  const put = (size) => new Promise((done) => {
    const junk = new Uint8Array(size), all = opened.result.transaction('kept', 'readwrite', { durability: 'strict' });
    for (let at = 0; at < size; at += 65536) crypto.getRandomValues(junk.subarray(at, at + 65536));
    all.objectStore('kept').put(junk, 'junk-' + crypto.randomUUID());
    all.oncomplete = () => done(true);
    all.onabort = () => done(false);
  });
  for (const size of [1 << 20, 1 << 17, 1 << 14, 1 << 11, 1 << 8, 1 << 5]) while (await put(size));
  opened.result.close();
}"""


def room(page: Page, most_bytes: int) -> Callable[[], None]:
    """Limit how much the phone lets the app keep, from another window; what takes the limit away."""
    origin = {"origin": page.evaluate("location.origin")}
    window = page.context.new_page()
    tools = window.context.new_cdp_session(window)
    tools.send("Storage.overrideQuotaForOrigin", origin | {"quotaSize": most_bytes})
    return lambda: tools.send("Storage.overrideQuotaForOrigin", origin) and None


def test_a_phone_without_room_says_so_and_what_is_signed_then_follows_on(page_of: PageOf) -> None:  # noqa: F811
    world = make_world()
    first, second = file(world), file(world)
    page = page_of(world.works, PHONE)
    page.goto(FIELD)
    unlimited = room(page, 12 << 20)
    enrolled(page)
    signed(page, first, "装车移出")
    page.evaluate(FILL)
    page.goto(FIELD)  # what was said of the first one is gone
    with pytest.raises(AssertionError, match="手机存储已满，本次没有签署"):
        signed(page, second, "装车移出")
    unlimited()
    page.get_by_role("button", name="签署：装车移出").click()
    expect(page.locator("#said")).to_contain_text("已签署")
    online(page)
    told = FieldAction.objects.order_by("sequence").values_list("sequence", "state", "case")
    assert list(told) == [(1, "applied", first), (2, "applied", second)]


def test_signing_out_wipes_the_phone_but_never_what_was_not_sent(page_of: PageOf) -> None:  # noqa: F811
    world = make_world()
    case = file(world)
    page = enrolled(page_of(world.works, PHONE))
    signed(page, case, "装车移出")
    page.goto(FIELD + "#/phone")
    page.get_by_role("button", name="退出并清空本机").click()
    expect(page.locator("#said")).to_contain_text("还有 1 项签署未送达")
    online(page)
    page.goto(FIELD + "#/phone")
    page.get_by_role("button", name="退出并清空本机").click()
    expect(page.locator("#said")).to_contain_text("已退出")
    left: dict[str, Any] = (
        page.evaluate("""new Promise(done => { const o = indexedDB.open('wufei-field'); o.onsuccess = () => {
        const all = o.result.transaction(['kept', 'actions']); const n = {};
        for (const s of ['kept', 'actions']) all.objectStore(s).count().onsuccess = (e) => { n[s] = e.target.result };
        all.oncomplete = () => { o.result.close(); done(n) } } })""")
    )
    assert left == {"kept": 0, "actions": 0}
    assert FieldDevice.objects.count() == 1
    assert reverse("field") == FIELD


def load_code(until: datetime, signer: Signer) -> str:
    told = {
        "case": "manifest:1", "number": "20261501000001", "plate": "蒙A10001", "carrier": "青城危货运输公司",
        "from": "甲", "to": "乙", "until": int(until.timestamp()), "state": "in_transit",
        "wastes": [["900-249-08", 1_500_000]],
    }  # fmt: skip
    return road_statement(told, signer)


def test_a_drivers_code_is_checked_without_a_network(page_of: PageOf) -> None:  # noqa: F811
    world, now, known, strange = make_world(), datetime.now(UTC), new_signer("ed25519"), new_signer("ed25519")
    register(connection.connection, known, now)
    phone = enrolled(page_of(world.haulier, PHONE))
    good = load_code(now + timedelta(hours=1), known)
    head, algorithm, body, public, signature = good.split(".")
    changed = urlsafe_b64encode(urlsafe_b64decode(body + "==").replace(b"10001", b"10002")).decode().rstrip("=")
    for text, said in (
        (f"{head}.{algorithm}.{changed}.{public}.{signature}", "签名不成立"),
        (load_code(now + timedelta(hours=1), strange), "公钥不在本机"),
        (load_code(now - timedelta(hours=1), known), "已过期"),
        (f"{head}.sm2.{body}.{public}.{signature}", "公钥不在本机"),
        (good[:90], "残缺"),
    ):
        read(phone, text)
        expect(phone.locator("#said")).to_contain_text(said)
        expect(phone.locator("#road")).to_be_empty()
    read(phone, good)
    road = phone.locator("#road")
    for words in ("这一车有联单覆盖", "蒙A10001", "900-249-08 1.5 t", "20261501000001", known.key_id[:16]):
        expect(road).to_contain_text(words)
    assert not phone.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert spoken(phone) == []
