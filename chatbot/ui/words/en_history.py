"""Kept conversations in English."""

from __future__ import annotations

from chatbot.ui.words.history_words import ActionWords, Ask, HistoryWords, SidebarWords

SIDEBAR = SidebarWords(
    sidebar="Conversations and pictures",
    conversations="Conversations",
    pictures="Pictures",
    search="Search conversations",
    search_pictures="Search: “the beach photo”",
    today="Today",
    yesterday="Yesterday",
    earlier="Earlier",
    untitled="Without a title",
    more="Show more",
    rename="Rename",
    delete="Delete",
    export="Export",
    export_all="Export all",
    bring_in="Import",
    sign_out="Sign out",
    brought_in="Conversations imported: {count}",
    nothing_yet="What you talk about appears here.",
    nothing_found="Nothing was found.",
    no_pictures="Pictures that you send appear here.",
    no_caption="Not described",
    by_words_alone="Only words were compared: the model for meanings is not available.",
    not_kept="This conversation is not kept.",
    places={
        "title": "title",
        "words": "your words",
        "transcript": "your voice",
        "reply": "reply",
        "caption": "picture",
        "text in picture": "text in a picture",
    },
    of="{action}: {title}",
)

ACTIONS = ActionWords(
    question="Actions for your message",
    reply="Actions for the reply",
    edit="Edit and send again",
    copy="Copy",
    copied="Copied",
    retry="Answer again",
    go_on="Continue",
    undo="Take back the last message",
    redo="Bring it back",
    undone="The last message was taken back.",
    like="Good reply",
    dislike="Bad reply",
    versions="Versions of this message",
    previous="Earlier version",
    following="Later version",
    place="{number} of {count}",
    voice="The reply, spoken",
    recording="Your recording",
    interrupted="Interrupted: this is as far as the reply came.",
    writing="Still being written…",
    instructions="Instructions for this conversation",
    instructed="Instructions on",
    missing="There is no such conversation. It may have been deleted.",
    not_yours="A file of the message is not there, or is not yours.",
)

ASKS = {
    "edit": Ask("Edit and send again", "Your message", "Send"),
    "rename": Ask("Rename the conversation", "Title", "Rename"),
    "delete": Ask(
        "Delete the conversation for good?", "All its messages, pictures and voices go with it.", "Delete"
    ),
    "instruct": Ask(
        "Instructions for this conversation",
        "What Trio should keep to in every reply here, such as a role or a tone. Empty: nothing special.",
        "Save",
    ),
    "like": Ask("A good reply", "What was good about it? (optional)", "Save"),
    "dislike": Ask("A bad reply", "What was wrong with it? (optional)", "Save"),
}

HISTORY = HistoryWords(SIDEBAR, ACTIONS, ASKS, cancel="Cancel")
