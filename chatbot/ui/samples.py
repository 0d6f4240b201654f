"""Inputs to try, for the empty page. They are the files of `assets/samples` that are there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from chatbot.ui.markup import Icon, escape, icon
from chatbot.ui.words import Words
from pipelines.core.assets import SAMPLES

_INPUTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("", ("cat.jpg",)),
    ("", ("jfk.flac",)),
    ("What does the sign say?", ("sign.png",)),
    ("I just got the job I was hoping for! How should I celebrate?", ()),
)


@dataclass(frozen=True)
class Sample:
    """A message to try. `number` is its place among the words' samples."""

    number: int
    text: str
    files: tuple[Path, ...]

    @property
    def picture(self) -> Path | None:
        """The picture that the card shows."""
        return next((path for path in self.files if path.suffix in {".jpg", ".png"}), None)

    @property
    def icon(self) -> Icon:
        """The drawing of a card without a picture."""
        return "voice" if self.files else "text"


def samples() -> list[Sample]:
    """Return the samples whose files exist. Questions are English, which the reply's model knows."""
    found = [
        Sample(number, text, tuple(SAMPLES / name for name in names))
        for number, (text, names) in enumerate(_INPUTS)
    ]
    return [sample for sample in found if all(path.is_file() for path in sample.files)]


def welcome(words: Words) -> str:
    """Return the empty page: a greeting and a card for each sample; `data-sample` is its number."""
    page = words.page
    cards = "".join(_card(sample, words) for sample in samples())
    return (
        f'<div class="trio-welcome"><h2>{escape(page.welcome)}</h2><p>{escape(page.welcome_more)}</p>'
        f'<ul class="trio-samples" aria-label="{escape(page.samples_label)}">{cards}</ul></div>'
    )


def _card(sample: Sample, words: Words) -> str:
    if sample.picture is not None:
        source = escape(f"gradio_api/file={sample.picture}")
        art = f'<img src="{source}" alt="" loading="lazy">'
    else:
        art = f'<span class="trio-sample-art">{icon(sample.icon)}</span>'
    kind, title = words.page.sample_kinds[sample.number], words.page.samples[sample.number]
    return (
        f'<li><button type="button" class="trio-sample" data-sample="{sample.number}">{art}<span>'
        f'<span class="trio-sample-kind">{escape(kind)}</span>'
        f'<span class="trio-sample-title">{escape(title)}</span></span></button></li>'
    )
