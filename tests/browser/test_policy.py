"""Pages run no script but ours, and the forms of CKAN do what they did."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.visiting import Misdeeds, Portal

REFUSED = "Content Security Policy"


def log_in(page: Page, portal: Portal) -> None:
    page.goto(portal.at("/user/login"))
    page.locator("#field-login").fill(portal.names["editor"])
    page.locator("#field-password").fill(portal.names["password"])
    page.locator("#field-password").press("Enter")
    page.wait_for_url(lambda url: "/user/login" not in url)


def test_script_that_gets_into_a_page_is_not_run(page: Page, portal: Portal, misdeeds: Misdeeds):
    page.goto(portal.at("/about"))
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = 1";
            document.body.append(script);
            document.body.insertAdjacentHTML("beforeend", "<button id=bad onclick='window.ran = 2'>x</button>");
            setTimeout(() => document.getElementById("bad").click(), 10);
        }"""
    )
    page.wait_for_timeout(200)
    assert page.evaluate("() => window.ran") is None
    assert any(REFUSED in text for text in misdeeds.console)
    misdeeds.console.clear()


def test_nothing_makes_scripts_of_texts(page: Page, portal: Portal):
    page.goto(portal.at("/dataset/"))
    # In a moment, when it is the page's own and no longer the debugger's, which may do anything.
    refused = page.evaluate(
        """() => new Promise((told) => setTimeout(() => {
            try { told(eval("1")); } catch (error) { told(error.name); }
        }, 10))"""
    )
    assert refused == "EvalError"


def test_form_of_a_file_takes_a_link_or_a_file(page: Page, portal: Portal):
    log_in(page, portal)
    page.goto(portal.at(f"/dataset/{portal.names['dataset']}/resource/new"))
    page.locator("#resource-link-button").click()
    page.locator("#field-resource-url").fill("https://data.example.go.id/tabel.csv")
    page.locator(".upload-type .btn-remove-url, .select-type .btn-remove-url").locator("visible=true").first.click()
    assert page.locator("#resource-url-none").is_checked() and page.locator("#field-resource-url").input_value() == ""
    with page.expect_file_chooser() as chosen:
        page.locator("#resource-upload-button").click()
    chosen.value.set_files({"name": "t.csv", "mimeType": "text/csv", "buffer": b"a\r\n1\r\n"})
    assert page.locator("#resource-url-upload").is_checked()


def test_tokens_that_are_ticked_can_be_revoked(page: Page, portal: Portal):
    log_in(page, portal)
    page.goto(portal.at(f"/user/{portal.names['editor']}/api-tokens"))
    page.locator("#name").fill("mesin")
    page.locator("#name").press("Enter")
    page.locator("[name=token]").first.check()
    assert page.locator("#revoke-tokens-button").is_enabled()
    page.locator("[name=token]").first.uncheck()
    assert page.locator("#revoke-tokens-button").is_disabled()
