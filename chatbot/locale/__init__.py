"""Everything that Trio says, in other languages than English: one gettext catalogue a language.

`make messages` keeps `trio.pot` and the `.po` files; what is read are the compiled `.mo` files beside them.
"""

from chatbot.locale.translation import LANGUAGES, SOURCE, Translation, translation_for

__all__ = ["LANGUAGES", "SOURCE", "Translation", "translation_for"]
