"""Kept conversations in English."""

from __future__ import annotations

from chatbot.ui.words.history_words import ActionWords, Ask, HistoryWords, SidebarWords

SIDEBAR = SidebarWords(
    sidebar="Conversations and pictures",
    conversations="Conversations",
    pictures="Pictures",
    search="Search conversations",
    search_pictures="Search pictures by what they show",
    today="Today",
    yesterday="Yesterday",
    earlier="Earlier",
    untitled="Untitled",
    more="Show more",
    pinned="Pinned",
    pin="Pin",
    unpin="Unpin",
    rename="Rename",
    delete="Delete",
    export="Export",
    export_all="Export all",
    bring_in="Import",
    sign_out="Log out",
    brought_in="Conversations imported: {count}.",
    there_already="Already here, not added again: {count}.",
    left_out="{name} was left out. {why}",
    nothing_yet="Your conversations will appear here.",
    nothing_found="No results",
    no_pictures="Pictures you send will appear here.",
    no_caption="No description",
    by_words_alone="Showing exact word matches only: search by meaning is unavailable.",
    not_kept="This conversation is not saved.",
    places={
        "title": "title",
        "words": "your message",
        "transcript": "your recording",
        "reply": "reply",
        "caption": "picture",
        "text in picture": "text in a picture",
    },
    of="{action}: {title}",
)

ACTIONS = ActionWords(
    question="Actions for your message",
    reply="Actions for the reply",
    edit="Edit and resend",
    copy="Copy",
    copied="Copied",
    retry="Answer again",
    retry_with_another="Answer again with another model",
    go_on="Continue",
    undo="Undo the last message",
    redo="Redo",
    undone="The last message was undone.",
    like="Good reply",
    dislike="Bad reply",
    versions="Versions of this message",
    previous="Previous version",
    following="Next version",
    place="{number} of {count}",
    voice="Spoken reply",
    listen="Listen",
    playback_speed="Playback speed",
    recording="Your recording",
    show_all="Show all",
    show_less="Show less",
    interrupted="Interrupted: the reply ends here.",
    writing="Still replying…",
    instructions="Instructions for this conversation",
    instructed="Instructions on",
    missing="This conversation does not exist. It may have been deleted.",
)

ASKS = {
    "edit": Ask("Edit message", "Your message", "Send"),
    "rename": Ask("Rename conversation", "Title", "Rename"),
    "delete": Ask(
        "Delete this conversation?",
        "Its messages, pictures and recordings will be permanently deleted.",
        "Delete",
    ),
    "instruct": Ask(
        "Instructions for this conversation",
        "What Trio should follow in every reply here, such as a role or a tone. Leave empty for none.",
        "Save",
    ),
    "like": Ask("Good reply", "What was good about it? (optional)", "Save"),
    "dislike": Ask("Bad reply", "What was wrong with it? (optional)", "Save"),
}

HISTORY = HistoryWords(SIDEBAR, ACTIONS, ASKS, cancel="Cancel")
