"""What the web server loads: `breakfix.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

from breakfix.web.whole import only_whole

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "breakfix.settings")

application = only_whole(get_wsgi_application())
