"""The questions that a person could ask next, as quiet buttons between the conversation and the box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from chatbot.history.follow_ups import FollowUps
from chatbot.ui.markup import escape
from chatbot.ui.tab_session import Session
from chatbot.ui.words import Words

_SCRIPT = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  document.dispatchEvent(new CustomEvent("trio-hush"));
  trigger("pick", { text: button.textContent });
  document.querySelector("#trio-box textarea")?.focus({ preventScroll: true });
});
"""


def follow_ups() -> gr.HTML:
    """Return the part; its event `pick` carries the text of the question that was pressed."""
    return gr.HTML("", js_on_load=_SCRIPT, apply_default_css=False, elem_id="trio-follow-ups")


def follow_up_row(questions: Sequence[str], words: Words) -> str:
    """Return the buttons; "" where there are no questions."""
    if not questions:
        return ""
    buttons = "".join(
        f'<button type="button" dir="auto">{escape(question)}</button>' for question in questions
    )
    label = escape(words.page.follow_ups_label)
    return f'<div class="trio-follow-ups" role="group" aria-label="{label}">{buttons}</div>'


@dataclass(frozen=True, eq=False)
class Suggestions:
    """The questions under the last reply of the conversation that a tab shows.

    Attributes:
        found: Those of all conversations; None where nothing writes any.
    """

    found: FollowUps | None = None

    def shown(self, session: Session) -> tuple[str, ...]:
        """Return the questions that are there; () where the person wants none."""
        if self.found is None or session.conversation is None or not session.options.follow_ups:
            return ()
        return self.found.of(session.conversation)

    def writing(self, session: Session) -> None:
        """Note that the next message is being written: what is not there yet is not written any more."""
        if self.found is not None and session.conversation is not None:
            self.found.give_up(session.conversation)

    def moved_on(self, conversation: str) -> None:
        """Note that the conversation's last reply is another one now, or will be."""
        if self.found is not None:
            self.found.drop(conversation)
