"""The page in a real Chromium: what people click, drag, type and read there works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rainbench.render import write_report
from tests.browser import PHONE, faults, open_browser, why_no_browser
from tests.made_results import MadeRun, make_results

if TYPE_CHECKING:
    from selenium.webdriver.chrome.webdriver import WebDriver
    from selenium.webdriver.remote.webelement import WebElement

if (_why := why_no_browser()) is not None:
    pytest.skip(_why, allow_module_level=True)

HOSTILE = "\"'><img src=x onerror=alert(1)></script><b>&amp;"
NAMES = ["a 1", "a 2", "a 10", "it's #7? 50%"]
RUNS = [
    MadeRun(label="rainy"),
    MadeRun(label="sharp", gain_db=8, trained_on="pairs:test"),
    MadeRun(label="plain", gain_db=3),
    MadeRun(label="half", gain_db=2, images=2),
    MadeRun(label=HOSTILE, gain_db=5, exact=("a 2",)),
]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("page")
    results = make_results(place, RUNS, names=NAMES)
    page = place / "page.html"
    write_report("table", results, page, style="html")
    return page


@pytest.fixture(scope="module")
def browser() -> Iterator[WebDriver]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def opened(browser: WebDriver, page: Path) -> Iterator[WebDriver]:
    """The page as it opens; afterwards: without an error, and without a word to anyone."""
    browser.get("about:blank")
    browser.get_log("browser"), browser.get_log("performance")
    browser.get(page.as_uri())
    yield browser
    assert browser.get_log("browser") == []
    asked = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    addresses = [
        each["params"]["request"]["url"]
        for each in asked
        if each["method"] == "Network.requestWillBeSent"
    ]
    assert all(address.startswith(("file://", "data:", "about:")) for address in addresses)


def find(browser: WebDriver | WebElement, selector: str) -> WebElement:
    return browser.find_element("css selector", selector)


def find_all(browser: WebDriver | WebElement, selector: str) -> list[WebElement]:
    found: list[WebElement] = browser.find_elements("css selector", selector)
    return found


def texts(browser: WebDriver, selector: str) -> list[str]:
    return [element.text for element in find_all(browser, selector)]


def press(browser: WebDriver, element: WebElement | None, *keys: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    chain = ActionChains(browser, duration=0)
    if element is not None:
        browser.execute_script("arguments[0].focus()", element)
    for key in keys:
        chain.send_keys(key)
    chain.perform()


def style(browser: WebDriver, selector: str, name: str) -> str:
    return str(
        browser.execute_script(
            "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]",
            selector, name,
        )
    )  # fmt: skip


def choose(browser: WebDriver, label: str, value: str) -> None:
    """Choose an option of the select whose label says so."""
    for field in find_all(browser, "label.field"):
        if find_all(field, "select") and find(field, "span").text == label:
            find(field, f"option[value='{value}']").click()
            return
    pytest.fail(f"no select {label}")


def rows_of_report(browser: WebDriver) -> list[str]:
    return texts(browser, ".blocks tbody th")


def test_a_click_sorts_and_another_turns_round(opened: WebDriver) -> None:
    heads = find_all(opened, ".blocks thead th")
    find(heads[3], "button").click()
    assert heads[3].get_attribute("aria-sort") == "descending"
    best_first = rows_of_report(opened)
    assert best_first.index("sharp") < best_first.index("plain") < best_first.index("rainy")
    find(heads[3], "button").click()
    assert heads[3].get_attribute("aria-sort") == "ascending"
    assert rows_of_report(opened) == best_first[::-1]
    find(heads[0], "button").click()
    assert heads[3].get_attribute("aria-sort") == "none"


def test_images_sort_by_the_numbers_in_their_names(opened: WebDriver) -> None:
    find(opened, "#images thead button").click()
    assert texts(opened, "#images tbody th") == ["a 1", "a 2", "a 10", "it's #7? 50%"]


def test_typing_filters_the_rows(opened: WebDriver) -> None:
    search = find(opened, ".blocks input[type=search]")
    search.send_keys("sha")
    assert rows_of_report(opened) == ["sharp"]
    assert find(opened, ".blocks .count").text == "1 of 5 rows"
    search.clear()
    search.send_keys("nothing like it")
    assert rows_of_report(opened) == []


def test_order_and_filter_outlive_a_switch(opened: WebDriver) -> None:
    find(opened, ".blocks thead th:nth-child(4) button").click()
    find(opened, ".blocks input[type=search]").send_keys("a")
    best_first = rows_of_report(opened)
    assert best_first[1:] == ["sharp", "plain", "half", "rainy"]
    choose(opened, "Protocol", "rgb-dcsfn")
    assert rows_of_report(opened) == best_first
    assert find(opened, ".blocks input[type=search]").get_attribute("value") == "a"


def test_the_protocol_switch_changes_every_number(opened: WebDriver) -> None:
    shown = texts(opened, ".blocks .figures")
    assert "y-prenet" in find(opened, ".blocks figcaption").text
    choose(opened, "Protocol", "rgb-dcsfn")
    assert "rgb-dcsfn" in find(opened, ".blocks figcaption").text
    assert "rgb-dcsfn" in find(opened, ".lead").text
    assert texts(opened, ".blocks .figures") != shown
    assert "rgb-dcsfn" in find(opened, "#images figcaption").text


def test_ssim_takes_the_place_of_psnr(opened: WebDriver) -> None:
    find(opened, ".controls [data-value=ssim]").click()
    assert "SSIM of every image" in find(opened, "#images figcaption").text
    assert find(opened, "#images tbody td").text.startswith("0.")


def test_what_reports_respect_stands_beside_the_number(opened: WebDriver) -> None:
    cells = texts(opened, ".blocks tbody td")
    assert any("2/4" in cell and "incomplete" in cell for cell in cells)
    assert any("seen 4/4" in cell and "trained on these images" in cell for cell in cells)
    assert any("inf" in cell for cell in cells)
    assert "trained on these images" in texts(opened, ".blocks .standing .warns")


def test_the_divider_follows_the_pointer_and_the_keys(opened: WebDriver) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    opened.execute_script("document.getElementById('pictures').scrollIntoView()")
    divider, pane = find(opened, ".divider"), find(opened, ".pane")
    assert divider.get_attribute("aria-valuenow") == "50"
    before = style(opened, ".over", "clip-path")
    ActionChains(opened, duration=0).click_and_hold(divider).move_by_offset(
        pane.size["width"] // 4, 0
    ).release().perform()
    assert divider.get_attribute("aria-valuenow") == "75"
    assert style(opened, ".over", "clip-path") != before
    press(opened, divider, "\ue012")  # left
    assert divider.get_attribute("aria-valuenow") == "73"


def test_pictures_are_shown_at_their_own_size(opened: WebDriver) -> None:
    for selector in (".layer img", ".over img", ".strip img"):
        opened.execute_async_script(
            "const [img, done] = arguments; img.decode().then(done)", find(opened, selector)
        )
    assert opened.execute_script("return document.querySelector('.over img').naturalWidth") == 72


def test_zoom_is_the_same_for_all_pictures_and_stays_over_methods(opened: WebDriver) -> None:
    opened.execute_script("document.getElementById('pictures').scrollIntoView()")
    press(opened, find(opened, ".stage"), "++")
    assert find(opened, ".level").text == "196%"
    left, right = style(opened, ".layer img", "transform"), style(opened, ".over img", "transform")
    assert left == right != "none"
    press(opened, None, "\ue014")  # right: the picture moves
    assert style(opened, ".over img", "transform") != right
    moved = style(opened, ".over img", "transform")
    press(opened, find(opened, ".stage"), "2")
    assert style(opened, ".over img", "transform") == moved
    press(opened, find(opened, ".stage"), "b")
    press(opened, find(opened, ".stage"), "+")
    every = opened.execute_script(
        "const all = [...document.querySelectorAll('.stage img')];"
        "return all.map((img) => getComputedStyle(img).transform)"
    )
    assert len(every) == 6
    assert len(set(every)) == 1
    press(opened, find(opened, ".stage"), "0")
    assert find(opened, ".level").text == "100%"


def test_dragging_moves_what_is_zoomed(opened: WebDriver) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    opened.execute_script("document.getElementById('pictures').scrollIntoView()")
    press(opened, find(opened, ".stage"), "++++")
    before = style(opened, ".over img", "transform")
    pane = find(opened, ".pane")
    ActionChains(opened, duration=50).move_to_element_with_offset(
        pane, pane.size["width"] // 4, 0
    ).click_and_hold().move_by_offset(-60, 0).release().perform()
    assert style(opened, ".over img", "transform") != before
    assert find(opened, ".divider").get_attribute("aria-valuenow") == "50"


def test_the_difference_of_a_picture_and_itself_is_black(opened: WebDriver) -> None:
    opened.execute_script("document.getElementById('pictures').scrollIntoView()")
    press(opened, find(opened, ".stage"), "d", "r")
    assert style(opened, ".over", "mix-blend-mode") == "difference"
    assert _brightest(opened) == 0
    press(opened, find(opened, ".stage"), "c")
    assert _brightest(opened) > 50


def _brightest(browser: WebDriver) -> int:
    from io import BytesIO

    from PIL import Image

    browser.execute_async_script(
        "const done = arguments[0];"
        "Promise.all([...document.querySelectorAll('.stage img')].map((i) => i.decode()))"
        ".then(() => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    shot = Image.open(BytesIO(find(browser, ".pane").screenshot_as_png)).convert("L")
    width, height = shot.size
    middle = shot.crop((width // 4, height // 4, 3 * width // 4, 3 * height // 4))
    return int(np.asarray(middle).max())


def test_a_dot_opens_its_image(opened: WebDriver) -> None:
    choose(opened, "Up", _run_id(opened, "plain"))
    choose(opened, "Across", _run_id(opened, "rainy"))
    dots = find_all(opened, "#pairs .dot")
    assert len(dots) == 4
    opened.execute_script("arguments[0].scrollIntoView()", dots[3])
    name = str(dots[3].get_attribute("aria-label")).partition(":")[0]
    find(dots[3], ".mark").click()
    assert opened.execute_script("return DATA.sets[0].images[state.image].name") == name
    assert texts(opened, ".captions strong") == ["Left: rainy", "Right: plain"]


def test_only_images_that_both_have_are_compared(opened: WebDriver) -> None:
    choose(opened, "Across", _run_id(opened, "half"))
    choose(opened, "Up", _run_id(opened, "sharp"))
    assert len(find_all(opened, "#pairs .dot")) == 2
    assert "2 of the set not scored for both" in find(opened, "#pairs [role=status]").text
    assert len(find_all(opened, "#pairs .dot.hollow")) == 2  # scenes that were trained on
    choose(opened, "Across", _run_id(opened, HOSTILE))
    assert "1 restored exactly, and not drawn" in find(opened, "#pairs [role=status]").text


def test_the_worst_image_is_one_click_away(opened: WebDriver) -> None:
    choose(opened, "Up", _run_id(opened, "plain"))
    [worst] = [
        part for part in find_all(opened, ".telling section")
        if find(part, "h3").text == "Worst of plain"
    ]  # fmt: skip
    button = find(worst, "button")
    name = button.text
    opened.execute_script("arguments[0].scrollIntoView()", button)
    button.click()
    assert opened.execute_script("return DATA.sets[0].images[state.image].name") == name


def _run_id(browser: WebDriver, row: str) -> str:
    return str(
        browser.execute_script("return DATA.runs.find((r) => r.row === arguments[0]).id", row)
    )


def test_a_number_tells_where_it_comes_from(opened: WebDriver) -> None:
    find_all(opened, ".blocks td .figures")[-1].click()
    dialog = find(opened, "dialog")
    assert dialog.is_displayed()
    for words in (_run_id(opened, "sharp"), f"{2:064x}", "seen 4/4", "pairs:test"):
        assert words in dialog.text
    assert "rainbench run --method sharp --dataset pairs" in find(opened, ".command code").text
    press(opened, None, "\ue00c")  # escape
    assert not dialog.is_displayed()


def test_hostile_names_are_words(opened: WebDriver) -> None:
    assert HOSTILE in texts(opened, "#images thead button span")
    assert opened.execute_script("return document.querySelectorAll('img[src=x]').length") == 0
    assert opened.execute_script("return document.querySelectorAll('b').length") == 0


def test_the_policy_holds_against_a_script_that_comes_in(opened: WebDriver) -> None:
    opened.execute_script(
        "const bad = document.createElement('script'); bad.textContent = 'window.bad = 1';"
        "document.body.append(bad)"
    )
    assert opened.execute_script("return window.bad === undefined")
    assert "Content Security Policy" in opened.get_log("browser")[0]["message"]


def test_everything_is_in_reach_of_the_keyboard(opened: WebDriver) -> None:
    visited = set()
    for _ in range(150):
        press(opened, None, "\ue004")  # tab
        visited.add(
            opened.execute_script(
                "const at = document.activeElement;"
                "const part = at.closest('[id]')?.id ?? '';"
                "return `${at.getAttribute('role')} ${at.tagName} ${part}`"
            )
        )
    for reached in (
        "null BUTTON report", "group DIV pictures", "slider DIV pictures", "button g pairs",
        "null BUTTON images", "null BUTTON runs", "null A page", "region DIV images",
    ):  # fmt: skip
        assert reached in visited or reached.replace("report", "main") in visited, visited


def test_the_dots_are_walked_by_arrow_keys(opened: WebDriver) -> None:
    press(opened, find(opened, "#pairs .dot"), "\ue014", "\ue014", "\ue007")
    assert find_all(opened, "#pairs .dot")[2].get_attribute("tabindex") == "0"
    assert opened.execute_script(
        "return document.querySelector('#pairs .dot.current').dataset.image === String(state.image)"
    )


def test_a_view_can_be_sent_to_somebody(opened: WebDriver, page: Path) -> None:
    press(opened, find(opened, ".stage"), "]", "d", "1")
    address = opened.current_url
    opened.get("about:blank")
    opened.get(address)
    assert opened.execute_script("return [state.image, state.mode]") == [1, "difference"]
    opened.get(f"{page.as_uri()}#image=99&right=nobody&mode=<b>&protocol=none")
    assert find(opened, ".stage").is_displayed()


def test_light_turns_to_dark_and_back(opened: WebDriver) -> None:
    light = style(opened, "body", "background-color")
    find(opened, ".theme").click()
    assert style(opened, "body", "background-color") != light
    find(opened, ".theme").click()
    assert style(opened, "body", "background-color") == light


def test_pictures_that_do_not_lie_beside_it_are_told_of(
    browser: WebDriver, page: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "moved.html"
    moved.write_bytes(page.read_bytes())
    browser.get(moved.as_uri())
    browser.execute_async_script("setTimeout(arguments[0], 200)")
    assert "page_files/ does not lie beside this page" in find(browser, ".stage").text
    browser.get_log("browser")  # the files that are missing are named there, rightly


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_phone_scrolls_one_way_only(page: Path, dark: bool) -> None:
    with open_browser(PHONE, dark=dark) as phone:
        phone.get(page.as_uri())
        for mode in ("s", "b", "d"):
            press(phone, find(phone, ".stage"), mode)
            wide = phone.execute_script("return document.documentElement.scrollWidth")
            assert wide <= PHONE[0]
        assert faults(phone) == []


@pytest.mark.parametrize("mode", ["slider", "beside", "difference"])
def test_axe_finds_no_fault(opened: WebDriver, mode: str) -> None:
    opened.execute_script("change({ mode: arguments[0] })", mode)
    assert faults(opened) == []


def test_axe_finds_no_fault_in_provenance(opened: WebDriver) -> None:
    find(opened, ".blocks td .figures").click()
    assert faults(opened) == []
