"""The two families of "no": what was understood and refused, and everything else, which is a bug."""


class Refused(Exception):
    """The deed was understood and is not done; nothing was written.

    `code` is stable (tests, stories and the API match on it), `message` says what happened and what to do,
    `field` names the argument at fault, `facts` are plain values that explain the decision.
    """

    def __init__(
        self, code: str, message: str, *, field: str | None = None, remedy: str | None = None, **facts: object
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.field, self.remedy, self.facts = code, message, field, remedy, facts


class NotAllowed(Refused):
    """This person may not do this deed, whatever the state of the thing."""

    def __init__(
        self,
        message: str,
        code: str = "not_allowed",
        *,
        field: str | None = None,
        remedy: str | None = None,
        **facts: object,
    ) -> None:
        super().__init__(code, message, field=field, remedy=remedy, **facts)


class NotFound(Refused):
    """Not there, or not visible to this person: the two are never told apart."""

    def __init__(self, what: str = "This") -> None:
        super().__init__("not_found", f"{what} was not found.")
