"""What the server knows of the people who use it, in one place for routes, handlers and web sockets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from chatbot.config.settings import Settings
from chatbot.web.admission.limits import Allowance, is_loopback, rates_of
from chatbot.web.admission.turn_queue import Ticket, TurnQueue
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
    def turn(
        self, connection: HTTPConnection, cancel: CancelToken, conversation: str = ""
    ) -> Iterator[Ticket]:
        """Take a ticket of the queue for a turn, if the person may send another one now.

        Args:
            connection: The request or web socket that the turn comes from.
            cancel: The turn's token.
            conversation: Its id, for the log.

        Raises:
            LimitError: if it is too much; the message says when to try again.
        """
        person = rate_limit_key(connection)
        self.allowance.take(person)
        with self.queue.ticket(person, cancel, conversation) as ticket:
            yield ticket

    @contextmanager
    def call_turn(self, user: str, cancel: CancelToken) -> Iterator[None]:
        """Wait in the queue for a turn of a person's voice call, and hold the ticket.

        Raises:
            LimitError: if it is too much; the message says when to try again.
            Cancelled: if the token is cancelled meanwhile.
        """
        self.allowance.take(user)
        with self.queue.ticket(user, cancel, "call") as ticket:
            for _ in ticket.wait():
                cancel.raise_if_cancelled()
            yield


def hosting_of(settings: Settings, host: str) -> Hosting:
    """Return the people's side of a server that listens at `host`.

    Raises:
        SettingsError: if the users file or the key for logins cannot be used.
    """
    limited = settings.auth is not None or not is_loopback(host) or "turns_each" in settings.model_fields_set
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
