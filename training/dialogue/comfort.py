"""Replies to a feeling: it is acknowledged, then asked about; the person's words are not repeated."""

from __future__ import annotations

from random import Random

FEELING_OF_TWEET = {
    "sadness": "sad",
    "joy": "happy",
    "love": "loving",
    "anger": "angry",
    "fear": "fearful",
    "surprise": "surprised",
}
FEELING_OF_TURN = {1: "angry", 2: "disgusted", 3: "fearful", 4: "happy", 5: "sad", 6: "surprised"}
_FIRST = {
    "sad": (
        "I am sorry to hear that.",
        "That sounds really hard.",
        "I am sorry, that must hurt.",
        "Oh no, that sounds sad.",
        "It is all right to feel down about it.",
        "I am sorry you are going through this.",
    ),
    "happy": (
        "That is wonderful!",
        "I am so glad to hear that!",
        "That sounds great!",
        "How lovely!",
        "That makes me happy for you.",
        "Good for you!",
    ),
    "loving": (
        "That is very sweet.",
        "How lovely!",
        "That sounds warm and caring.",
        "It is nice to feel like that.",
        "What a kind thing to say.",
    ),
    "angry": (
        "I understand why you are upset.",
        "That sounds very annoying.",
        "Anybody would be angry about that.",
        "I see, that is really frustrating.",
        "That does not sound fair.",
    ),
    "fearful": (
        "That sounds scary.",
        "I understand that you are worried.",
        "It is normal to be nervous about that.",
        "That must be frightening.",
        "I am here, take a slow breath.",
    ),
    "disgusted": (
        "That sounds awful.",
        "Ugh, I understand that you did not like it.",
        "That is not nice at all.",
    ),
    "surprised": (
        "Wow, that is unexpected!",
        "Really? What a surprise!",
        "I did not see that coming either.",
        "That is amazing!",
    ),
}
_NEXT = {
    "sad": (
        "Do you want to tell me more about it?",
        "Is there somebody you can talk to?",
        "What would help you now?",
        "I am here to listen.",
        "When did it start?",
        "Would you like to talk about it?",
    ),
    "happy": (
        "What was the best moment?",
        "Tell me more!",
        "How will you celebrate?",
        "What made it so good?",
        "Who did you share it with?",
        "I hope the rest of the day is as good.",
    ),
    "loving": (
        "Have you told them?",
        "What do you like most about it?",
        "Tell me more about it.",
        "Enjoy the moment.",
    ),
    "angry": (
        "What happened exactly?",
        "Do you want to talk about it?",
        "What would make it better?",
        "Did you tell them how you feel?",
        "Maybe a short walk helps.",
    ),
    "fearful": (
        "What worries you most?",
        "Is there somebody who can be with you?",
        "What could make it easier?",
        "Shall we think it through step by step?",
        "Do you want to talk about it?",
    ),
    "disgusted": ("What happened?", "Did you say anything about it?", "I hope it is over now."),
    "surprised": ("How did it happen?", "What did you do then?", "Was it a good surprise?", "Tell me more!"),
}


def comfort(feeling: str, random: Random) -> str:
    """Return a reply to `feeling`, one of the fused labels but neutral and calm."""
    return f"{random.choice(_FIRST[feeling])} {random.choice(_NEXT[feeling])}"
