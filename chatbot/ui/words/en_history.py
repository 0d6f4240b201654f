"""Kept conversations in English."""

from __future__ import annotations

from chatbot.ui.words.history_words import ActionWords, Ask, HistoryWords, SidebarWords
from pipelines.core.marks import _

SIDEBAR = SidebarWords(
    sidebar=_("Conversations and pictures"),
    conversations=_("Conversations"),
    pictures=_("Pictures"),
    search=_("Search conversations"),
    search_pictures=_("Search pictures by what they show"),
    today=_("Today"),
    yesterday=_("Yesterday"),
    earlier=_("Earlier"),
    untitled=_("Untitled"),
    more=_("Show more"),
    pinned=_("Pinned"),
    pin=_("Pin"),
    unpin=_("Unpin"),
    rename=_("Rename"),
    delete=_("Delete"),
    export=_("Export"),
    export_all=_("Export all"),
    bring_in=_("Import"),
    sign_out=_("Log out"),
    brought_in=_("Conversations imported: {count}."),
    there_already=_("Already here, not added again: {count}."),
    left_out=_("{name} was left out. {why}"),
    nothing_yet=_("Your conversations will appear here."),
    nothing_found=_("No results"),
    no_pictures=_("Pictures you send will appear here."),
    no_caption=_("No description"),
    by_words_alone=_("Showing exact word matches only: search by meaning is unavailable."),
    not_kept=_("This conversation is not saved."),
    places={
        "title": _("title"),
        "words": _("your message"),
        "transcript": _("your recording"),
        "reply": _("reply"),
        "caption": _("picture"),
        "text in picture": _("text in a picture"),
    },
    of=_("{action}: {title}"),
)

ACTIONS = ActionWords(
    question=_("Actions for your message"),
    reply=_("Actions for the reply"),
    edit=_("Edit and resend"),
    copy=_("Copy"),
    copied=_("Copied"),
    retry=_("Answer again"),
    retry_with_another=_("Answer again with another model"),
    go_on=_("Continue"),
    undo=_("Undo the last message"),
    redo=_("Redo"),
    undone=_("The last message was undone."),
    like=_("Good reply"),
    dislike=_("Bad reply"),
    versions=_("Versions of this message"),
    previous=_("Previous version"),
    following=_("Next version"),
    place=_("{number} of {count}"),
    voice=_("Spoken reply"),
    listen=_("Listen"),
    playback_speed=_("Playback speed"),
    recording=_("Your recording"),
    show_all=_("Show all"),
    show_less=_("Show less"),
    interrupted=_("Interrupted: the reply ends here."),
    writing=_("Still replying…"),
    instructions=_("Instructions for this conversation"),
    instructed=_("Instructions on"),
    missing=_("This conversation does not exist. It may have been deleted."),
)

ASKS = {
    "edit": Ask(_("Edit message"), _("Your message"), _("Send")),
    "rename": Ask(_("Rename conversation"), _("Title"), _("Rename")),
    "delete": Ask(
        _("Delete this conversation?"),
        _("Its messages, pictures and recordings will be permanently deleted."),
        _("Delete"),
    ),
    "instruct": Ask(
        _("Instructions for this conversation"),
        _("What Trio should follow in every reply here, such as a role or a tone. Leave empty for none."),
        _("Save"),
    ),
    "like": Ask(_("Good reply"), _("What was good about it? (optional)"), _("Save")),
    "dislike": Ask(_("Bad reply"), _("What was wrong with it? (optional)"), _("Save")),
}

HISTORY = HistoryWords(SIDEBAR, ACTIONS, ASKS, cancel=_("Cancel"))
