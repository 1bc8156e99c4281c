"""What the web server loads: `breakfix.wsgi:application`."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.urls import get_resolver

from breakfix.web.whole import only_whole

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "breakfix.settings")

application = only_whole(get_wsgi_application())

# Every page is loaded before the first request, or that one waits for seconds, and whatever comes behind it.
_ = get_resolver().url_patterns

if settings.BREAKFIX_CHECK_START:
    from breakfix.diagnosis import described  # not before the application is there: it has tables

    described.check_start()
    connection.close()  # a web server may make its workers from the process that loaded this
