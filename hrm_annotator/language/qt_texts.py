"""Qt's own texts, on its buttons and in its menus, in the language in use."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QTranslator

from hrm_annotator.language.catalogue import ENGLISH

__all__ = ["QtTexts"]

_PRINTED: Mapping[str, str] = {
    **{"Left": "←", "Right": "→", "Up": "↑", "Down": "↓"},
    **{"Return": "Enter", "Enter": "Enter", "Backspace": "Backspace"},
}
"""Keys by what is printed on them, in China too, where Qt has long names for them."""


class QtTexts:
    """Qt's translations, one language at a time; English is what Qt says by itself.

    Parameters
    ----------
    app : QCoreApplication
        The program.
    """

    def __init__(self, app: QCoreApplication) -> None:
        self._app = app
        self._installed: tuple[QTranslator, ...] = ()

    def use(self, language: str) -> bool:
        """Let Qt speak a language from now on; whether it can."""
        for translator in self._installed:
            self._app.removeTranslator(translator)
        self._installed = ()
        if language == ENGLISH:
            return True
        texts = QTranslator()
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if not texts.load(f"qtbase_{language}", folder):
            return False
        self._installed = (texts, _KeyNames())
        for translator in self._installed:
            self._app.installTranslator(translator)
        return True


class _KeyNames(QTranslator):
    """Names keys as people find them on their keyboard."""

    def isEmpty(self) -> bool:
        return False

    def translate(
        self, context: str, sourceText: str, disambiguation: str | None = None, n: int = -1
    ) -> str | None:
        # None: whoever was installed before says it.
        return _PRINTED.get(sourceText) if context == "QShortcut" else None
