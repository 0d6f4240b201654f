"""The page in English."""

from __future__ import annotations

from chatbot.ui.words import settings_words, tool_words
from chatbot.ui.words.catalogue import LabelWords, MessageWords, PageWords, PanelWords, StatusWords, Words
from chatbot.ui.words.en_history import HISTORY
from chatbot.ui.words.en_understood import UNDERSTOOD
from chatbot.ui.words.problem_words import ENGLISH_PROBLEMS
from pipelines.core.types import Stage

PAGE = PageWords(
    tagline="A chatbot that reads, sees, listens and speaks",
    privacy="Runs on this computer. Nothing you send leaves it.",
    privacy_sent="Sent to {host} for {stages}.",
    privacy_rest="Everything else stays on this computer.",
    conversation="Conversation",
    box_label="Your message",
    box_placeholder="Message Trio…",
    new_chat="New conversation",
    stop_voice="Stop reading aloud",
    speaking="Reading aloud",
    welcome="What’s on your mind today?",
    welcome_more=(
        "Type a message, add a picture, record your voice, or combine them. Trio replies in "
        "writing and out loud, and shows what it understood."
    ),
    samples=(
        "Describe this picture",
        "Listen to a recording from 1961",
        "What does the sign say?",
        "I just got the job I was hoping for! How should I celebrate?",
    ),
    sample_kinds=("Picture", "Recording", "Picture and question", "Text"),
    samples_label="Try one of these",
    follow_ups_label="Suggested follow-up questions",
)

STATUS = StatusWords(
    ready="Ready",
    warming_up="Loading models: {done} of {total} ready…",
    not_available="Unavailable: {names}",
    separator=", ",
)

MESSAGES = MessageWords(
    empty="Nothing to send yet. Type a message, add a picture or record your voice.",
    busy="Trio is still replying. Wait until it finishes, or press Stop.",
    waiting="Trio is replying to other people. Your message is number {position} in line.",
    nothing_to_continue="This reply cannot be continued. Ask for more in a new message.",
    cut="The reply reached its length limit.",
    repeating="The reply began to repeat itself and was ended.",
    stopped="Stopped",
    failed_title="Trio could not reply",
    voice_note_title="Not read aloud",
    unusable_file="{name} cannot be used",
    no_picture_or_sound="This file is neither a picture nor a recording.",
    unreadable="This file could not be read.",
    allowed=(
        "Supported: pictures (JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, HEIC) and recordings "
        "(WAV, MP3, FLAC, Ogg, Opus, WebM, M4A, AAC, AMR, WMA, AIFF, or the sound of MP4, "
        "MOV, MKV, AVI, TS, MPG)."
    ),
    too_many="A message can have up to {limit} files. This one was left out.",
    too_long=("The recordings in a message can total up to {minutes} minutes. This one was left out."),
    temporary="Temporary chat",
    temporary_note="Not saved: it is gone once you close or reload this page.",
    now_temporary="History is off. Your next message starts a temporary chat, which is not saved.",
    now_kept="History is on. Your next message starts a new conversation, which is saved.",
)

LABELS = LabelWords(
    emotions={
        label: label
        for label in (
            "neutral",
            "calm",
            "happy",
            "loving",
            "sad",
            "angry",
            "fearful",
            "disgusted",
            "surprised",
            "joy",
            "love",
            "sadness",
            "anger",
            "fear",
            "surprise",
            "disgust",
            "positive",
            "negative",
        )
    },
    languages={
        "ar": "Arabic",
        "de": "German",
        "en": "English",
        "es": "Spanish",
        "fr": "French",
        "hi": "Hindi",
        "it": "Italian",
        "ja": "Japanese",
        "ko": "Korean",
        "nl": "Dutch",
        "pl": "Polish",
        "pt": "Portuguese",
        "ru": "Russian",
        "sv": "Swedish",
        "tr": "Turkish",
        "uk": "Ukrainian",
        "zh": "Chinese",
    },
    stages={
        Stage.TRANSCRIBE: "speech recognition",
        Stage.SPEECH_EMOTION: "tone of voice",
        Stage.EMBED: "meaning of text",
        Stage.FEELINGS: "feelings in text",
        Stage.SENTIMENT: "sentiment of text",
        Stage.TEXT_EMOTION: "emotion in text",
        Stage.IMAGE_FEATURES: "picture features",
        Stage.CAPTION: "picture descriptions",
        Stage.OCR: "text in pictures",
        Stage.DETECT: "objects in pictures",
        Stage.SPEAK: "reading aloud",
        Stage.GENERATE: "writing replies",
    },
    text="text",
    voice="recording",
    voice_words="spoken words",
    voice_sound="tone of voice",
    picture_number="picture {number}",
)

PANEL = PanelWords(
    title="What Trio understood",
    evidence="Evidence",
    nothing="Nothing to show. The reply ended before Trio understood anything.",
    mood="Mood of this message",
    timing="Timing",
    no_speech="No speech in the recording.",
    no_text="No text in the picture.",
    thinking="Thinking",
    writing="Replying",
    for_seconds="… {seconds} s",
    confidence="confidence",
    first_text="First word",
    first_sound="Voice",
    text_complete="Full text",
    whole_turn="Total",
    share="weight {share}",
    disagreement="Your words sound {words}, but your voice sounds {voice}.",
    fact="{name}: {value}",
    titles={
        Stage.TRANSCRIBE: "Transcript",
        Stage.SPEECH_EMOTION: "Tone of voice",
        Stage.SENTIMENT: "Sentiment",
        Stage.TEXT_EMOTION: "Emotion",
        Stage.CAPTION: "Description",
        Stage.OCR: "Text in the picture",
        Stage.DETECT: "Objects in the picture",
    },
    titles_of_pictures={
        Stage.CAPTION: "Description of {source}",
        Stage.OCR: "Text in {source}",
        Stage.DETECT: "Objects in {source}",
    },
    doings={
        Stage.TRANSCRIBE: "Transcribing your recording",
        Stage.SPEECH_EMOTION: "Analysing your tone of voice",
        Stage.SENTIMENT: "Analysing sentiment",
        Stage.TEXT_EMOTION: "Analysing emotion",
        Stage.CAPTION: "Looking at {source}",
        Stage.OCR: "Reading text in {source}",
        Stage.DETECT: "Looking for objects in {source}",
    },
    your_text="Your message",
    your_voice="Your recording",
)

ENGLISH = Words(
    "en",
    PAGE,
    STATUS,
    MESSAGES,
    LABELS,
    PANEL,
    HISTORY,
    UNDERSTOOD,
    settings_words.ENGLISH,
    tool_words.ENGLISH,
    gradio={},
    problems=ENGLISH_PROBLEMS,
)
