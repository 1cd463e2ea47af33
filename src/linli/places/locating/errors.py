"""The one error of this package, with sentences that can be translated without importing Django."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for the translators (makemessages knows this name) and return it unchanged."""
    return message


class LocatingError(ValueError):
    """Input that cannot be used.

    `code` is stable and for programs, `template` is the Chinese sentence before its `params` are filled in (translate
    the template, then fill it in with `%`), `str(error)` is the Chinese sentence itself.
    """

    def __init__(self, code: str, template: str, **params: object) -> None:
        super().__init__(template % params)
        self.code = code
        self.template = template
        self.params = params
