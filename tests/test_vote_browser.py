"""The voting page in a real Chromium: votes by key, taken back, saved, and read by the report."""

from __future__ import annotations

import json
from pathlib import Path
from time import sleep

import pytest

from rainbench.votes.ballot import make_ballot, render_ballot
from rainbench.votes.vote import read_votes
from tests.browser import PHONE, faults, open_browser, why_no_browser
from tests.made_results import MadeRun, make_results

if (_why := why_no_browser()) is not None:
    pytest.skip(_why, allow_module_level=True)

LEFT, DOWN, RIGHT, BACK = "\ue012", "\ue015", "\ue014", "\ue003"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("vote")
    runs = [MadeRun(label="sharp", gain_db=8), MadeRun(label="plain", gain_db=3)]
    results = make_results(place, runs, names=["a", "b", "c"])
    page = place / "vote.html"
    page.write_text(render_ballot(make_ballot(results, "pairs")), encoding="utf-8")
    return page


def test_votes_are_cast_by_key_taken_back_and_saved(page: Path, tmp_path: Path) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    with open_browser() as browser:
        browser.execute_cdp_cmd(
            "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
        )
        browser.get(page.as_uri())
        assert faults(browser) == []
        ActionChains(browser, duration=0).send_keys("Ann <b>\n").perform()
        assert browser.find_element("css selector", "h1").text == "Pair 1 of 3"
        assert faults(browser) == []
        ActionChains(browser, duration=0).send_keys(LEFT, RIGHT, BACK, DOWN, "r", "r").perform()
        assert browser.find_element("css selector", "h1").text == "Pair 3 of 3"
        browser.find_element("css selector", "[data-key=ArrowRight]").click()
        assert browser.find_element("css selector", "h1").text == "Done, thank you"
        assert faults(browser) == []
        browser.find_element("css selector", ".main").click()
        file = _wait_for(tmp_path, "votes-*.json")
        assert browser.get_log("browser") == []
    votes = read_votes(file)
    assert [vote.choice for vote in votes] == ["first", "tie", "second"]
    assert {vote.voter for vote in votes} == {"Ann <b>"}
    asked = json.loads(page.read_text("utf-8").partition('id="data">')[2].partition("<")[0])
    assert [vote.image for vote in votes] == [pair[0] for pair in asked["pairs"]]
    assert votes[0].first == asked["runs"][asked["pairs"][0][1]]


def _wait_for(folder: Path, pattern: str) -> Path:
    for _ in range(100):
        if found := list(folder.glob(pattern)):
            return found[0]
        sleep(0.05)
    pytest.fail(f"no {pattern} in {folder}")


def test_a_phone_scrolls_one_way_only(page: Path) -> None:
    with open_browser(PHONE) as phone:
        phone.get(page.as_uri())
        phone.find_element("css selector", "form button").click()
        assert phone.execute_script("return document.documentElement.scrollWidth") <= PHONE[0]
        assert faults(phone) == []
