"""Three ways to use a page: with a mouse, with a finger, and with the keyboard alone."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

TABS = 200
SHOWS_FOCUS = """(one) => {
    const {outlineStyle, outlineWidth, boxShadow} = getComputedStyle(one);
    return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) || boxShadow !== "none";
}"""


class Mouse:
    """Clicks on what it wants."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def write(self, field: str, text: str) -> None:
        """Write into the input of an id."""
        self.page.locator(f"#{field}").click()
        self.page.locator(f"#{field}").fill(text)

    def choose(self, field: str, label: str) -> None:
        """Choose an answer of the question of a field."""
        if self.page.locator(f"select#field-{field}").count():
            self.page.locator(f"#field-{field}").select_option(label=label)
        else:
            self.page.locator(f"#entry-{field}").get_by_label(label, exact=True).click()

    def use(self, button: str) -> None:
        """Press the button of an id, which changes the page in place."""
        self.page.locator(f"#{button}").click()

    def press(self, name: str) -> None:
        """Press a button, or follow a link, of a name; the page changes."""
        button, link = (self.page.get_by_role(role, name=name, exact=True) for role in ("button", "link"))
        with self.page.expect_navigation():
            button.or_(link).first.click()

    def enter(self, field: Locator, text: str) -> None:
        """Write into an input and send its form; the page changes."""
        self.go_to(field)
        field.fill(text)
        with self.page.expect_navigation():
            field.press("Enter")

    def follow(self, link: Locator) -> None:
        """Follow a link; the page changes."""
        with self.page.expect_navigation():
            self.go_to(link)

    def go_to(self, target: Locator) -> None:
        """Click on what it wants."""
        target.click()


class Finger(Mouse):
    """Taps on what it wants."""

    def go_to(self, target: Locator) -> None:
        """Tap on what it wants."""
        target.tap()


class Keyboard:
    """Presses Tab until it is there."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def write(self, field: str, text: str) -> None:
        """Write into the input of an id."""
        self._tab_to(field)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, field: str, label: str) -> None:
        """Choose an answer of the question of a field, with the arrow keys."""
        self._tab_to(f"field-{field}")
        chosen = """() => {
            const at = document.activeElement;
            return at.tagName === "SELECT" ? at.selectedOptions[0].text : at.closest("label").innerText.trim();
        }"""
        for _press in range(TABS):
            if self.page.evaluate(chosen) == label:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{field} does not offer {label!r}")

    def use(self, button: str) -> None:
        """Press the button of an id, which changes the page in place."""
        self._tab_to(button)
        self.page.keyboard.press("Enter")

    def press(self, name: str) -> None:
        """Press a button, or follow a link, of a name; the page changes."""
        self._tab_to(name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def enter(self, field: Locator, text: str) -> None:
        """Write into an input and send its form; the page changes."""
        self._tab_until(field)
        self.page.keyboard.type(text)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def follow(self, link: Locator) -> None:
        """Follow a link; the page changes."""
        with self.page.expect_navigation():
            self.go_to(link)

    def go_to(self, target: Locator) -> None:
        """Press Tab until it is there, and Enter."""
        self._tab_until(target)
        self.page.keyboard.press("Enter")

    def _tab_until(self, target: Locator) -> None:
        """Press Tab until the focus is on an element, and can be seen there."""
        for _press in range(TABS):
            if target.evaluate("(one) => one === document.activeElement"):
                assert target.evaluate(SHOWS_FOCUS), f"the focus on {target} cannot be seen"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{TABS} times Tab did not reach {target}")

    def _tab_to(self, wanted: str) -> None:
        """Press Tab until the focus is on the element of an id, or on what bears a name."""
        for _press in range(TABS):
            at = self.page.evaluate("[document.activeElement.id, (document.activeElement.innerText || '').trim()]")
            if wanted in at:
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{TABS} times Tab did not reach {wanted!r}")
