"""A real headless Chromium, for tests and measurements, where one is installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from selenium.webdriver.chrome.webdriver import WebDriver

AXE = Path(__file__).parent.parent / "node_modules" / "axe-core" / "axe.min.js"
"""Where `make test-all` installs axe-core."""

DESK = (1280, 900)
PHONE = (390, 844)

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    # Whatever is asked of the network goes nowhere, and is seen in the log.
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


def why_no_browser() -> str | None:
    """Say which part of a browser is missing; None: there is one."""
    if find_spec("selenium") is None:
        return "selenium is not installed"
    missing = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    return f"{missing[0]} is not installed" if missing else None


@contextmanager
def open_browser(size: tuple[int, int] = DESK, *, dark: bool = False) -> Iterator[WebDriver]:
    """Open a browser with a profile of its own and a window of so many pixels."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    with TemporaryDirectory(prefix="rainbench-browser-", ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = str(shutil.which("chromium"))
        for flag in (*_FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        service = Service(shutil.which("chromedriver"), log_output=os.devnull)
        browser = webdriver.Chrome(options=options, service=service)
        try:
            _shape(browser, size, dark)
            yield browser
        finally:
            browser.quit()


def _shape(browser: WebDriver, size: tuple[int, int], dark: bool) -> None:
    width, height = size
    metrics: dict[str, Any] = {"width": width, "height": height, "deviceScaleFactor": 1}
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {**metrics, "mobile": size == PHONE}
    )
    features = [
        {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
        {"name": "prefers-reduced-motion", "value": "reduce"},  # a click must not miss
    ]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def faults(browser: WebDriver) -> list[str]:
    """Ask axe-core what serious or critical faults the page has for people who cannot see it."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed")
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = browser.execute_async_script("axe.run().then(arguments[0])")
    assert found["passes"]
    return [
        f"{fault['id']}: {node['html']}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]
