"""What the server knows of the people who use it, in one place for routes, handlers and web sockets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from chatbot.config.settings import Settings
from chatbot.web.admission.limits import Allowance, is_shared, rates_of
from chatbot.web.admission.turn_queue import TurnQueue
from chatbot.web.auth.accounts import Accounts
from chatbot.web.auth.identity import LOCAL, current_user
from chatbot.web.auth.login_sessions import Sessions, session_key
from chatbot.web.gradio_guard.file_ownership import FileOwners
from chatbot.web.known_hosts import HostNames, host_names
from pipelines.core.cancel import CancelToken

_ADDRESS = "address "
_MANY = 64


@dataclass(frozen=True, eq=False)
class Hosting:
    """The people's side of the server.

    Attributes:
        sessions: Logins; None without accounts.
        files: Whose a file of the page is.
        allowance: What each person may still ask for.
        queue: The queue of turns.
        names: The names that the server answers to.
        framed: Whether other sites may show the page inside theirs, as a Hugging Face Space is shown.
    """

    sessions: Sessions | None
    files: FileOwners
    allowance: Allowance
    queue: TurnQueue
    names: HostNames = field(default_factory=HostNames)
    framed: bool = False

    @contextmanager
    def enter(self, person: str, cancel: CancelToken) -> Iterator[Iterator[int]]:
        """Take a ticket of the queue, if the person may ask for more work now; see `Admission`.

        Args:
            person: Who asks, as `rate_limit_key` names them.
            cancel: The work's token.

        Raises:
            LimitError: if it is too much; the message says when to try again.
        """
        self.allowance.take(person)
        with self.queue.ticket(person, cancel) as ticket:
            yield ticket.wait()


def hosting_of(settings: Settings, host: str) -> Hosting:
    """Return the people's side of a server that listens at `host`.

    Raises:
        SettingsError: if the users file or the key for logins cannot be used.
    """
    limited = is_shared(settings, host) or "turns_each" in settings.model_fields_set
    sessions = None
    if settings.auth is not None:
        accounts = Accounts(settings.auth.expanduser())
        accounts.names()
        key = session_key(settings.data_dir)
        sessions = Sessions(accounts, key, settings.session_days, settings.root_path or "/")
    return Hosting(
        sessions,
        FileOwners(sessions is not None),
        Allowance(rates_of(settings, host)),
        TurnQueue(settings.turns_at_once, settings.turns_each if limited else _MANY),
        host_names(settings, host),
        framed="SPACE_HOST" in os.environ,
    )


def rate_limit_key(connection: HTTPConnection) -> str:
    """Return whom limits count: the person, or without accounts the address that a request comes from."""
    user = current_user(connection)
    if user not in {None, LOCAL}:
        return str(user)
    return f"{_ADDRESS}{connection.client.host if connection.client else 'unknown'}"


def log_name(person: str) -> str:
    """Return what logs call a person that limits count: the name, never an address."""
    return LOCAL if person.startswith(_ADDRESS) else person
