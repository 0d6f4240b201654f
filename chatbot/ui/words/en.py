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
    privacy_sent="Sent to {host}: {stages}.",
    privacy_rest="The rest stays on this computer.",
    conversation="Conversation",
    box_label="Your message",
    box_placeholder="Write, show or say something…",
    retry="Retry",
    new_chat="New chat",
    stop_voice="Stop voice",
    speaking="Speaking",
    welcome="Say it your way",
    welcome_more=(
        "Type a message, drop in a picture or record your voice, alone or together. "
        "Trio answers in text and out loud, and shows what it understood."
    ),
    samples=(
        "Say what is in this picture",
        "Listen to a voice from 1961",
        "What does the sign say?",
        "I just got the job I was hoping for! How should I celebrate?",
    ),
    sample_kinds=("Picture", "Recording", "Picture and question", "Text"),
    samples_label="Try one of these",
)

STATUS = StatusWords(
    ready="Ready",
    warming_up="Models are warming up: {done} of {total} ready…",
    not_available="Not available: {names}",
    separator=", ",
)

MESSAGES = MessageWords(
    empty="There is nothing to send yet: type something, drop in a picture or record your voice.",
    busy="Trio is still answering. Wait for the end, or press Stop first.",
    waiting="Others are being answered. Your message is number {position} in line.",
    nothing_to_retry="There is no message to answer again yet.",
    nothing_to_continue="This reply cannot be continued. Ask for more in a new message.",
    cut="The reply reached its length limit.",
    stopped="Stopped",
    failed_title="No answer this time",
    voice_note_title="Not spoken",
    unusable_file="{name} could not be used",
    no_picture_or_sound="Only pictures and recordings can be read; this file is neither.",
    unreadable="The file could not be read.",
    allowed=(
        "Allowed: pictures (JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, HEIC) and recordings (WAV, MP3, FLAC, "
        "Ogg, Opus, WebM, M4A, AAC, AMR, WMA, AIFF, and the sound of MP4, MOV, MKV, AVI, TS, MPG)."
    ),
    too_many="One message takes at most {limit} files; this one was left out.",
    too_long="The recordings of one message may last {minutes} minutes together; this one was left out.",
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
        Stage.TRANSCRIBE: "speech to text",
        Stage.SPEECH_EMOTION: "emotion of the voice",
        Stage.EMBED: "meaning of words",
        Stage.FEELINGS: "feelings of words",
        Stage.SENTIMENT: "sentiment of words",
        Stage.TEXT_EMOTION: "emotion of words",
        Stage.IMAGE_FEATURES: "features of pictures",
        Stage.CAPTION: "description of pictures",
        Stage.OCR: "text in pictures",
        Stage.SPEAK: "voice",
        Stage.GENERATE: "reply",
    },
    text="text",
    voice="voice",
    voice_words="voice words",
    voice_sound="voice sound",
    picture_number="picture {number}",
)

PANEL = PanelWords(
    title="What Trio understood",
    nothing="Nothing to show: the turn ended before anything was understood.",
    mood="Mood of the message",
    timing="Timing",
    no_speech="No speech was heard in the recording.",
    no_text="No text in the picture.",
    thinking="Thinking",
    writing="Writing",
    for_seconds="… {seconds} s",
    confidence="confidence",
    first_text="first text",
    first_sound="first sound",
    text_complete="text complete",
    whole_turn="whole turn",
    share="counts {share}",
    disagreement="The words sound {words}, but the voice sounds {voice}.",
    fact="{name}: {value}",
    titles={
        Stage.TRANSCRIBE: "Words heard",
        Stage.SPEECH_EMOTION: "Sound of the voice",
        Stage.SENTIMENT: "Sentiment of the words",
        Stage.TEXT_EMOTION: "Emotion of the words",
        Stage.CAPTION: "What the picture shows",
        Stage.OCR: "Text in the picture",
    },
    titles_of_pictures={Stage.CAPTION: "What {source} shows", Stage.OCR: "Text in {source}"},
    doings={
        Stage.TRANSCRIBE: "Listening to your words",
        Stage.SPEECH_EMOTION: "Hearing your tone",
        Stage.SENTIMENT: "Weighing your words",
        Stage.TEXT_EMOTION: "Feeling your words",
        Stage.CAPTION: "Looking at {source}",
        Stage.OCR: "Reading {source}",
    },
    your_text="Your words",
    your_voice="Your voice",
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
