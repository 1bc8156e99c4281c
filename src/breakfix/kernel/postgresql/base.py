"""Django's PostgreSQL, which tells every fresh connection who stands before it: also the one after a lost one."""

from django.db.backends.postgresql import base

from breakfix.kernel import fence


class DatabaseWrapper(base.DatabaseWrapper):
    """Named in the settings as `breakfix.kernel.postgresql`."""

    def init_connection_state(self) -> None:
        super().init_connection_state()
        fence.tell(self)
