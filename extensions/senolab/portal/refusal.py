"""A request that cannot be met, with the sentence the person reads."""


class RefusedError(Exception):
    """A request is refused.

    Parameters
    ----------
    message
        The sentence, a msgid with %(name)s places.
    status
        HTTP status.
    field
        Id of the form field that is meant, where one is.
    values
        What stands in the places.
    """

    def __init__(self, message: str, *, status: int = 400, field: str | None = None, **values: object):
        super().__init__(message % values if values else message)
        self.message = message
        self.status = status
        self.field = field
        self.values = values
