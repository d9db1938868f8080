"""For WSGI servers: ``gunicorn marketplace.wsgi:app`` or ``waitress-serve marketplace.wsgi:app``.

Whether the database answers is not asked here: such a server is watched, and asks ``/readyz`` itself.
"""

import atexit
import gc
import logging

from marketplace.app import create_app
from marketplace.config import Settings, unknown_settings
from marketplace.jobs.own_runs import put_back_own_runs
from marketplace.shared import logs

settings = Settings.from_environment()
logs.configure(settings.log)
for line in unknown_settings():
    logging.getLogger(__name__).warning("%s", line)

app = create_app(settings)
gc.collect()
gc.freeze()  # what is there stays: to look through it again and again would hold up every thread, each time
atexit.register(put_back_own_runs, app)  # for servers without a hook of their own, as gunicorn.conf.py has one
