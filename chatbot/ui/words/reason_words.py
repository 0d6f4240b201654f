"""What the reasons under a finding must say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReasonWords:
    """Why a label was given. Fields with braces are templates for the methods."""

    why: str
    why_stage: str
    looking: str
    step: str
    stop: str
    method: str
    word_for: str
    no_word: str
    place: str
    no_place: str
    moment: str
    no_moment: str
    speaks_for: str
    speaks_against: str
    rows: tuple[str, str, str]
    columns: tuple[str, str, str]
    place_name: str

    def asks(self, stage: str) -> str:
        """Return the name of the button. `stage`: name of the finding."""
        return self.why_stage.format(stage=stage)

    def progress(self, done: int, total: int) -> str:
        """Return how many parts have been hidden."""
        return self.step.format(done=done, total=total)

    def word(self, word: str, label: str, points: int) -> str:
        """Return which word mattered most. `points`: of a hundred, that the probability falls without it."""
        return self.word_for.format(word=word, label=label, points=points)

    def region(self, row: int, column: int) -> str:
        """Return where in the picture it mattered most; both numbers 0, 1 or 2."""
        where = self.place_name.format(row=self.rows[row], column=self.columns[column])
        return self.place.format(where=where)

    def stretch(self, start: float, end: float, label: str) -> str:
        """Return when in the recording it mattered most, in seconds."""
        return self.moment.format(start=f"{start:.2f}", end=f"{end:.2f}", label=label)
