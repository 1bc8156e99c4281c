"""Which words of a question anybody looked at, so that only those have to be tried one by one."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import QueryDict


class Asked:
    """From now on every request's `GET` tells here under which names it was read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: set[str] = set()
        names = self.names

        class Telling(QueryDict):
            """A question that tells; read as a whole, it was read under all its names."""

            made = False  # it looks at itself while it is made

            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                self.made = True

            def __getitem__(self, key: str) -> Any:
                self._tell(key)
                return super().__getitem__(key)

            def __contains__(self, key: object) -> bool:
                self._tell(str(key))
                return super().__contains__(key)

            def getlist(self, key: str, default: Any = None) -> Any:
                self._tell(key)
                return super().getlist(key, default)

            def lists(self) -> Any:
                self._tell(*self)
                return super().lists()

            def values(self) -> Iterator[Any]:
                # The door looks at every value for a character that no database takes, and at nothing else.
                return (super(Telling, self).__getitem__(key) for key in self)

            def _tell(self, *keys: str) -> None:
                if self.made:
                    names.update(keys)

        monkeypatch.setattr("django.core.handlers.wsgi.QueryDict", Telling)
