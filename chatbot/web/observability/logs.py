"""Logs without people's words: plain lines, or one JSON object a line."""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from enum import Enum
from typing import Any, TextIO

from chatbot.config.server_options import ServerOptions

HIDDEN = "[not logged]"
_OURS = ("chatbot", "pipelines")
_HANDLER = "trio"


def configure_logging(options: ServerOptions, stream: TextIO | None = None) -> None:
    """Send the logs of the whole process to `stream` (stderr without one), in the wanted form.

    Trio's own records come from `log_level` on, those of libraries from WARNING on.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.set_name(_HANDLER)
    handler.setFormatter(Lines(words=options.log_words, as_json=options.log_format == "json"))
    root = logging.getLogger()
    for old in [kept for kept in root.handlers if kept.get_name() == _HANDLER]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(max(logging.WARNING, logging.getLevelName(options.log_level)))
    for name in _OURS:
        logging.getLogger(name).setLevel(options.log_level)


class Lines(logging.Formatter):
    """Writes a record as one line.

    Without `words` nothing that could hold a person's words is written: of the arguments of a message
    only numbers and names from fixed lists, of an exception only its type and where it was raised, and
    of `fields` all but those that `words_fields` holds.

    Args:
        words: Whether people's words may be written.
        as_json: One JSON object a line.
    """

    def __init__(self, *, words: bool, as_json: bool) -> None:
        super().__init__()
        self._words, self._json = words, as_json

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line."""
        fields: dict[str, Any] = dict(getattr(record, "fields", {}))
        if self._words:
            fields |= getattr(record, "words_fields", {})
        if record.exc_info and record.exc_info[1]:
            fields["exception"] = self._exception(record.exc_info[1])
        when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{record.msecs:03.0f}Z"
        event = self._message(record)
        if self._json:
            head = {"time": when, "level": record.levelname, "logger": record.name, "event": event}
            return _printable(json.dumps(head | fields, ensure_ascii=False, default=str))
        pairs = [f"{name}={_plain(value)}" for name, value in fields.items() if value is not None]
        return _printable(" ".join([when, record.levelname, record.name, _plain_text(event), *pairs]))

    def _message(self, record: logging.LogRecord) -> str:
        if self._words or not record.args:
            return record.getMessage()
        arguments = record.args
        if isinstance(arguments, dict):
            hidden: Any = {name: _shown(value) for name, value in arguments.items()}
        else:
            hidden = tuple(_shown(value) for value in arguments)
        try:
            return str(record.msg) % hidden
        except (TypeError, ValueError):
            return str(record.msg)

    def _exception(self, error: BaseException) -> str:
        frames = traceback.extract_tb(error.__traceback__)
        where = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
        what = f"{type(error).__name__}: {error}" if self._words else type(error).__name__
        return f"{what} at {where}"


def _shown(value: Any) -> Any:
    return value if isinstance(value, int | float | Enum) else HIDDEN


def _plain(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text[1:-1] if text.startswith('"') and " " not in text and "\\" not in text else text


def _printable(line: str) -> str:
    """Return a line in which nothing ends it, moves a terminal's cursor or turns the text round."""
    if line.isprintable():
        return line
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in line)


def _plain_text(text: str) -> str:
    return text.replace("\r", "\\r").replace("\n", "\\n")
