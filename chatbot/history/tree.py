"""The tree of a conversation's turns: which branch is active, which versions a turn has.

Every turn knows its parent. The active branch runs from `Conversation.root_row` along `Turn.next_row`;
`Conversation.leaf_row` is the last turn shown. Undo moves the leaf up and leaves `next_row` as it is,
so redo, and coming back to another version, find the way down again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import func, literal, select, update
from sqlalchemy.orm import Session, aliased, selectinload

from chatbot.history.errors import NotFoundError
from chatbot.history.tables import Attachment, Conversation, Turn

_AFTER = 0.001
"""Seconds between two changes where the clock has gone back."""


@dataclass(frozen=True)
class BranchPosition:
    """Where a turn stands. All from 1; `number`: along its branch, `sibling` of `siblings` versions."""

    number: int
    sibling: int
    siblings: int


@dataclass(frozen=True)
class Links:
    """The ids and places of a conversation's turns, by row, without what they hold."""

    ids: dict[int, str]
    parents: dict[int, int | None]
    children: dict[int | None, list[int]]

    def position(self, row: int) -> BranchPosition:
        """Return where a turn stands."""
        versions = self.children[self.parents[row]]
        return BranchPosition(len(self.path(row)), versions.index(row) + 1, len(versions))

    def path(self, row: int | None) -> list[int]:
        """Return the rows from the first turn to `row`."""
        rows: list[int] = []
        while row is not None:
            rows.append(row)
            row = self.parents[row]
        return rows[::-1]


def find_conversation(session: Session, user: str, conversation: str) -> Conversation:
    """Return the user's conversation. Raises NotFoundError."""
    query = select(Conversation).where(Conversation.id == conversation, Conversation.owner == user)
    row = session.scalar(query)
    if row is None:
        raise NotFoundError("conversation", conversation)
    return row


def new_conversation(session: Session, user: str, **columns: Any) -> Conversation:
    """Add a conversation; it comes before all the others."""
    row = Conversation(owner=user, **columns)
    mark_changed(session, row)
    session.add(row)
    session.flush()
    return row


def mark_changed(session: Session, conversation: Conversation) -> None:
    """Note that a conversation has changed now: it comes before all others, whatever the clock says."""
    others = (Conversation.owner == conversation.owner, Conversation.id != (conversation.id or ""))
    newest = session.scalar(select(func.max(Conversation.updated_at)).where(*others))
    conversation.updated_at = max(time.time(), (newest or 0.0) + _AFTER)


def find_turn(session: Session, user: str, turn: str) -> tuple[Turn, Conversation]:
    """Return the user's turn and its conversation. Raises NotFoundError."""
    query = (
        select(Turn, Conversation)
        .join(Conversation, Turn.conversation_row == Conversation.row)
        .where(Turn.id == turn, Conversation.owner == user)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFoundError("message", turn)
    return found[0], found[1]


def links(session: Session, conversation: Conversation) -> Links:
    """Return how the turns of a conversation hang together."""
    query = (
        select(Turn.row, Turn.id, Turn.parent_row)
        .where(Turn.conversation_row == conversation.row)
        .order_by(Turn.row)
    )
    result = Links({}, {}, {})
    for row, name, parent in session.execute(query):
        result.ids[row], result.parents[row] = name, parent
        result.children.setdefault(parent, []).append(row)
    return result


def ancestors(session: Session, leaf_row: int | None) -> list[int]:
    """Return the rows from the first turn of the branch down to `leaf_row`."""
    if leaf_row is None:
        return []
    up = (
        select(Turn.row, Turn.parent_row, literal(0).label("up"))
        .where(Turn.row == leaf_row)
        .cte("up", recursive=True)
    )
    parent = aliased(Turn)
    up = up.union_all(select(parent.row, parent.parent_row, up.c.up + 1).where(parent.row == up.c.parent_row))
    return list(session.scalars(select(up.c.row).order_by(up.c.up.desc())))


def load(session: Session, rows: Sequence[int]) -> list[Turn]:
    """Return whole turns, files and corrections too, in the order of `rows`."""
    found: dict[int, Turn] = {}
    for at in range(0, len(rows), 500):
        query = (
            select(Turn)
            .where(Turn.row.in_(rows[at : at + 500]))
            .options(
                selectinload(Turn.attachments).joinedload(Attachment.media), selectinload(Turn.corrections)
            )
        )
        found.update({turn.row: turn for turn in session.scalars(query)})
    return [found[row] for row in rows]


def append(session: Session, conversation: Conversation, turn: Turn, parent_row: int | None) -> None:
    """Hang a new turn under `parent_row` (None: first of the conversation) and make it the leaf."""
    turn.conversation_row, turn.parent_row = conversation.row, parent_row
    session.add(turn)
    session.flush()
    on_branch = parent_row is not None and parent_row == conversation.leaf_row
    rows = [parent_row, turn.row] if on_branch else ancestors(session, turn.row)
    _lead_along(session, [row for row in rows if row is not None])
    if not on_branch:
        conversation.root_row = rows[0]
    conversation.leaf_row = turn.row


def show_version(session: Session, conversation: Conversation, turn: Turn) -> None:
    """Make the branch through `turn` active, as far down as it was shown last."""
    rows = ancestors(session, turn.row)
    _lead_along(session, rows)
    conversation.root_row = rows[0]
    step: int | None = turn.row
    while step is not None:
        conversation.leaf_row = step
        step = session.scalar(select(Turn.next_row).where(Turn.row == step))


def remove_last(session: Session, row: int) -> bool:
    """Delete a turn that no other one follows, whose parent is then the last; return whether it is gone."""
    turn = session.get(Turn, row)
    if turn is None:
        return True
    if session.scalar(select(Turn.row).where(Turn.parent_row == row).limit(1)) is not None:
        return False
    session.execute(update(Turn).where(Turn.next_row == row).values(next_row=None))
    conversation = session.get_one(Conversation, turn.conversation_row)
    if conversation.root_row == row:
        conversation.root_row = None
    if conversation.leaf_row == row:
        conversation.leaf_row = turn.parent_row
    session.delete(turn)
    return True


def _lead_along(session: Session, rows: Sequence[int]) -> None:
    """Make every turn of `rows`, from the top down, point at the next one."""
    for above, below in pairwise(rows):
        session.execute(update(Turn).where(Turn.row == above).values(next_row=below))


def step_back(session: Session, conversation: Conversation) -> bool:
    """Move the leaf to its parent; return False where there is no turn left."""
    if conversation.leaf_row is None:
        return False
    conversation.leaf_row = session.get_one(Turn, conversation.leaf_row).parent_row
    return True


def step_forward(session: Session, conversation: Conversation) -> bool:
    """Move the leaf to the turn that the last step back left; return False where there is none."""
    leaf = conversation.leaf_row
    following = conversation.root_row if leaf is None else session.get_one(Turn, leaf).next_row
    if following is None:
        return False
    conversation.leaf_row = following
    return True
