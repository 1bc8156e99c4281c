"""Where our style sheets, scripts and icons are: addresses that never change while a process runs."""

import functools

from django.contrib.staticfiles.storage import StaticFilesStorage


class Remembered(StaticFilesStorage):
    """Django's own storage, which puts each address together once instead of twenty times for every page."""

    @functools.lru_cache(maxsize=512)  # noqa: B019 - there is one storage, and it lives as long as its process
    def url(self, name: str | None) -> str:
        """The address of one of our files."""
        return super().url(name)
