"""The page in English."""

from __future__ import annotations

from chatbot.locale import SOURCE, translation_for
from chatbot.ui.words import settings_words, tool_words
from chatbot.ui.words.catalogue import LabelWords, MessageWords, PageWords, PanelWords, StatusWords, Words
from chatbot.ui.words.en_history import HISTORY
from chatbot.ui.words.en_understood import UNDERSTOOD
from pipelines.core.marks import _, pgettext
from pipelines.core.types import Stage

PAGE = PageWords(
    tagline=_("A chatbot that reads, sees, listens and speaks"),
    privacy=_("Runs on this computer. Nothing you send leaves it."),
    privacy_sent=_("Sent to {host} for {stages}."),
    privacy_rest=_("Everything else stays on this computer."),
    conversation=_("Conversation"),
    box_label=_("Your message"),
    box_placeholder=_("Message Trio…"),
    new_chat=_("New conversation"),
    stop_voice=_("Stop reading aloud"),
    speaking=_("Reading aloud"),
    welcome=_("What’s on your mind today?"),
    welcome_more=_(
        "Type a message, add a picture, record your voice, or combine them. Trio replies in "
        "writing and out loud, and shows what it understood."
    ),
    samples=(
        _("Describe this picture"),
        _("Listen to a recording from 1961"),
        _("What does the sign say?"),
        _("I just got the job I was hoping for! How should I celebrate?"),
    ),
    sample_kinds=(_("Picture"), _("Recording"), _("Picture and question"), _("Text")),
    samples_label=_("Try one of these"),
    follow_ups_label=_("Suggested follow-up questions"),
)

STATUS = StatusWords(
    ready=_("Ready"),
    warming_up=_("Loading models: {done} of {total} ready…"),
    not_available=_("Unavailable: {names}"),
    separator=_(", "),
)

MESSAGES = MessageWords(
    empty=_("Nothing to send yet. Type a message, add a picture or record your voice."),
    busy=_("Trio is still replying. Wait until it finishes, or press Stop."),
    waiting=_("Trio is replying to other people. Your message is number {position} in line."),
    nothing_to_continue=_("This reply cannot be continued. Ask for more in a new message."),
    cut=_("The reply reached its length limit."),
    repeating=_("The reply began to repeat itself and was ended."),
    stopped=_("Stopped"),
    failed_title=_("Trio could not reply"),
    voice_note_title=_("Not read aloud"),
    unusable_file=_("{name} cannot be used"),
    no_picture_or_sound=_("This file is neither a picture nor a recording."),
    unreadable=_("This file could not be read."),
    allowed=_(
        "Supported: pictures (JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, HEIC) and recordings "
        "(WAV, MP3, FLAC, Ogg, Opus, WebM, M4A, AAC, AMR, WMA, AIFF, or the sound of MP4, "
        "MOV, MKV, AVI, TS, MPG)."
    ),
    too_many=_("A message can have up to {limit} files. This one was left out."),
    too_long=_("The recordings in a message can total up to {minutes} minutes. This one was left out."),
    temporary=_("Temporary chat"),
    temporary_note=_("Not saved: it is gone once you close or reload this page."),
    now_temporary=_("History is off. Your next message starts a temporary chat, which is not saved."),
    now_kept=_("History is on. Your next message starts a new conversation, which is saved."),
)

LABELS = LabelWords(
    emotions={
        "neutral": _("neutral"),
        "calm": _("calm"),
        "happy": _("happy"),
        "loving": _("loving"),
        "sad": _("sad"),
        "angry": _("angry"),
        "fearful": _("fearful"),
        "disgusted": _("disgusted"),
        "surprised": _("surprised"),
        "joy": _("joy"),
        "love": _("love"),
        "sadness": _("sadness"),
        "anger": _("anger"),
        "fear": _("fear"),
        "surprise": _("surprise"),
        "disgust": _("disgust"),
        "positive": _("positive"),
        "negative": _("negative"),
        "none": _("none"),
        "self-harm": _("self-harm"),
        "violence": _("violence"),
        "emergency": _("emergency"),
    },
    languages={
        "ar": _("Arabic"),
        "de": _("German"),
        "en": _("English"),
        "es": _("Spanish"),
        "fr": _("French"),
        "hi": _("Hindi"),
        "it": _("Italian"),
        "ja": _("Japanese"),
        "ko": _("Korean"),
        "nl": _("Dutch"),
        "pl": _("Polish"),
        "pt": _("Portuguese"),
        "ru": _("Russian"),
        "sv": _("Swedish"),
        "tr": _("Turkish"),
        "uk": _("Ukrainian"),
        "zh": _("Chinese"),
    },
    stages={
        Stage.TRANSCRIBE: _("speech recognition"),
        Stage.SPEECH_EMOTION: pgettext("stage", "tone of voice"),
        Stage.EMBED: _("meaning of text"),
        Stage.FEELINGS: _("feelings in text"),
        Stage.SENTIMENT: _("sentiment of text"),
        Stage.TEXT_EMOTION: _("emotion in text"),
        Stage.DANGER: _("danger in text"),
        Stage.IMAGE_FEATURES: _("picture features"),
        Stage.CAPTION: _("picture descriptions"),
        Stage.OCR: _("text in pictures"),
        Stage.DETECT: _("objects in pictures"),
        Stage.SPEAK: _("reading aloud"),
        Stage.GENERATE: _("writing replies"),
    },
    text=_("text"),
    voice=_("recording"),
    voice_words=_("spoken words"),
    voice_sound=_("tone of voice"),
    picture_number=_("picture {number}"),
)

PANEL = PanelWords(
    title=_("What Trio understood"),
    evidence=_("Evidence"),
    nothing=_("Nothing to show. The reply ended before Trio understood anything."),
    mood=_("Mood of this message"),
    timing=_("Timing"),
    no_speech=_("No speech in the recording."),
    no_text=_("No text in the picture."),
    thinking=_("Thinking"),
    writing=_("Replying"),
    for_seconds=_("… {seconds} s"),
    confidence=_("confidence"),
    first_text=_("First word"),
    first_sound=pgettext("time until", "Voice"),
    text_complete=_("Full text"),
    whole_turn=_("Total"),
    share=_("weight {share}"),
    disagreement=_("Your words sound {words}, but your voice sounds {voice}."),
    fact=_("{name}: {value}"),
    titles={
        Stage.TRANSCRIBE: _("Transcript"),
        Stage.SPEECH_EMOTION: _("Tone of voice"),
        Stage.SENTIMENT: _("Sentiment"),
        Stage.TEXT_EMOTION: _("Emotion"),
        Stage.DANGER: _("Danger"),
        Stage.CAPTION: _("Description"),
        Stage.OCR: _("Text in the picture"),
        Stage.DETECT: _("Objects in the picture"),
    },
    titles_of_pictures={
        Stage.CAPTION: _("Description of {source}"),
        Stage.OCR: _("Text in {source}"),
        Stage.DETECT: _("Objects in {source}"),
    },
    doings={
        Stage.TRANSCRIBE: _("Transcribing your recording"),
        Stage.SPEECH_EMOTION: _("Analysing your tone of voice"),
        Stage.SENTIMENT: _("Analysing sentiment"),
        Stage.TEXT_EMOTION: _("Analysing emotion"),
        Stage.DANGER: _("Checking for danger"),
        Stage.CAPTION: _("Looking at {source}"),
        Stage.OCR: _("Reading text in {source}"),
        Stage.DETECT: _("Looking for objects in {source}"),
    },
    your_text=_("Your message"),
    your_voice=_("Your recording"),
)

ENGLISH = Words(
    pgettext("BCP 47 tag of this language", "en"),
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
    translation=translation_for(SOURCE),
)
