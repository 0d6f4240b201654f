"""The buttons under messages. `actions.js` tells the page which one was pressed, by `data-act`."""

from __future__ import annotations

from chatbot.history import Opinion, Status, TurnRecord
from chatbot.history.resumption import can_go_on
from chatbot.turn.continuation import is_repeating
from chatbot.ui.markup import Icon, english, escape, icon
from chatbot.ui.panel import panel_id
from chatbot.ui.panel.mood import differs
from chatbot.ui.words import Words
from pipelines.core.types import Stage

AGAIN_MENU = "trio-again"
"""Id of the menu of the other models that can answer a turn again."""


def button(
    act: str,
    label: str,
    image: Icon,
    *,
    shown: str = "",
    pressed: bool | None = None,
    controls: str = "",
    menu: str = "",
    **data: str,
) -> str:
    """Return a button.

    Args:
        act: What it does.
        label: Its name for screen readers and as a tooltip.
        image: Its drawing.
        shown: Text beside the drawing.
        pressed: For a button that stays pressed.
        controls: Id of the part that it shows and hides; such a button tells the page's handlers nothing.
        menu: Id of the menu that it opens; such a button tells nothing either.
        data: More of what the handler needs, as `data-` attributes. `ask` opens the dialog of that name,
            `value` is what its field holds at first.
    """
    which = data.get("turn") or data.get("id") or ""
    data = {"key": f"{act} {data.get('opinion', '')}{data.get('step', '')} {which}", **data}
    more = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
    state = "" if pressed is None else f' aria-pressed="{"true" if pressed else "false"}"'
    state += f' aria-expanded="false" aria-controls="{escape(controls)}"' if controls else ""
    state += f' popovertarget="{escape(menu)}"' if menu else ""
    name = escape(label)
    text = f"<span>{escape(shown)}</span>" if shown else ""
    return (
        f'<button type="button" class="trio-act" data-act="{act}" aria-label="{name}" title="{name}"'
        f"{state}{more}>{icon(image)}{text}</button>"
    )


def instructions_button(instructions: str, words: Words) -> str:
    """Return the button for what the person wants of this conversation; it says whether that is anything."""
    said = words.history.actions
    shown = said.instructed if instructions else ""
    opens = button("instruct", said.instructions, "text", shown=shown, ask="instruct", value=instructions)
    return f'<div class="{"trio-on" if instructions else ""}">{opens}</div>'


def temporary_mark(words: Words) -> str:
    """Return the mark of a conversation that is not kept."""
    said = words.messages
    note = escape(said.temporary_note)
    return f'<span class="trio-temporary" title="{note}">{escape(said.temporary)}</span>'


def _row(label: str, buttons: list[str]) -> str:
    return f'<div class="trio-acts" role="group" aria-label="{escape(label)}">{"".join(buttons)}</div>'


def question_actions(turn: TurnRecord, words: Words, *, last: bool) -> str:
    """Return what can be done with a person's message; the last one can be taken back."""
    said = words.history.actions
    buttons = [button("edit", said.edit, "edit", turn=turn.id, ask="edit", value=turn.text)]
    if turn.text:
        buttons.append(button("copy", said.copy, "copy", text=turn.text))
    if turn.siblings > 1:
        buttons.append(_versions(turn, words))
    if last and turn.status != Status.ANSWERING:
        buttons.append(button("undo", said.undo, "undo"))
    return _row(said.question, buttons)


def _versions(turn: TurnRecord, words: Words) -> str:
    said = words.history.actions
    shown = f'<span class="trio-version">{escape(said.version(turn.sibling, turn.siblings))}</span>'
    before = button("version", said.previous, "previous", turn=turn.id, step="-1") if turn.sibling > 1 else ""
    after = (
        button("version", said.following, "next", turn=turn.id, step="1")
        if turn.sibling < turn.siblings
        else ""
    )
    label = escape(said.versions)
    return f'<span class="trio-versions" role="group" aria-label="{label}">{before}{shown}{after}</span>'


def reply_actions(turn: TurnRecord, words: Words) -> str:
    """Return the row under a reply: what can be done with it, and what shows what Trio understood."""
    said, text = words.history.actions, turn.reply_text.strip()
    buttons = []
    if (voice := turn.spoken_reply) is not None:
        buttons.append(button("listen", said.listen, "speaker", audio=voice.id))
    if text:
        buttons.append(button("copy", said.copy, "copy", text=text))
    buttons.append(button("retry", said.retry, "retry", turn=turn.id))
    buttons.append(button("others", said.retry_with_another, "down", menu=AGAIN_MENU, turn=turn.id))
    if text:
        buttons += [_opinion(turn, Opinion.LIKE, words), _opinion(turn, Opinion.DISLIKE, words)]
    if has_panel(turn):
        buttons.append(_evidence(turn, words))
    buttons.append(_writer(turn))
    reason = turn.rating.reason if turn.rating is not None else ""
    note = f'<span class="trio-reason trio-plain" dir="auto">{escape(reason)}</span>' if reason else ""
    return _row(said.reply, [*buttons, note])


def _writer(turn: TurnRecord) -> str:
    """Return which model wrote the reply, where there are several versions to compare; "" otherwise."""
    model = turn.reply.models.get(Stage.GENERATE, "")
    if turn.siblings < 2 or not model:
        return ""
    return f'<span class="trio-writer" title="{escape(model)}">{english(model.partition(" (")[0])}</span>'


def has_panel(turn: TurnRecord) -> bool:
    """Whether there is something to show of what Trio understood."""
    return turn.answer is not None or bool(turn.evidence)


def _evidence(turn: TurnRecord, words: Words) -> str:
    """Return the button of the panel; it says where words and voice differ."""
    shown, emotion = words.panel.evidence, turn.emotion
    differ = emotion is not None and differs(emotion)
    name = words.panel.named(shown, words.understood.card.differ if differ else words.panel.title)
    drawing: Icon = "warning" if differ else "evidence"
    return button("evidence", name, drawing, shown=shown, controls=panel_id(turn.id))


def _opinion(turn: TurnRecord, opinion: Opinion, words: Words) -> str:
    said = words.history.actions
    label, image = (said.like, "like") if opinion is Opinion.LIKE else (said.dislike, "dislike")  # type: tuple[str, Icon]
    mine = turn.rating is not None and turn.rating.opinion == opinion
    asks = {} if mine else {"ask": str(opinion), "value": ""}
    given = "" if mine else str(opinion)
    key = f"rate {opinion} {turn.id}"
    return button("rate", label, image, pressed=mine, turn=turn.id, opinion=given, key=key, **asks)


def cut_mark(turn: TurnRecord, words: Words, *, last: bool) -> str:
    """Return that a reply was cut, and why, and on the last one the button that goes on."""
    if not can_go_on(turn):
        return ""
    label = words.history.actions.go_on
    more = button("continue", label, "next", shown=label, turn=turn.id) if last else ""
    said = escape(words.messages.repeating if is_repeating(turn.answer) else words.messages.cut)
    said = said if turn.status == Status.DONE else ""
    return f'<p class="trio-stopped trio-cut">{said}{more}</p>' if said or more else ""


def status_mark(turn: TurnRecord, words: Words) -> str:
    """Return the mark of a reply that did not end by itself; "" for one that did."""
    said = words.history.actions
    if turn.status == Status.INTERRUPTED:
        return f'<p class="trio-stopped trio-interrupted">{icon("warning")}{escape(said.interrupted)}</p>'
    if turn.status == Status.ANSWERING:
        line = f'<span class="trio-dot"></span>{escape(said.writing)}'
        return f'<p class="trio-stopped trio-pending" data-refresh role="status">{line}</p>'
    if turn.status == Status.STOPPED:
        return f'<p class="trio-stopped">{icon("stop")}{escape(words.messages.stopped)}</p>'
    return ""
