"""What is said under a reply of the files of its message."""

from __future__ import annotations

from chatbot.ui.drafts import Draft, Problem, Remark
from chatbot.ui.markup import notice
from chatbot.ui.tab_session import Note


def draft_notes(draft: Draft) -> list[Note]:
    """Return what is said of the files: which could not be used, and what is to know of the others."""
    remarks: list[Note] = [_remark_note(remark) for remark in draft.remarks]
    return [*(_problem_note(problem) for problem in draft.problems), *remarks]


def _remark_note(remark: Remark) -> Note:
    return lambda words: notice(remark.name, remark.message(words))


def _problem_note(problem: Problem) -> Note:
    return lambda words: notice(words.messages.file_problem(problem.name), problem.message(words))
