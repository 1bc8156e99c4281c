"""An upload is ended as soon as it is too much, not after it has filled memory or disk."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

MOST_AT_ONCE = 5  # files of the largest size in one form


class Limit(FileUploadHandler):
    """Counts what passes; the handlers behind it keep the content."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.of_this_file = self.of_this_form = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.of_this_file = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.of_this_file += len(raw_data)
        self.of_this_form += len(raw_data)
        largest = settings.BREAKFIX_MAX_UPLOAD_BYTES
        # A little above the largest file is read, so that the form itself can say what is too large about it.
        if self.of_this_file > largest + self.chunk_size or self.of_this_form > MOST_AT_ONCE * largest:
            raise RequestDataTooBig(f"an upload of more than {largest} bytes")
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Somebody else keeps it."""


def put_away(request: HttpRequest) -> None:
    """After the answer: close and remove what an upload that broke off left half-written."""
    for handler in request.__dict__.get("_upload_handlers", ()):
        handler.upload_interrupted()
