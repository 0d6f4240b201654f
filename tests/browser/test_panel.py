"""What Trio understood, in a real browser: opened, read, put right with the mouse and with the keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatbot.history import LOCAL_USER
from chatbot.ui.words import words_for
from pipelines.core.types import Stage
from tests.support.panel_page import MISHEARD, SAID, PanelPage, fill

expect = pytest.importorskip("playwright.sync_api").expect
WORDS = words_for("en")
SAYS = WORDS.understood.correction
REASONS = WORDS.understood.why
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
VOICE_FORM = ".trio-row[data-stage='transcribe'] .trio-edit"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PanelPage]:
    with PanelPage(tmp_path_factory.mktemp("panel")) as page:
        yield page


@pytest.fixture
def panel_page(served: PanelPage) -> PanelPage:
    """The page with a fresh conversation of every kind of card."""
    served.conversation = served.history.create(LOCAL_USER).id
    fill(served)
    return served


@pytest.fixture
def tab(browser: Any, panel_page: PanelPage, request: pytest.FixtureRequest) -> Iterator[Any]:
    options = getattr(request, "param", {"viewport": {"width": 1280, "height": 900}})
    context = browser.new_context(**options)
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(panel_page.url)
    expect(tab.locator(".trio-panel")).to_have_count(4)
    yield tab
    context.close()
    assert errors == []


def opened(tab: Any, number: int) -> Any:
    tab.get_by_role("button", name=WORDS.panel.evidence).nth(number).click()
    return tab.locator(".trio-panel").nth(number)


def calls(page: PanelPage, stage: Stage) -> int:
    return len(page.registry.get(stage).calls)


def test_a_wrong_transcript_is_put_right_and_answered_again(panel_page: PanelPage, tab: Any) -> None:
    panel = opened(tab, 1)
    expect(panel.locator(".trio-flag")).to_have_text("Your words sound happy, but your voice sounds sad.")
    panel.locator(f"{VOICE_FORM} > summary").click()
    field = panel.get_by_label(SAYS.transcript, exact=True)
    expect(field).to_be_focused()
    expect(field).to_have_value(MISHEARD)
    heard = calls(panel_page, Stage.TRANSCRIBE)
    field.fill(SAID)
    panel.get_by_role("button", name=SAYS.again).first.click()
    again = tab.locator(".trio-panel").nth(1)
    expect(again.locator(".trio-badge")).to_have_text(SAYS.by_you, timeout=20_000)
    assert calls(panel_page, Stage.TRANSCRIBE) == heard
    if again.is_hidden():
        opened(tab, 1)
    expect(again.locator("[data-stage='transcribe'] blockquote")).to_have_text(SAID)
    original = again.locator(".trio-original del")
    expect(original).to_be_hidden()
    again.locator(".trio-original > summary").click()
    expect(original).to_be_visible()
    expect(original).to_have_text(MISHEARD)
    expect(again.locator(".trio-lead").first).to_contain_text("Your words sound sad.")
    expect(again.locator(".trio-flag")).to_have_count(0)
    shown = panel_page.history.path(LOCAL_USER, panel_page.conversation)
    assert (len(shown), shown[1].sibling, shown[1].siblings) == (2, 2, 2)


def test_the_form_works_with_the_keyboard_and_refuses_nothing_new(tab: Any) -> None:
    panel = opened(tab, 1)
    summary = panel.locator(f"{VOICE_FORM} > summary")
    assert summary.get_attribute("aria-label") == SAYS.edit_transcript
    summary.focus()
    tab.keyboard.press("Enter")
    field = panel.get_by_label(SAYS.transcript, exact=True)
    expect(field).to_be_focused()
    tab.keyboard.press("Control+Enter")
    problem = panel.locator(".trio-correction-problem").first
    expect(problem).to_have_text(SAYS.same)
    assert field.get_attribute("aria-invalid") == "true"
    field.fill("  ")
    tab.keyboard.press("Control+Enter")
    expect(problem).to_have_text(SAYS.empty)
    tab.keyboard.press("Escape")
    expect(field).to_be_hidden()
    expect(summary).to_be_focused()
    tab.keyboard.press("Enter")
    expect(field).to_have_value(MISHEARD)


def test_a_wrong_caption_is_put_right(panel_page: PanelPage, tab: Any) -> None:
    panel = opened(tab, 1)
    form = panel.locator(".trio-row[data-stage='caption'] .trio-edit")
    form.locator(":scope > summary").click()
    seen = calls(panel_page, Stage.CAPTION)
    panel.get_by_label(SAYS.caption, exact=True).fill("A tabby cat.")
    form.get_by_role("button", name=SAYS.again).click()
    again = tab.locator(".trio-panel").nth(1)
    expect(again.locator(".trio-badge")).to_have_count(1, timeout=20_000)
    expect(again.locator("[data-stage='caption'] blockquote")).to_have_text("A tabby cat.")
    assert calls(panel_page, Stage.CAPTION) == seen


@pytest.mark.parametrize("tab", [PHONE], indirect=True)
def test_nothing_is_wider_than_a_phone(tab: Any) -> None:
    panel = opened(tab, 1)
    panel.locator(f"{VOICE_FORM} > summary").click()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    for part in panel.locator(".trio-card, .trio-timeline, .trio-correction").all():
        box = part.bounding_box()
        assert box is not None
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390


def test_the_mood_line_shows_its_points_and_leads_to_their_messages(panel_page: PanelPage, tab: Any) -> None:
    points = panel_page.history.mood(LOCAL_USER, panel_page.conversation)
    links = tab.locator(".trio-moodline a")
    expect(links.first).to_be_hidden()
    tab.get_by_role("button", name=WORDS.understood.plot.title).click()
    expect(links).to_have_count(len(points))
    assert len(points) == 3
    heights = [link.bounding_box()["y"] for link in links.all()]
    assert heights == sorted(heights), "happy, happy with a sad voice, sad: the line falls"
    links.last.click()
    turn = tab.locator(f"[id='turn-{points[-1].turn}']")
    expect(turn).to_be_in_viewport()


@pytest.mark.parametrize("tab", [{"viewport": {"width": 1280, "height": 900}}, PHONE], indirect=True)
def test_no_label_of_the_mood_line_is_cut(panel_page: PanelPage, tab: Any) -> None:
    tab.get_by_role("button", name=WORDS.understood.plot.title).click()
    cut = tab.locator(".trio-moodline").evaluate(
        """(plot) => {
          const scroll = plot.querySelector(".trio-moodline-scroll");
          const outside = (label, within) => {
            const [a, b] = [label.getBoundingClientRect(), within.getBoundingClientRect()];
            return a.left < b.left || a.right > b.right || a.top < b.top || a.bottom > b.bottom;
          };
          const names = plot.querySelectorAll("a span");
          const longest = [...names].map((name) => { name.textContent = "disgusted"; return name; });
          const cut = [];
          for (const [name, end] of [[longest[0], -1e6], [longest.at(-1), 1e6]]) {
            scroll.scrollLeft = end;
            if (outside(name, scroll)) cut.push(name.getBoundingClientRect().toJSON());
          }
          if (outside(plot, document.documentElement)) cut.push(plot.getBoundingClientRect().toJSON());
          return cut;
        }"""
    )
    assert cut == []


def test_screen_readers_get_meters_and_a_table(tab: Any) -> None:
    panel = opened(tab, 1)
    values = panel.get_by_role("meter").evaluate_all(
        "all => all.map(e => [e.ariaLabel, e.ariaValueText, +e.ariaValueNow])"
    )
    assert ["joy", "86 %", 86.0] in values
    assert all(name and re.fullmatch(r"<?\d+ %", text) for name, text, _ in values)
    table = panel.get_by_role("table", name=WORDS.understood.timeline.title)
    heads = [head.text_content() for head in table.get_by_role("columnheader").all()]
    says = WORDS.understood.timeline
    assert heads == [says.stage, says.start, says.course, says.duration]
    assert table.get_by_role("rowheader").count() == 10


def test_hostile_words_do_nothing(tab: Any) -> None:
    opened(tab, 3)
    tab.wait_for_timeout(200)
    assert tab.evaluate("window.hit") is None
    expect(tab.locator(".trio-error")).to_contain_text("could not be read")


def why(panel: Any, stage: Stage) -> Any:
    return panel.locator(f".trio-row[data-stage='{stage}'] .trio-reasons")


def test_the_words_behind_a_feeling_are_shown_on_request(tab: Any) -> None:
    reasons = why(opened(tab, 2), Stage.TEXT_EMOTION)
    button = reasons.get_by_role("button")
    expect(button).to_have_text(REASONS.why)
    expect(reasons.locator("mark")).to_have_count(0)
    button.click()
    strongest = reasons.locator(".trio-why-text mark")
    expect(strongest).to_have_text(["sad"], timeout=20_000)
    expect(reasons.locator(".trio-why-line")).to_have_text(REASONS.word("sad", "sadness", 86))
    expect(button).to_have_attribute("aria-expanded", "true")
    button.click()
    expect(reasons.locator(".trio-why-answer")).to_be_hidden()
    button.click()
    expect(strongest).to_be_visible()


def test_the_region_and_the_moment_are_shown_on_request(tab: Any, shots: Path) -> None:
    panel = opened(tab, 1)
    seen, heard = why(panel, Stage.CAPTION), why(panel, Stage.SPEECH_EMOTION)
    seen.get_by_role("button").click()
    expect(seen.locator(".trio-why-line")).to_have_text(REASONS.region(0, 0), timeout=30_000)
    box, picture = (seen.locator(f".trio-why-map > {part}").bounding_box() for part in ("svg", "img"))
    assert box == pytest.approx(picture, abs=0.5)
    heard.get_by_role("button").click()
    expect(heard.locator(".trio-why-line")).to_have_text(REASONS.stretch(0.25, 0.5, "sad"), timeout=20_000)
    expect(heard.locator(".trio-why-strip rect.trio-for")).to_have_count(1)
    tab.set_viewport_size({"width": 1280, "height": 2100})
    upper = {**panel.bounding_box(), "height": 720}
    tab.screenshot(path=str(shots / "reasons.png"), clip=upper)


def test_a_press_while_trio_looks_ends_it(panel_page: PanelPage, tab: Any) -> None:
    before = calls(panel_page, Stage.CAPTION)
    seen = why(opened(tab, 1), Stage.CAPTION)
    button = seen.get_by_role("button")
    button.click()
    expect(button).to_have_text(REASONS.stop)
    expect(seen.locator(".trio-why-step")).to_have_text(re.compile(r"\d+ of 25"), timeout=20_000)
    button.click()
    expect(button).to_have_text(REASONS.why)
    for _ in range(40):
        if not panel_page.explaining.running:
            break
        tab.wait_for_timeout(250)
    assert panel_page.explaining.running == {}
    assert calls(panel_page, Stage.CAPTION) - before < 25, "the rest of the picture was not asked about"
    expect(seen.locator(".trio-why-answer")).to_be_empty()
