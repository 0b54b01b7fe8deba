"""A sentence or label in both languages of the program."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """One user-visible text; neither language may be empty."""

    zh: str
    en: str

    def __post_init__(self) -> None:
        if not self.zh.strip() or not self.en.strip():
            raise ValueError(f"a text needs both languages: {self!r}")

    def in_(self, language: Language) -> str:
        """The text in one language."""
        return self.zh if language == "zh" else self.en

    def format(self, **values: object) -> "Text":
        """Both sentences with their ``{placeholders}`` filled from ``values``, texts among them in their language."""

        def filled(language: Language) -> str:
            told = {name: value.in_(language) if isinstance(value, Text) else value for name, value in values.items()}
            return self.in_(language).format(**told)

        return Text(zh=filled("zh"), en=filled("en"))

    def both(self) -> dict[str, str]:
        """The form in which a text is stored and sent: ``{"zh": …, "en": …}``."""
        return {"zh": self.zh, "en": self.en}
