"""The dialogues that teach Trio's model its manners, in the form of the app's prompts.

Those in `dialogues/varied` are left out: their replies differ more from one another than a model of this size
can learn. An adapter trained on them spoke well of itself and talked nonsense to people in danger; replies
after few plain patterns, on situations as varied, mend that.
"""
